// What stands beside integers is an integer.
// expect-error: a floating number is no element of an array of integers
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<int, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::pad(x, {1, 1}, 0, cw::PadMode::constant, -1);
#else
  return cw::pad(x, {1, 1}, 0, cw::PadMode::constant, 0.5);
#endif
}
