// An array of rank 2 has two axes to reduce.
// expect-error: more axes to reduce than the array has
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::sum(x, cw::axes(0, 1));
#else
  return cw::sum(x, cw::axes(0, 1, 2));
#endif
}
