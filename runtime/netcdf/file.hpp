#pragma once
/// A NetCDF file as it was when it was first opened. It is open only while it is used or was used lately, and it
/// refuses to hand out the content of a file that has changed meanwhile.
#include <memory>
#include <string>

#include "runtime/netcdf/handle_cache.hpp"
#include "runtime/netcdf/posix.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class OpenFile;

enum class Format { classic, hdf5 };

class File {
 public:
  /// Looks at the file's first bytes; throws not_found, io, or corrupt for what is not a NetCDF file. Where it is
  /// `isolated` (NetcdfOptions::isolated), netcdf-c opens it in a helper process.
  explicit File(const std::string& path, bool isolated = false);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// The name the user gave.
  [[nodiscard]] const std::string& shown() const { return shown_; }
  /// The absolute name.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }
  /// When this was made, by the clock that stamps files.
  [[nodiscard]] std::int64_t opened_ns() const { return opened_ns_; }
  [[nodiscard]] Format format() const { return format_; }

  /// What the file tells of itself. Throws corrupt for a damaged header.
  [[nodiscard]] std::shared_ptr<const OpenFile> open() const;
  /// The file open by netcdf-c; stays open for a while. For Format::hdf5.
  [[nodiscard]] std::shared_ptr<const Netcdf4File> netcdf() const;
  /// The same of any format: for what netcdf-c alone reads. A classic file is opened each time.
  [[nodiscard]] std::shared_ptr<const Netcdf4File> by_library() const;
  /// The file open for reads of our own; stays open for a while. For Format::classic.
  [[nodiscard]] std::shared_ptr<const Descriptor> descriptor() const;
  /// Throws changed where the name now leads to another file or content than when this was made.
  void require_unchanged() const;

 private:
  [[nodiscard]] std::shared_ptr<const Netcdf4File> open_by_library() const;
  [[noreturn]] void fail_changed(const char* how) const;

  std::string shown_;
  std::string path_;
  FileStamp stamp_;
  std::int64_t opened_ns_ = 0;
  Format format_ = Format::classic;
  bool isolated_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
