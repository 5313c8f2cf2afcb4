// NumPy has no difference of truths either.
// expect-error: not defined for bool arrays
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<bool, 1>& a, const cw::Array<bool, 1>& b) {
#ifdef CHUNKWISE_GOOD_TWIN
  return a != b;
#else
  return a - b;
#endif
}
