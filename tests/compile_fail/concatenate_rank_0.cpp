// Single numbers have no axis.
// expect-error: arrays of rank 0 have no axis to be joined along
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 0>& a) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::concatenate(std::vector{a(cw::newaxis), a(cw::newaxis)}, "time");
#else
  return cw::concatenate(std::vector{a, a}, "time");
#endif
}
