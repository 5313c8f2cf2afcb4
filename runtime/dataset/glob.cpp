#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The first folder that could not be listed, in the thread that calls glob(), which passes nothing on.
struct Unlisted {
  std::string folder;
  int cause = 0;
};
thread_local Unlisted unlisted;

extern "C" int note_unlisted(const char* folder, int cause) {
  if (cause == ENOENT || cause == ENOTDIR || cause == ELOOP) return 0;
  if (unlisted.cause == 0) unlisted = {folder, cause};
  return 1;
}

}  // namespace

std::vector<std::string> expand_glob(const TextArgument& pattern) {
  struct stat status {};
  const bool has_wildcard = pattern.find_first_of("*?[") != std::string::npos;
  if (!has_wildcard || ::stat(pattern.c_str(), &status) == 0) return {pattern};

  glob_t found{};
  unlisted = {};
  const int result = ::glob(pattern.c_str(), GLOB_NOSORT, &note_unlisted, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (result == GLOB_NOSPACE) throw Error(ErrorCode::memory_limit, "no memory to list the files of '" + pattern + "'");
  // Folders that cannot be listed may have files.
  if (unlisted.cause != 0)
    throw Error(ErrorCode::io, "cannot list the folder " + unlisted.folder + " for '" + pattern +
                                   "': " + std::strerror(unlisted.cause) + "; name folders that can be read");
  if (paths.empty()) throw Error(ErrorCode::not_found, "no file matches '" + pattern + "'");
  // By bytes, not by the locale: the array depends on the order of the files.
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
