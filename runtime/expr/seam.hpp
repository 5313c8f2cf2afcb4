#pragma once
/// Ranges of longitudes across the place where an axis of them begins and ends: from -10 to 10 of 0 to 359.
#include <cstdint>
#include <vector>

#include "chunkwise/expr/select.hpp"
#include "runtime/expr/coordinate_values.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// An index along an axis of longitudes, and its longitude, or one that is a whole turn more or less.
struct TurnedIndex {
  Exact value = 0;
  std::int64_t index = 0;
};

/// Returns the indices between two longitudes, in the direction of the axis, each once; none if the axis has no
/// longitudes or no turn is needed. Throws invalid_argument for bounds in descending order of an axis that goes up
/// round the world, since they may mean either way.
[[nodiscard]] std::vector<TurnedIndex> longitudes_across(const Labels& labels, int axis, const Between& bounds);
/// Returns the part of x between two values, as indices_between finds them, of longitudes also across the seam, where
/// the axis has the values that were asked for. Throws as indices_between.
[[nodiscard]] UntypedArray take_between(const UntypedArray& x, int axis, const Between& bounds);

}  // namespace chunkwise::inline CHUNKWISE_ABI
