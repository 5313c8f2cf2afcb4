// A mean has no degrees of freedom to give away.
// expect-error: ddof belongs to var and stddev only
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::stddev(x, 0, cw::ddof(1));
#else
  return cw::mean(x, 0, cw::ddof(1));
#endif
}
