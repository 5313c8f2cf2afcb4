// Several axes are given together.
// expect-error: several axes are given together, as axes(
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, cw::axes("time", "latitude"));
#else
  return cw::mean(x, "time", "latitude");
#endif
}
