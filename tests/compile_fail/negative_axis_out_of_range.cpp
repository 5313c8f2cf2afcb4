// From the end they are -1, -2 and -3.
// expect-error: axis_is_not_there_for_an_array_of_this_rank
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, -3);
#else
  return cw::mean(x, -4);
#endif
}
