#include "runtime/plan/cut.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Shape piece_shape(const Shape& box, const Shape& unit, std::int64_t elements) {
  Shape piece = box;
  std::int64_t rest = box.elements();
  for (int axis = 0; axis < box.rank() && rest > elements; ++axis) {
    rest /= std::max<std::int64_t>(box[axis], 1);
    const std::int64_t own = std::clamp<std::int64_t>(elements / std::max<std::int64_t>(rest, 1), 1, box[axis]);
    const std::int64_t u = std::min(unit[axis], box[axis]);
    piece[axis] = std::max(own / u * u, u);
    // Where one unit of this axis is too much, the next axis is cut as well.
    rest *= piece[axis];
  }
  return piece;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
