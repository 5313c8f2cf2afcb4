#pragma once
/// A box of indices, possibly with steps, for which an array or a source is asked. Next: core/chunk_grid.hpp.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Indices start, start + step, ... of one axis; `step` is not 0 and may be negative.
struct AxisRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;  ///< of the indices
  constexpr bool operator==(const AxisRange&) const = default;
};

/// Indices of one axis in any order, shared by all their holders; null stands for no list.
using IndexList = std::shared_ptr<const std::vector<std::int64_t>>;

/// The subscript of one axis, after it was checked against the shape: indices count from the front, and nothing is left
/// out. A user's subscripts (expr/index.hpp) become one of these for each axis; labels and graphs take no other.
struct AxisSubscript {
  /// The effect on the axis.
  enum class Kind : std::uint8_t {
    range,                   ///< the axis stays, in part
    integer,                 ///< the axis goes; range.start is the one index that is taken
    create,                  ///< a new axis of extent 1, which takes no axis of the array
    list,                    ///< indices in any order
  } kind = Kind::range;      ///< which of them
  AxisRange range = {};      ///< of the array's indices
  IndexList list = nullptr;  ///< of the array's indices; null unless the kind is list
  bool operator==(const AxisSubscript&) const = default;
};

/// A box of indices of an array: one AxisRange an axis. Its shape is the counts.
class Region : public PerAxis<AxisRange> {
 public:
  /// Of the ranges, in the order of the axes.
  using PerAxis::PerAxis;
  /// Returns everything of an array of this shape.
  [[nodiscard]] static Region whole(const Shape& shape) {
    Region region;
    for (std::int64_t extent : shape) region.push_back({0, 1, extent});
    return region;
  }
  /// Returns the counts: the shape of the array that the box cuts out.
  [[nodiscard]] Shape shape() const {
    Shape shape;
    for (const AxisRange& range : *this) shape.push_back(range.count);
    return shape;
  }
  /// Returns the number of indices in the box.
  [[nodiscard]] std::int64_t elements() const { return shape().elements(); }
};

/// Returns "[0:4, 100:200:2, 0:1440]"
[[nodiscard]] inline std::string to_string(const Region& region) {
  std::string text = "[";
  for (int axis = 0; axis < region.rank(); ++axis) {
    const AxisRange& r = region[axis];
    // Unsigned, since a region of a stranger's may end anywhere.
    const auto bits = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
    const auto end = static_cast<std::int64_t>(bits(r.start) + bits(r.step) * bits(r.count));
    text += (axis ? ", " : "") + std::to_string(r.start) + ":" + std::to_string(end);
    if (r.step != 1) text += ":" + std::to_string(r.step);
  }
  return text + "]";
}
inline std::ostream& operator<<(std::ostream& out, const Region& region) { return out << to_string(region); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
