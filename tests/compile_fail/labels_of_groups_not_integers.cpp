// The group of an index is a number of a group: rounding one would be a guess.
// expect-error: labels of groups are integers
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace cw = chunkwise;

auto attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::mean(x, cw::by(0, std::vector<int>{0, 1, 0}));
#else
  return cw::mean(x, cw::by(0, std::vector<double>{0, 1, 0}));
#endif
}
