#pragma once
/// Coordinates and metadata of one variable in the files of a series: those that must agree, and those that are joined.
#include <functional>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "runtime/dataset/source.hpp"
#include "runtime/dataset/units.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns how a coordinate counts, by its attributes.
[[nodiscard]] Counting counting_of(const Coordinate& coordinate);

/// Returns true for coordinates that are equal but for rounding: floating ones by at most a millionth of their largest
/// value and a hundredth of their smallest step, others and times exactly, in the same units or in some that convert.
[[nodiscard]] bool are_similar(const Coordinate& a, const Coordinate& b);

/// The rules by which the files of a series are compared with its first file.
struct SeriesRules {
  std::string dimension;  ///< along which files are joined; empty if they are not
  bool lenient = false;
  Opening opening = {};
};

/// Throws shape_mismatch or name_mismatch if a file's variable does not fit the first file's, with how it differs:
/// dimensions, units, and along axes that are not joined extents and coordinates.
void require_fit(const OpenedVariable& first, const OpenedVariable& other, const SeriesRules& rules);

/// Returns the coordinate of the join dimension over all files, counted in one unit; none if no file has one. Throws
/// name_mismatch for a file that has none while others have, or whose numbers count something else. Tells `warn` if
/// values overlap or run backwards from one file to the next.
[[nodiscard]] Coordinate join_coordinate(const std::vector<OpenedVariable>& files, int axis, const SeriesRules& rules,
                                         const std::function<void(const std::string&)>& warn);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
