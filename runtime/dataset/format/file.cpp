#include "runtime/dataset/format/file.hpp"

#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/dataset/format/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

Error changed_error(const std::string& shown, const std::string& how) {
  return {ErrorCode::changed, shown + " " + how + "; arrays made of it are void: open it again"};
}

/// Returns the error of a file that begins as no format does.
Error unknown_format(const std::string& shown, std::uint64_t size, const std::vector<const Format*>& known) {
  if (size == 0) return {ErrorCode::corrupt, shown + " is empty"};
  std::string names, beginnings;
  for (const Format* format : known) {
    names += (names.empty() ? "" : " or ") + std::string(format->shown);
    beginnings += (beginnings.empty() ? "" : "; ") + std::string(format->beginning);
  }
  return {ErrorCode::corrupt, shown + " is not a " + names + " file: " + beginnings};
}

}  // namespace

void File::require_unchanged() const {
  FileStamp now;
  try {
    now = stamp_of(path());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    fail_changed("was removed since it was opened");
  }
  if (now != stamp()) fail_changed("was changed since it was opened");
}

void File::fail_changed(const char* how) const { throw changed_error(shown(), how); }

std::shared_ptr<const File> open_file(const std::string& path, bool isolated) {
  const std::vector<const Format*> known = formats();
  if (known.empty())
    throw Error(ErrorCode::unsupported,
                path +
                    " cannot be opened: this program was linked without any format of files; link it with "
                    "chunkwise::netcdf");
  FileIdentity identity;
  identity.opened_ns = file_clock_ns();
  identity.shown = path;
  const FileStamp named = stamp_of(path);
  identity.path = std::filesystem::absolute(path).string();
  auto file = std::make_shared<const Descriptor>(path);
  identity.stamp = file->stamp();
  if (identity.stamp != named) throw changed_error(path, "was changed while it was opened");
  try {
    for (const Format* format : known)
      if (format->recognises(*file, identity.stamp.size))
        return format->open(std::move(identity), std::move(file), isolated);
    throw unknown_format(path, named.size, known);
  } catch (const Error&) {
    // One that is being overwritten looks damaged.
    if (stamp_of(path) != named) throw changed_error(path, "was changed while it was opened");
    throw;
  }
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
