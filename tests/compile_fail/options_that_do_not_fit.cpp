// Each option of a reduction stands once, and a mask is one of the array.
// expect-error: an option of a reduction is given twice
// expect-error: a mask is of bool, such as x > 0
// expect-error: a mask has no more axes than the array
#include "chunkwise/expr/reduce_options.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto twice(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::sum(x, cw::as_dtype<float>);
#else
  return cw::sum(x, cw::as_dtype<float>, cw::as_dtype<double>);
#endif
}
auto numbers(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, 0, cw::where(x > 0.0));
#else
  return cw::mean(x, 0, cw::where(x));
#endif
}
auto larger(const cw::Array<double, 2>& x, const cw::Array<bool, 3>& mask) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, 0, cw::where(mask(0)));
#else
  return cw::mean(x, 0, cw::where(mask));
#endif
}
