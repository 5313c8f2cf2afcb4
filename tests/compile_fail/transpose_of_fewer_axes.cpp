// Each axis has its place in the result.
// expect-error: transpose needs each axis of the array once
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::transpose(x, cw::axes(2, 0, 1));
#else
  return cw::transpose(x, cw::axes(2, 0));
#endif
}
