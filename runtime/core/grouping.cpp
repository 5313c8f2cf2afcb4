#include "chunkwise/core/grouping.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI {

void require_fitting(const Grouping& grouping, const Shape& shape) {
  if (grouping.axis < 0 || grouping.axis >= shape.rank())
    throw Error(ErrorCode::out_of_range, "groups along axis " + std::to_string(grouping.axis) +
                                             " of an array that has " + std::to_string(shape.rank()) + " axes");
  if (grouping.groups < 1 || grouping.groups > most_groups)
    throw Error(ErrorCode::invalid_argument, "a reduction by " + std::to_string(grouping.groups) +
                                                 " groups; there are 1 to " + std::to_string(most_groups));
  const std::int64_t extent = shape[grouping.axis];
  if (static_cast<std::int64_t>(grouping.labels.size()) != extent)
    throw Error(ErrorCode::shape_mismatch, std::to_string(grouping.labels.size()) + " labels of groups along axis " +
                                               std::to_string(grouping.axis) + ", which has " + std::to_string(extent) +
                                               " indices in an array of shape " + to_string(shape) +
                                               "; each index needs one");
  for (std::size_t i = 0; i < grouping.labels.size(); ++i)
    if (grouping.labels[i] < -1 || grouping.labels[i] >= grouping.groups)
      throw Error(ErrorCode::out_of_range, "label " + std::to_string(grouping.labels[i]) + " at index " +
                                               std::to_string(i) + " of the groups along axis " +
                                               std::to_string(grouping.axis) + "; groups are 0 to " +
                                               std::to_string(grouping.groups - 1) + ", and -1 is none");
}

void require_group_elements(std::string_view reduction, const Shape& shape, std::uint32_t axes,
                            const Grouping& grouping) {
  require_elements(reduction, shape, axes & ~(1U << grouping.axis));
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (axis != grouping.axis && shape[axis] == 0) return;
  // If there are more groups than labels, one of the first groups is empty.
  const std::int64_t looked_at = std::min(grouping.groups, static_cast<std::int64_t>(grouping.labels.size()) + 1);
  std::vector<bool> seen(static_cast<std::size_t>(looked_at), false);
  for (const std::int32_t label : grouping.labels)
    if (label >= 0 && label < looked_at) seen[static_cast<std::size_t>(label)] = true;
  for (std::size_t group = 0; group < seen.size(); ++group)
    if (!seen[group])
      throw Error(ErrorCode::invalid_argument,
                  std::string(reduction) + " over no elements: group " + std::to_string(group) + " of " +
                      std::to_string(grouping.groups) + " has no index along axis " + std::to_string(grouping.axis) +
                      ", and there is none to give; choose groups that have, or what has a "
                      "value of none, such as mean (NaN), sum and count");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
