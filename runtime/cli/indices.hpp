#pragma once
/// The indices of a dimension that an axis of a formula's array is made of. Pictures ask for them if files have no
/// coordinate. The indices travel in the labels as companions do, so they never decide which arrays may meet.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::cli {

/// Gives variables the indices of their dimensions; dimensions of one name and length are one.
class DimensionIndices {
 public:
  [[nodiscard]] Labels added_to(const UntypedArray& array);

 private:
  std::map<std::pair<std::string, std::int64_t>, Companion> known_;
};

/// Returns the indices of a variable's dimension, which has `length` of them, that an axis of the same name is made of.
/// None if it is made of several or of no such variable.
[[nodiscard]] std::optional<std::vector<std::int64_t>> indices_of(const UntypedArray& array, int axis,
                                                                  std::int64_t length);

/// Returns the labels with a coordinate for each axis that has none and whose indices are known.
[[nodiscard]] Labels with_indices_as_coordinates(const UntypedArray& array);

}  // namespace chunkwise::cli
