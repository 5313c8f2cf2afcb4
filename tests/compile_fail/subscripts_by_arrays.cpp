// An array that is a subscript has indices, one array an axis.
// expect-error: a subscript that is an array has integers
// expect-error: too many subscripts for the rank of this array
// expect-error: indices are integers; a condition chooses by where(condition, x, y) or compress
// expect-error: take_along_axis takes indices of as many axes as the array has
#include "chunkwise/expr/gather.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;
using Indices = cw::Array<std::int64_t, 1>;

auto by_mask(const cw::Array<double, 2>& x, const Indices& i) {
#ifdef CHUNKWISE_GOOD_TWIN
  return x(i, i);
#else
  return x(i, i > std::int64_t{0});
#endif
}
auto too_many(const cw::Array<double, 2>& x, const Indices& i) {
#ifdef CHUNKWISE_GOOD_TWIN
  return x(i, cw::newaxis, cw::all);
#else
  return x(i, i, 0);
#endif
}
auto numbers(const cw::Array<double, 2>& x, const Indices& i) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::take(x, i, 0);
#else
  return cw::take(x, x + cw::cast<double>(i), 0);
#endif
}
auto fewer_axes(const cw::Array<double, 2>& x, const Indices& i) {
#ifdef CHUNKWISE_GOOD_TWIN
  return cw::take_along_axis(x, cw::expand_dims(i, 0), 0);
#else
  return cw::take_along_axis(x, i, 0);
#endif
}
