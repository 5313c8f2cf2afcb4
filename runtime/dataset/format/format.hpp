#pragma once
/// The table of file formats. A format is below this folder's neighbours, which join files, compare coordinates and
/// decode by CF, and know of it only this header, file.hpp and open_file.hpp. It recognises its files, lists their
/// dimensions, variables and attributes, and opens a variable as a reader of stored regions.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/dataset/format/file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

struct Format {
  /// Its name in the description and identity of a source: "netcdf". Never changed: it is written to wires.
  std::string_view name;
  std::string_view shown;      ///< its name for people: "NetCDF"
  std::string_view beginning;  ///< words about a file that is not recognised: "it begins neither as ... nor as ..."
  /// Returns true for a file of this format, by its first bytes.
  bool (*recognises)(const Descriptor& file, std::uint64_t size);
  /// Makes the file, which was recognised. The descriptor is open for it.
  std::shared_ptr<const File> (*open)(FileIdentity identity, std::shared_ptr<const Descriptor> file, bool isolated);
  /// Returns the reason why files cannot be isolated here (NetcdfOptions::isolated), as a sentence; empty if they can.
  std::string (*isolation_problem)();
};

/// Returns the formats that this program has, in the order in which they are asked: those that it was linked with, and
/// those that were added. Thread-safe.
[[nodiscard]] std::vector<const Format*> formats();

/// Adds a format, which stays as long as the process. Throws invalid_argument if the name is taken. Thread-safe.
void add_format(const Format& format);

/// Returns the reasons why files cannot be isolated here, a sentence a format; empty if all can.
[[nodiscard]] std::vector<std::string> isolation_problems();

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
