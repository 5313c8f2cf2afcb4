#include "runtime/dataset/format/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStamp stamp_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
          static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

}  // namespace

void fail_system(const std::string& doing) {
  const int cause = errno;
  const ErrorCode code = cause == ENOENT || cause == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
  throw Error(code, doing + ": " + std::strerror(cause));
}

FileStamp stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_system("cannot open " + path);
  if (S_ISDIR(status.st_mode))
    throw Error(ErrorCode::invalid_argument, path + " is a folder; name the files in it, as in " + path + "/*.nc");
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::unsupported, path + " is not a regular file");
  return stamp_of(status);
}

std::int64_t file_clock_ns() {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return nanoseconds(now);
}

Descriptor::Descriptor(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) fail_system("cannot open " + path);
}

Descriptor::~Descriptor() { ::close(fd_); }

FileStamp Descriptor::stamp() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail_system("cannot inspect " + path_);
  return stamp_of(status);
}

std::size_t Descriptor::read(std::uint64_t offset, void* out, std::size_t bytes) const {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        ::pread(fd_, static_cast<std::byte*>(out) + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system("cannot read " + path_ + " at byte " + std::to_string(offset + done));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
