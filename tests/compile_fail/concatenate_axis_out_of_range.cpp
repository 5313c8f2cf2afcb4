// Joining makes no new axis.
// expect-error: axis_is_not_there_for_an_array_of_this_rank
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/concatenate.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::concatenate(std::vector{x, x}, 0);
#else
  return cw::concatenate(std::vector{x, x}, 1);
#endif
}
