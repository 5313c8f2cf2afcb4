#pragma once
/// Groups with their names: a grouping, and the name of its axis afterwards.
#include <cstdint>
#include <string>

#include "chunkwise/core/grouping.hpp"
#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A grouping, and the name and coordinate of the grouped axis, each of whose indices is a group.
struct Groups {
  GroupingPtr grouping = nullptr;  ///< null: there are no groups
  std::string dimension;           ///< the axis of the groups; empty: it has no name
  Coordinate coordinate;           ///< of the groups: none, or one number each
};

/// Returns the labels after a reduction over the axes whose bit is set. If there are groups, one of these axes is
/// reduced by them: it gets their name and coordinate.
[[nodiscard]] Labels group_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims, Meaning meaning,
                                  const Groups& groups);

}  // namespace chunkwise::inline CHUNKWISE_ABI
