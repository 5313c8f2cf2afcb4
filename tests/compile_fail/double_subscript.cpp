// There is no element between two elements.
// expect-error: a subscript is an integer, range(start, stop, step), all, newaxis, ellipsis or list(...)
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/index.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return x(1);
#else
  return x(1.5);
#endif
}
