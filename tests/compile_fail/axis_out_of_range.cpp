// The axes of an array of rank 3 are 0, 1 and 2.
// expect-error: axis_is_not_there_for_an_array_of_this_rank
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, 2);
#else
  return cw::mean(x, 3);
#endif
}
