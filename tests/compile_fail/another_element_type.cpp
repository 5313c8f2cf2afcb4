// No number is narrowed in silence.
// expect-error: the expression has another element type than the Array it is to become; use cast
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::Array<float, 1>(cw::cast<float>(x * 2));
#else
  return cw::Array<float, 1>(x * 2);
#endif
}
