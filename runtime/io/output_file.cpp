#include "runtime/io/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Throws the error that the system has just told (errno).
[[noreturn]] void fail(const std::string& doing) { throw Error(ErrorCode::io, doing + ": " + std::strerror(errno)); }

}  // namespace

OutputFile::OutputFile(const std::string& path, const std::string& doing)
    : fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
  if (fd_ < 0) fail(doing);
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::write(std::uint64_t offset, const void* data, std::size_t bytes, const std::string& doing) const {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t written =
        ::pwrite(fd_, static_cast<const std::byte*>(data) + done, bytes - done, static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(doing);
    done += static_cast<std::size_t>(written);
  }
}

void OutputFile::close(const std::string& doing) {
  // EINTR: the descriptor is closed all the same.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(doing);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
