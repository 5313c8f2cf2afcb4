// A subscript an axis; newaxis takes none.
// expect-error: too many subscripts for the rank of this array
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/index.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 2>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return x(0, cw::newaxis, 0);
#else
  return x(0, 0, 0);
#endif
}
