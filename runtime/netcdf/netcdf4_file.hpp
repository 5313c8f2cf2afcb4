#pragma once
/// A NetCDF-4 file that is open: by netcdf-c in this process (NcFile), or in a helper process (IsolatedFile).
#include <cstddef>
#include <string>

#include "runtime/dataset/format/open_file.hpp"
#include "runtime/netcdf/format.hpp"
#include "runtime/netcdf/stored_chunks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class Netcdf4File : public OpenFile {
 public:
  /// Returns the variable's chunks, if they can be decoded here; null if netcdf-c has to read them. Valid as long as
  /// the file.
  [[nodiscard]] virtual const StoredChunks* stored_chunks(const StoredChunks::Expected& variable) const = 0;

  /// A variable whose elements are to be read: its place, their size, and their read block, the box that is read at
  /// once for one of them.
  struct Elements {
    Location at;
    std::size_t bytes;
    Shape block;
  };
  /// Reads a box whose steps are 1 through netcdf-c, in native byte order, row-major without gaps. Errors begin with
  /// `doing`.
  virtual void read_box(const Elements& of, const Region& box, void* out, const std::string& doing) const = 0;

  /// Reads a variable of text or strings. Throws unsupported for numbers, for more than 32 MiB of text and for more
  /// than 65,536 strings. Errors begin with `where`.
  [[nodiscard]] virtual TextVariable read_text(const Location& at, bool with_elements,
                                               const std::string& where) const = 0;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
