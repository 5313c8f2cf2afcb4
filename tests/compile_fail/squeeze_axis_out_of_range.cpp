// The axes of an array of rank 2 are 0 and 1.
// expect-error: axis_is_not_there_for_an_array_of_this_rank
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::squeeze(x, 1);
#else
  return cw::squeeze(x, 2);
#endif
}
