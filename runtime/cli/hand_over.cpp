#include "runtime/cli/hand_over.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/command_line.hpp"

namespace chunkwise::cli {

void hand_over(const std::string& program, const std::string& what) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::filesystem::path places[] = {here / program, here / "../libexec/chunkwise" / program};
  int cause = ENOENT;
  for (const auto& place : places) {
    ::execv(place.c_str(), arguments());
    if (errno != ENOENT && errno != ENOTDIR) cause = errno;
  }
  throw Error(ErrorCode::io, "cannot start " + program + ", " + what + ", at " + places[0].string() + " or " +
                                 places[1].lexically_normal().string() + ": " + std::strerror(cause) +
                                 "; it is installed with chunkwise");
}

}  // namespace chunkwise::cli
