// Shapes are held without allocation, so ranks have a limit.
// expect-error: at most 8 axes
#include "chunkwise/expr/array.hpp"

namespace cw = chunkwise;

auto attempt() {
#ifdef CHUNKWISE_GOOD_TWIN
  return sizeof(cw::Array<float, 8>);
#else
  return sizeof(cw::Array<float, 9>);
#endif
}
