// & combines bits: of floating-point numbers, comparisons or && are meant.
// expect-error: floating-point numbers have no bits to combine; compare first, (a > 0) & (b > 0)
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/bits.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  static_cast<void>(&x);
  return (x > 0) & (x < 9) & ~(x == 3);
#else
  return x & 7;
#endif
}
