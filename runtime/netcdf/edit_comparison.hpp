#pragma once
/// A changed copy of a file beside the original: what was not to be changed is the same.
#include <cstdint>
#include <string>

#include "chunkwise/io/inspect.hpp"
#include "chunkwise/io/netcdf_edit.hpp"
#include "runtime/dataset/format/file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Elements that are read, changed and compared at a time.
inline constexpr std::int64_t elements_at_a_time = std::int64_t{1} << 20;

/// Returns "a/b" of "a/b/c"; empty if there is no group.
[[nodiscard]] inline std::string group_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}
/// Returns "c" of "a/b/c".
[[nodiscard]] inline std::string name_of_path(const std::string& path) { return path.substr(path.rfind('/') + 1); }
/// Returns the path of a name in the group of `path`.
[[nodiscard]] inline std::string in_group_of(const std::string& path, const std::string& name) {
  const std::string group = group_of(path);
  return group.empty() ? name : group + "/" + name;
}

/// Compares descriptions; throws corrupt, beginning with `doing`, if more was changed than `edits` say.
void require_same_description(const FileDescription& before, const FileDescription& after, const NetcdfEdits& edits,
                              const std::string& doing);
/// Compares the elements of all variables of numbers but those whose fill value was changed; throws corrupt.
void require_same_elements(const dataset::File& before, const dataset::File& after, const NetcdfEdits& edits,
                           const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
