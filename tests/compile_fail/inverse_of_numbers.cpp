// ~ inverts truths, not the bits of numbers.
// expect-error: ~ inverts bool arrays; compare first, ~(a > 0), or write ! for the truth of numbers
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<int, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return ~(x > 0);
#else
  return ~x;
#endif
}
