#pragma once
/// A file as it was when it was first opened, of any format. It is open only while it is used or was used lately, and
/// it refuses to hand out the content of a file that has changed meanwhile. A format derives from it.
#include <cstdint>
#include <memory>
#include <string>

#include "chunkwise/core/region.hpp"
#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/dataset/format/open_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

struct Format;

/// Reads stored elements of one variable, and keeps its File as long as it is there. Thread-safe.
class RegionReader {
 public:
  virtual ~RegionReader() = default;
  /// Reads the elements of `region`, which may have steps, as stored, in native byte order, row-major without gaps.
  /// Errors begin with `doing`.
  virtual void read(const Region& region, void* out, const std::string& doing) const = 0;
};

/// The identity of a file.
struct FileIdentity {
  std::string shown;  ///< the name that the user gave
  std::string path;   ///< the absolute name
  FileStamp stamp;
  std::int64_t opened_ns = 0;  ///< time of the look at the file, by the clock that stamps files
};

class File : public std::enable_shared_from_this<File> {
 public:
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] const Format& format() const { return format_; }
  /// Returns the name the user gave.
  [[nodiscard]] const std::string& shown() const { return identity_.shown; }
  /// Returns the absolute name.
  [[nodiscard]] const std::string& path() const { return identity_.path; }
  [[nodiscard]] const FileStamp& stamp() const { return identity_.stamp; }
  /// Returns the time when this was made, by the clock that stamps files.
  [[nodiscard]] std::int64_t opened_ns() const { return identity_.opened_ns; }

  /// Throws changed if the name now leads to another file or content than when this was made.
  void require_unchanged() const;

  /// Returns the content that the file describes. Throws corrupt for a damaged file.
  [[nodiscard]] virtual std::shared_ptr<const OpenFile> open() const = 0;
  /// Returns the reader of the variable `name`, which `contents` of this file describes as `variable` at `location`.
  [[nodiscard]] virtual std::shared_ptr<const RegionReader> reader(const OpenFile& contents, const Location& location,
                                                                   const std::string& name,
                                                                   const Variable& variable) const = 0;
  /// Returns a variable of text or strings; the elements of text only if they are asked for. Throws unsupported for
  /// numbers, for more than 32 MiB of text and for more than 65,536 strings. Errors begin with `where`.
  [[nodiscard]] virtual TextVariable read_text(const std::string& name, bool with_elements,
                                               const std::string& where) const = 0;

 protected:
  File(const Format& format, FileIdentity identity) : format_(format), identity_(std::move(identity)) {}
  /// Throws changed: "a.nc was changed since it was opened; ...".
  [[noreturn]] void fail_changed(const char* how) const;

 private:
  const Format& format_;
  FileIdentity identity_;
};

/// Opens a file of any format that there is. Throws not_found, io, changed if it is being written, corrupt if no format
/// recognises it, and unsupported if the program has no format at all. If `isolated` (NetcdfOptions::isolated), the
/// code that a damaged file could make crash runs in a process apart.
///
///   const std::shared_ptr<const File> file = open_file("sst.nc", false);
[[nodiscard]] std::shared_ptr<const File> open_file(const std::string& path, bool isolated);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
