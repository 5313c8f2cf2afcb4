#include "runtime/cli/hand_over.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/core/libexec.hpp"
#include "runtime/core/version.hpp"

namespace chunkwise::cli {

namespace {

/// Tells the program that is handed over to which version the command has: its words stay those of the line.
constexpr const char* by_version = "CHUNKWISE_HANDED_OVER_BY";

}  // namespace

void hand_over(const std::string& program, const std::string& what) {
  int cause = ENOENT;
  std::string tried;
  ::setenv(by_version, library_version().c_str(), 1);
  for (const std::string& place : places_of_program(program)) {
    tried += (tried.empty() ? "" : " or ") + place;
    ::execv(place.c_str(), arguments());
    if (errno != ENOENT && errno != ENOTDIR) cause = errno;
  }
  ::unsetenv(by_version);
  throw Error(ErrorCode::io, "cannot start " + program + ", " + what + ", at " + tried + ": " + std::strerror(cause) +
                                 "; it is installed with chunkwise");
}

void require_same_version() {
  const char* const set = std::getenv(by_version);
  if (set == nullptr) return;
  const std::string by = set;
  ::unsetenv(by_version);
  if (by == library_version()) return;
  const std::string here = std::filesystem::read_symlink("/proc/self/exe").string();
  throw Error(ErrorCode::unsupported, here + " is of version " + library_version() + ", and the chunkwise that " +
                                          "started it of " + by + "; install both from one build");
}

}  // namespace chunkwise::cli
