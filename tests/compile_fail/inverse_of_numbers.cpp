// ~ inverts bits and truths, not floating-point numbers.
// expect-error: floating-point numbers have no bits to combine; compare first
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/bits.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return ~(x > 0);
#else
  return ~x;
#endif
}
