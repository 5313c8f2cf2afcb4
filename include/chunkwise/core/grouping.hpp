#pragma once
/// Groups of the indices along one axis: a reduction by groups makes an element of each group, not one of the whole
/// axis. A grouping is one label an index, such as the month of each time.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The group of each index along an axis.
struct Grouping {
  int axis = 0;                      ///< of the array that is reduced, counted from the front
  std::vector<std::int32_t> labels;  ///< a group's number for each index; -1 for an index that is in none
  std::int64_t groups = 0;           ///< labels are below this; also groups without an index count
  bool operator==(const Grouping&) const = default;
};
/// Shared: a grouping of a long axis is large. Null stands for a reduction over whole axes.
using GroupingPtr = std::shared_ptr<const Grouping>;

/// Returns true if both are the same grouping, or both are none.
[[nodiscard]] inline bool same_grouping(const GroupingPtr& a, const GroupingPtr& b) {
  return a == b || (a && b && *a == *b);
}

/// Most groups of a grouping.
inline constexpr std::int64_t most_groups = std::int64_t{1} << 30;

/// Throws unless a grouping fits an array of this shape: out_of_range for an axis that is not there or a label that is
/// no group's, shape_mismatch for another number of labels than indices, invalid_argument for no groups.
void require_fitting(const Grouping& grouping, const Shape& shape);

/// Throws invalid_argument if a reduction that needs an element (a minimum, say) would have none in some group, and the
/// result is not empty for another reason.
void require_group_elements(std::string_view reduction, const Shape& shape, std::uint32_t axes,
                            const Grouping& grouping);

}  // namespace chunkwise::inline CHUNKWISE_ABI
