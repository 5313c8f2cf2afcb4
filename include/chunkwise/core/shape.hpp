#pragma once
/// Extents of an array: a small fixed-capacity list of 64-bit numbers, one an axis, and NumPy's rule for broadcasting
/// two of them. Next: core/region.hpp (boxes of indices), core/chunk_grid.hpp (partitions).
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The largest number of axes an array can have.
inline constexpr int max_rank = 8;

/// A list of at most max_rank values, one an axis. Cheap to copy; no allocation.
template <class T>
class PerAxis {
 public:
  constexpr PerAxis() = default;
  /// The values, in the order of the axes. Throws invalid_argument for more than max_rank.
  constexpr PerAxis(std::initializer_list<T> values) {
    for (const T& value : values) push_back(value);
  }
  /// Returns `rank` copies of `value`.
  static constexpr PerAxis filled(int rank, const T& value) {
    PerAxis result;
    for (int i = 0; i < rank; ++i) result.push_back(value);
    return result;
  }
  /// Returns the number of values.
  [[nodiscard]] constexpr int rank() const { return rank_; }
  [[nodiscard]] constexpr bool empty() const { return rank_ == 0; }
  constexpr T& operator[](int axis) { return values_[static_cast<std::size_t>(axis)]; }
  constexpr const T& operator[](int axis) const { return values_[static_cast<std::size_t>(axis)]; }
  constexpr void push_back(const T& value) {
    if (rank_ == max_rank)
      throw Error(ErrorCode::invalid_argument, "chunkwise: an array can have at most 8 axes; this one would have 9");
    values_[static_cast<std::size_t>(rank_++)] = value;
  }
  constexpr void insert(int axis, const T& value) {
    push_back(value);
    for (int i = rank_ - 1; i > axis; --i) std::swap((*this)[i], (*this)[i - 1]);
  }
  constexpr void erase(int axis) {
    for (int i = axis; i + 1 < rank_; ++i) (*this)[i] = (*this)[i + 1];
    (*this)[--rank_] = T{};
  }
  [[nodiscard]] constexpr T* begin() { return values_.data(); }
  [[nodiscard]] constexpr T* end() { return values_.data() + rank_; }
  [[nodiscard]] constexpr const T* begin() const { return values_.data(); }
  [[nodiscard]] constexpr const T* end() const { return values_.data() + rank_; }
  constexpr bool operator==(const PerAxis& other) const {
    return rank_ == other.rank_ && std::equal(begin(), end(), other.begin());
  }

 private:
  std::array<T, max_rank> values_{};
  int rank_ = 0;
};

/// The most elements of an array, 2^56 - 1, counted with 1 in place of extents of 0: so strides, the bytes of any
/// element type, products of some of the extents, and a few times as much, all fit in 63 bits.
inline constexpr std::int64_t max_elements = (std::int64_t{1} << 56) - 1;

class Shape;
[[nodiscard]] inline std::string to_string(const Shape& shape);
/// Returns the number of elements of a shape, 1 for rank 0. Throws invalid_argument for a negative extent, and for more
/// than max_elements. This is the one place where unknown extents are multiplied: every function that makes an array,
/// from a file, from bytes, from memory or from nothing, asks here first.
constexpr std::int64_t count_elements(const Shape& shape);

/// The extents of an array.
class Shape : public PerAxis<std::int64_t> {
 public:
  /// Of the extents, the first axis first: `Shape{544, 721, 1440}`.
  using PerAxis::PerAxis;
  /// Of the same extents.
  constexpr Shape(const PerAxis<std::int64_t>& other) : PerAxis(other) {}  // NOLINT: the same thing, named
  /// Returns the number of elements; 1 for rank 0. Throws invalid_argument if an array cannot have this shape.
  [[nodiscard]] constexpr std::int64_t elements() const { return count_elements(*this); }
};

constexpr std::int64_t count_elements(const Shape& shape) {
  std::int64_t elements = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      throw Error(ErrorCode::invalid_argument,
                  "an array cannot have the shape " + to_string(shape) + ": an extent is negative");
    empty = empty || extent == 0;
    if (__builtin_mul_overflow(elements, extent == 0 ? std::int64_t{1} : extent, &elements) || elements > max_elements)
      throw Error(ErrorCode::invalid_argument,
                  "an array cannot have the shape " + to_string(shape) + ": its elements would be more than 2**56 - 1");
  }
  return empty ? 0 : elements;
}

/// Returns row-major strides in elements. Throws invalid_argument if an array cannot have this shape.
[[nodiscard]] constexpr PerAxis<std::int64_t> row_major_strides(const Shape& shape) {
  static_cast<void>(count_elements(shape));
  auto strides = PerAxis<std::int64_t>::filled(shape.rank(), 1);
  for (int axis = shape.rank() - 2; axis >= 0; --axis) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/// Returns "(544, 721, 1440)"
[[nodiscard]] inline std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int axis = 0; axis < shape.rank(); ++axis) text += (axis ? ", " : "") + std::to_string(shape[axis]);
  if (shape.rank() == 1) text += ",";
  return text + ")";
}
inline std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

/// Returns NumPy's broadcasting of two shapes: aligned at the last axis, an extent of 1 (or none) stretches. Throws
/// shape_mismatch with both shapes if they do not fit, invalid_argument if the result is too large.
[[nodiscard]] inline Shape broadcast(const Shape& a, const Shape& b) {
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int lead = result.rank() - shorter.rank();
  for (int axis = 0; axis < shorter.rank(); ++axis) {
    const std::int64_t other = shorter[axis];
    std::int64_t& extent = result[lead + axis];
    if (extent == other || other == 1) continue;
    if (extent != 1)
      throw Error(ErrorCode::shape_mismatch, "shapes " + to_string(a) + " and " + to_string(b) +
                                                 " do not broadcast: axis " + std::to_string(lead + axis) + " has " +
                                                 std::to_string(extent) + " against " + std::to_string(other) +
                                                 "; extents must be equal, or one of them 1");
    extent = other;
  }
  static_cast<void>(count_elements(result));
  return result;
}

/// Throws invalid_argument if a reduction that needs an element (a minimum, say) would have none: an axis whose bit
/// is set has extent 0 and the result is not empty too.
inline void require_elements(std::string_view reduction, const Shape& shape, std::uint32_t axes) {
  static_cast<void>(count_elements(shape));
  std::int64_t reduced = 1;
  std::int64_t kept = 1;
  for (int axis = 0; axis < shape.rank(); ++axis) (axes >> axis & 1U ? reduced : kept) *= shape[axis];
  if (reduced == 0 && kept > 0)
    throw Error(ErrorCode::invalid_argument, std::string(reduction) + " over no elements: the array has shape " +
                                                 to_string(shape) + ", and there is none to give");
}

/// Returns an axis, which may count from the end, as one counted from the front; throws out_of_range with the rank.
[[nodiscard]] inline int normalize_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw Error(ErrorCode::out_of_range, "axis " + std::to_string(axis) + " is not there: the array has " +
                                             std::to_string(rank) + (rank == 1 ? " axis" : " axes"));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
