#include "runtime/io/pending_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace fs = std::filesystem;

namespace {

/// A hidden name that a file of this name can have while it is written, by no other writer.
std::string temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  constexpr std::size_t most_bytes = 200;  // of the 255 that a name can have
  return "." + path.filename().string().substr(0, most_bytes) + ".partial-" + std::to_string(::getpid()) + "-" +
         std::to_string(counter++);
}

/// Makes what was written survive a power cut.
void synchronize_file(const std::string& path) {
  const auto fail = [&](const char* doing) {
    throw Error(ErrorCode::io, std::string(doing) + path + ": " + std::strerror(errno));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("cannot open ");
  const bool done = ::fsync(fd) == 0 || errno == EINVAL;  // EINVAL: a file system that knows no fsync
  const int cause = errno;
  ::close(fd);
  errno = cause;
  if (!done) fail("cannot write to its disk ");
}

void synchronize_folder(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

PendingFile::PendingFile(std::string path, bool overwrite)
    : path_(std::move(path)), overwrite_(overwrite), forks_(fork_count()) {
  std::error_code ignored;
  const fs::path target = fs::absolute(path_, ignored);
  if (path_.empty() || !target.has_filename())
    throw Error(ErrorCode::invalid_argument, "cannot write '" + path_ + "': it is not the name of a file");
  if (fs::is_directory(target, ignored))
    throw Error(ErrorCode::invalid_argument, "cannot write " + path_ + ": it is a folder; name a file in it");
  if (!fs::is_directory(target.parent_path(), ignored))
    throw Error(ErrorCode::not_found, "cannot write " + path_ + ": there is no folder " +
                                          target.parent_path().string() + "; create it first");
  refuse_existing();
  temporary_ = (target.parent_path() / temporary_name(target)).string();
}

void PendingFile::discard() noexcept {
  if (!published_ && forks_ == fork_count()) ::unlink(temporary_.c_str());
}

void PendingFile::refuse_existing() const {
  std::error_code ignored;
  if (!overwrite_ && fs::exists(fs::symlink_status(path_, ignored)))
    throw Error(ErrorCode::invalid_argument,
                path_ + " exists and overwrite=false was asked for; remove it or choose another name");
}

void PendingFile::publish() {
  synchronize_file(temporary_);
  const std::string target = fs::absolute(path_).string();
  int result = -1;
  if (!overwrite_) {
    result = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE);
    if (result != 0) refuse_existing();
  }
  // Not every file system knows how to rename without replacing.
  if (result != 0) result = std::rename(temporary_.c_str(), target.c_str());
  if (result != 0)
    throw Error(ErrorCode::io, "cannot write " + path_ + ": the complete file " + temporary_ +
                                   " cannot be given this name: " + std::strerror(errno));
  published_ = true;
  synchronize_folder(fs::path(target).parent_path().string());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
