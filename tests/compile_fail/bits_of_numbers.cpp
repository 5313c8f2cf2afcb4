// & combines truths: of numbers, comparisons or && are meant.
// expect-error: & and | combine bool arrays; compare first, (a > 0) & (b > 0)
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<int, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  static_cast<void>(&x);
  return (x > 0) & (x < 9) & ~(x == 3);
#else
  return x & 7;
#endif
}
