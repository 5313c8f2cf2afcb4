// Two ellipses would not say which axis is meant.
// expect-error: an index can have only one ellipsis
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/index.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 3>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return x(cw::ellipsis, 0);
#else
  return x(cw::ellipsis, 0, cw::ellipsis);
#endif
}
