// Lines run along one axis, windows make a further one.
// expect-error: lines run along an axis, which is given
// expect-error: lines run along one axis; reshape makes one of several
// expect-error: windows are a further axis, and an array has 8 at most
// expect-error: more axes than the array has
#include "chunkwise/expr/neighbours.hpp"
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto nowhere(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::cumsum(x, 0);
#else
  return cw::cumsum(x);
#endif
}
auto two_axes(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::median(cw::ravel(x), 0);
#else
  return cw::median(x, cw::axes(0, 1));
#endif
}
auto ninth(const cw::Array<double, 8>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::sliding_window_view(x(0), 3, 0);
#else
  return cw::sliding_window_view(x, 3, 0);
#endif
}
auto all_around(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::neighbourhoods(x, cw::axes(0, 1), 1);
#else
  return cw::neighbourhoods(x, cw::axes(0, 1, 0), 1);
#endif
}
