#pragma once
/// Walks through arrays in the order in which files hold them, last axis fastest.
#include <cstdint>
#include <vector>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
template <class Visit>
void visit_rows(const UntypedNdArray& array, const std::byte* from, int axis, const Visit& visit) {
  const std::int64_t extent = array.shape[axis];
  const std::int64_t stride = array.strides[axis];
  if (axis + 1 == array.shape.rank()) return visit(static_cast<const void*>(from), extent, stride);
  const auto step = stride * static_cast<std::int64_t>(size_of(array.dtype));
  for (std::int64_t i = 0; i < extent; ++i) visit_rows(array, from + i * step, axis + 1, visit);
}
}  // namespace detail

/// Calls visit(first element, count, stride in elements) for each row of an array; a single number is a row of one.
template <class Visit>
void for_each_row(const UntypedNdArray& array, const Visit& visit) {
  if (array.shape.elements() == 0) return;
  if (array.shape.rank() == 0) return visit(array.data, std::int64_t{1}, std::int64_t{1});
  detail::visit_rows(array, static_cast<const std::byte*>(array.data), 0, visit);
}

/// Returns the elements of an array, each as a double.
[[nodiscard]] inline std::vector<double> numbers_of(const UntypedNdArray& array) {
  std::vector<double> numbers;
  dispatch(array.dtype, [&]<class T>(T) {
    for_each_row(array, [&](const void* first, std::int64_t count, std::int64_t stride) {
      for (std::int64_t i = 0; i < count; ++i)
        numbers.push_back(static_cast<double>(static_cast<const T*>(first)[i * stride]));
    });
  });
  return numbers;
}

/// Calls visit(offset, count), in elements, for each piece of `region` that lies in one stretch in a row-major array of
/// this shape, in the region's own order. Steps are 1.
template <class Visit>
void for_each_stretch(const Shape& shape, const Region& region, const Visit& visit) {
  if (region.elements() == 0) return;
  // Axes from `whole` on are taken as a whole, so the axis before it still makes one stretch with them.
  int whole = shape.rank();
  while (whole > 0 && region[whole - 1].count == shape[whole - 1]) --whole;
  const int outer = whole > 0 ? whole - 1 : 0;
  const PerAxis<std::int64_t> strides = row_major_strides(shape);
  std::int64_t count = 1;
  for (int axis = outer; axis < shape.rank(); ++axis) count *= region[axis].count;
  std::int64_t offset = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) offset += region[axis].start * strides[axis];

  PerAxis<std::int64_t> at = PerAxis<std::int64_t>::filled(outer, 0);
  while (true) {
    visit(offset, count);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      offset += strides[axis];
      if (++at[axis] < region[axis].count) break;
      offset -= at[axis] * strides[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
