#include "runtime/netcdf/posix.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

std::uint64_t free_bytes(const std::string& path) noexcept {
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::path(path).parent_path(), error);
  const std::uint64_t disk = error ? ~std::uint64_t{0} : std::uint64_t{space.available};
  struct rlimit limit {};
  struct stat file {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return disk;
  const std::uint64_t size = ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
  return std::min(disk, limit.rlim_cur > size ? limit.rlim_cur - size : 0);
}

void require_space(const std::string& path, std::uint64_t bytes, const std::string& doing) {
  const std::uint64_t there = free_bytes(path);
  if (there < bytes)
    throw Error(ErrorCode::io, doing + ": it may need " + std::to_string(bytes) +
                                   " bytes, and its disk and the system's limit of a file's size (ulimit -f) leave " +
                                   std::to_string(there) + "; make room, or write elsewhere");
}

void divert_writes(const std::string& path) noexcept {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return;
  const int memory = ::memfd_create("discarded", MFD_CLOEXEC);
  if (memory < 0) return;
  // netcdf-c does not tell its descriptors, but the system lists those of this process.
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    const int fd = std::atoi(entry->path().filename().c_str());
    struct stat opened {};
    if (::fstat(fd, &opened) == 0 && opened.st_dev == file.st_dev && opened.st_ino == file.st_ino)
      (void)::dup3(memory, fd, O_CLOEXEC);
  }
  ::close(memory);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
