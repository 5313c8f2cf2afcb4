#include "backends/thrift/wire/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/core/owned_fd.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::wire {

namespace {

const char* kind_of(mode_t mode) {
  return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

}  // namespace

SmallFile read_small_file(const std::string& what, const std::string& path, std::size_t most) {
  const auto fail = [&](ErrorCode code, const std::string& why) {
    return Error(code, what + " " + printable(path) + " " + why);
  };
  const auto cannot = [&](const char* doing) {
    const int cause = errno;
    return fail(cause == ENOENT || cause == ENOTDIR ? ErrorCode::not_found : ErrorCode::io,
                std::string("cannot be ") + doing + ": " + std::strerror(cause));
  };
  const auto refuse_other_kinds = [&](mode_t mode) {
    if (!S_ISREG(mode))
      throw fail(ErrorCode::invalid_argument,
                 std::string("is ") + kind_of(mode) + "; name a file that can be read again");
  };
  struct stat status {};
  // A path that is no regular file is not even opened, since that may do something to a device.
  if (::stat(path.c_str(), &status) != 0) throw cannot("opened");
  refuse_other_kinds(status.st_mode);
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) throw cannot("opened");
  refuse_other_kinds(status.st_mode);
  SmallFile file{std::string(most + 1, '\0'), status.st_mode & 07777U};
  std::size_t size = 0;
  while (size < file.bytes.size()) {
    const ssize_t got = ::read(fd.get(), file.bytes.data() + size, file.bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw cannot("read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most)
    throw fail(ErrorCode::invalid_argument, "has more than the " + std::to_string(most) + " bytes that one may have");
  file.bytes.resize(size);
  return file;
}

}  // namespace chunkwise::wire
