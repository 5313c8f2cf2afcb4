#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

std::vector<std::string> expand_glob(const std::string& pattern) {
  struct stat status {};
  const bool has_wildcard = pattern.find_first_of("*?[") != std::string::npos;
  if (!has_wildcard || ::stat(pattern.c_str(), &status) == 0) return {pattern};

  glob_t found{};
  const int result = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (result == GLOB_NOSPACE) throw Error(ErrorCode::memory_limit, "no memory to list the files of '" + pattern + "'");
  if (paths.empty()) throw Error(ErrorCode::not_found, "no file matches '" + pattern + "'");
  // By bytes, not by the locale: the order of the files is part of what the array is.
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
