#pragma once
/// Groups with their names: a grouping, and what its axis is called afterwards.
#include <cstdint>
#include <string>

#include "chunkwise/core/grouping.hpp"
#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A grouping, and what the grouped axis is called where each of its indices is a group.
struct Groups {
  GroupingPtr grouping = nullptr;  ///< null: there are no groups
  std::string dimension;           ///< the axis of the groups; empty: it has no name
  Coordinate coordinate;           ///< of the groups: none, or one number each
};

/// Labels after a reduction over the axes whose bit is set, one of which is reduced by groups if there are any: it gets
/// their name and coordinate.
[[nodiscard]] Labels group_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims, Meaning meaning,
                                  const Groups& groups);

}  // namespace chunkwise::inline CHUNKWISE_ABI
