// Weights have the shape of what they weigh, or are spread over it.
// expect-error: beside edges a histogram takes weights, which are one array, and density
// expect-error: weights have the shape of the elements
// expect-error: bincount counts integers; histogram counts numbers
// expect-error: weights have no more axes than the array that they are spread over
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/search.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;
using Field = cw::Array<double, 2>;

auto option(const Field& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::histogram(x, {0, 1, 2}, x, cw::density);
#else
  return cw::histogram(x, {0, 1, 2}, true);
#endif
}
auto other_rank(const Field& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::histogram(x(0), {0, 1, 2}, x(1));
#else
  return cw::histogram(x, {0, 1, 2}, x(1));
#endif
}
auto of_numbers(const Field& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::bincount(cw::cast<int>(x), 3, x);
#else
  return cw::bincount(x, 3, x);
#endif
}
auto larger(const Field& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::average(x, x(0), 1);
#else
  return cw::average(x(0), x, 0);
#endif
}
