// Broadcasting adds axes and takes none away.
// expect-error: an array is not broadcast to fewer axes than it has
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::broadcast_to(x, {4, 2, 3});
#else
  return cw::broadcast_to(x, {3});
#endif
}
