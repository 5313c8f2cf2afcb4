// A reduction over one axis has one axis less.
// expect-error: the expression has another rank than the Array it is to become
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::Array<double, 2>(cw::mean(x, 0));
#else
  return cw::Array<double, 3>(cw::mean(x, 0));
#endif
}
