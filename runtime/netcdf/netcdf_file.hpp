#pragma once
/// A NetCDF file as a File of the table: classic files are read by ourselves, NetCDF-4 files through netcdf-c or in a
/// helper process.
#include <memory>
#include <string>

#include "runtime/dataset/format/file.hpp"
#include "runtime/netcdf/handle_cache.hpp"
#include "runtime/netcdf/netcdf4_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The layout of a file.
enum class Layout { classic, hdf5 };

class NetcdfFile final : public File {
 public:
  /// `file` begins as `layout` does. If it is `isolated` (NetcdfOptions::isolated), netcdf-c opens it in a helper
  /// process.
  NetcdfFile(FileIdentity identity, std::shared_ptr<const Descriptor> file, Layout layout, bool isolated);
  ~NetcdfFile() override;

  [[nodiscard]] std::shared_ptr<const OpenFile> open() const override;
  [[nodiscard]] std::shared_ptr<const RegionReader> reader(const OpenFile& contents, const Location& location,
                                                           const std::string& name,
                                                           const Variable& variable) const override;
  /// netcdf-c reads text, of files of any layout; a classic file is opened for it each time.
  [[nodiscard]] TextVariable read_text(const std::string& name, bool with_elements,
                                       const std::string& where) const override;

  /// Returns the file open by netcdf-c; stays open for a while. For Layout::hdf5.
  [[nodiscard]] std::shared_ptr<const Netcdf4File> netcdf() const;
  /// Returns the file open for reads of our own; stays open for a while. For Layout::classic.
  [[nodiscard]] std::shared_ptr<const Descriptor> descriptor() const;

 private:
  [[nodiscard]] std::shared_ptr<const Netcdf4File> open_by_library() const;
  [[nodiscard]] std::shared_ptr<const NetcdfFile> self() const;

  Layout layout_;
  bool isolated_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
