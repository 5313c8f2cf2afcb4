#pragma once
/// Labels of an array whose axes are put in another order, or whose elements along an axis are others.
#include <cstdint>
#include <span>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The origin of an axis of the result.
struct AxisOrigin {
  static constexpr int is_new = -1;
  int axis = is_new;  ///< of the array
  /// The elements of that axis that the result has.
  enum class Elements : std::uint8_t {
    all,    ///< all of them, in their order
    part,   ///< those of `range`
    list,   ///< those of `list`
    moved,  ///< any elements in any order, so that the axis keeps its name alone
  } elements = Elements::all;
  AxisRange range = {};
  IndexList list = nullptr;
};

/// An axis of the array that the result does not have.
struct AxisThatGoes {
  int axis = 0;
  std::int64_t index = -1;  ///< the one index that is taken, or -1
};

/// Returns the labels of the result. Coordinates, companions and marks of record dimensions go with their axes; an axis
/// of moved elements has neither coordinate nor companions. Attributes stay as after an index (Meaning::part) if
/// `is_part`, else as they are.
[[nodiscard]] Labels rearranged_labels(const Labels& labels, std::span<const AxisOrigin> axes,
                                       std::span<const AxisThatGoes> going, bool is_part);

}  // namespace chunkwise::inline CHUNKWISE_ABI
