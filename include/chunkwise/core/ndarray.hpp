#pragma once
/// An array in memory: the result of compute, or a user's own numbers. Shared and constant, so that a part of it is a
/// view and a copy costs nothing; mutable_copy() is for writing. Next: expr/array.hpp for the lazy kind.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// An array in memory of any element type and rank: NdArray<T, N> without types, which a backend returns and an NdArray
/// is made from. It has elements and no graph; the lazy array is an UntypedArray. Strides are in elements. `owner`
/// keeps the memory alive.
struct UntypedNdArray {
  DType dtype = DType::float64;   ///< of the elements
  Shape shape;                    ///< the extents
  PerAxis<std::int64_t> strides;  ///< one an axis
  std::shared_ptr<const void> owner;
  const void* data = nullptr;  ///< the first element; null: no memory
};

/// Throws invalid_argument if an array has elements and no memory, or a DType that is none, and shape_mismatch if an
/// axis of several elements has no stride: `row_major_strides(shape)` returns those of elements that lie side by side.
void require_readable(const UntypedNdArray& array);

/// Returns a view of the elements of a region; throws out_of_range if it does not lie within the array.
[[nodiscard]] UntypedNdArray part_of(const UntypedNdArray& array, const Region& region);

/// Returns the text of an array as NumPy prints it, long axes cut in the middle.
[[nodiscard]] std::string to_string(const UntypedNdArray& array);
inline std::ostream& operator<<(std::ostream& out, const UntypedNdArray& array) { return out << to_string(array); }

/// Returns how many elements the text of an array of this shape shows at either end of an axis; 0 if it shows all.
[[nodiscard]] std::int64_t shown_edge(const Shape& shape, int axis);
/// Returns the text of an array of this shape, of which only the shown elements are there: along each axis with a
/// shown_edge, so many elements of its beginning and as many of its end, the others left out (untyped.hpp: preview).
[[nodiscard]] std::string to_string(const UntypedNdArray& edges, const Shape& shape);

/// A constant n-d array in memory with elements of type T and N axes. Copies share the memory; one that was moved from
/// is empty. `for (double v : array)` visits the elements in row-major order.
template <Element T, int N>
class NdArray {
 public:
  using value_type = T;
  /// The number of axes.
  static constexpr int rank = N;

  NdArray() : array_(nothing()) {}
  NdArray(const NdArray&) = default;
  NdArray& operator=(const NdArray&) = default;
  /// The other one is empty from then on: its memory may be gone.
  NdArray(NdArray&& other) noexcept : array_(std::exchange(other.array_, nothing())) {}
  NdArray& operator=(NdArray&& other) noexcept {
    if (this != &other) array_ = std::exchange(other.array_, nothing());
    return *this;
  }
  ~NdArray() = default;
  /// Takes a run-time typed array; throws type_mismatch or shape_mismatch if T or N is not the array's, and the errors
  /// of require_readable if it cannot be read.
  explicit NdArray(UntypedNdArray array) : array_(std::move(array)) {
    if (array_.dtype != dtype_of<T>)
      throw Error(ErrorCode::type_mismatch, "an array of " + std::string(name_of(array_.dtype)) +
                                                " cannot be seen as NdArray of " + std::string(name_of(dtype_of<T>)));
    if (array_.shape.rank() != N)
      throw Error(ErrorCode::shape_mismatch, "an array of shape " + to_string(array_.shape) +
                                                 " cannot be seen as NdArray with " + std::to_string(N) + " axes");
    require_readable(array_);
  }
  /// Copies `values`, row-major, into an array of this shape; throws shape_mismatch when the counts differ.
  NdArray(const Shape& shape, std::vector<T> values) {
    if (shape.rank() != N || shape.elements() != static_cast<std::int64_t>(values.size()))
      throw Error(ErrorCode::shape_mismatch, std::to_string(values.size()) + " values do not fill an array of shape " +
                                                 to_string(shape) + " with " + std::to_string(N) + " axes");
    const auto count = values.size();
    auto owner = std::shared_ptr<T[]>(new T[count ? count : 1]);
    T* const data = owner.get();
    for (std::size_t i = 0; i < count; ++i) data[i] = values[i];
    array_ = {dtype_of<T>, shape, row_major_strides(shape), std::move(owner), data};
  }

  /// Returns the extents.
  [[nodiscard]] const Shape& shape() const { return array_.shape; }
  /// Returns the strides in elements.
  [[nodiscard]] const PerAxis<std::int64_t>& strides() const { return array_.strides; }
  /// Returns the number of elements.
  [[nodiscard]] std::int64_t size() const { return array_.shape.elements(); }
  /// Returns the first element. The rest follows by strides(); row-major without gaps if is_contiguous().
  [[nodiscard]] const T* data() const { return static_cast<const T*>(array_.data); }
  /// Returns true if elements lie in row-major order without gaps.
  [[nodiscard]] bool is_contiguous() const { return size() <= 1 || strides() == row_major_strides(shape()); }
  /// Returns the array with its type as a run-time value; it shares the memory.
  [[nodiscard]] const UntypedNdArray& untyped() const { return array_; }

  /// Returns one element; negative subscripts count from the end; throws out_of_range.
  template <std::integral... I>
  [[nodiscard]] T operator()(I... subscripts) const {
    static_assert(sizeof...(I) == N, "chunkwise: an NdArray takes as many subscripts as it has axes");
    std::int64_t offset = 0;
    int axis = 0;
    ((offset += checked(static_cast<std::int64_t>(subscripts), axis) * strides()[axis], ++axis), ...);
    return data()[offset];
  }

  /// Visits the elements in row-major order: `for (double v : array)`, or any algorithm over forward iterators. Valid
  /// as long as the array.
  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using reference = const T&;
    using pointer = const T*;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    [[nodiscard]] reference operator*() const { return *at_; }
    [[nodiscard]] pointer operator->() const { return at_; }
    Iterator& operator++() {
      ++position_;
      int axis = N - 1;
      // The last index that has not come to its end moves on; those behind it begin again.
      for (; axis >= 0; --axis) {
        at_ += array_->strides[axis];
        if (++index_[axis] < array_->shape[axis]) break;
        at_ -= array_->shape[axis] * array_->strides[axis];
        index_[axis] = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return position_ == other.position_; }

   private:
    friend NdArray;
    Iterator(const UntypedNdArray& array, std::int64_t position)
        : array_(&array),
          at_(static_cast<const T*>(array.data)),
          index_(PerAxis<std::int64_t>::filled(N, 0)),
          position_(position) {}
    const UntypedNdArray* array_ = nullptr;
    const T* at_ = nullptr;
    PerAxis<std::int64_t> index_;
    std::int64_t position_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(array_, 0); }
  [[nodiscard]] Iterator end() const { return Iterator(array_, size()); }

  /// Returns the elements in row-major order, copied.
  [[nodiscard]] std::vector<T> mutable_copy() const {
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(size()));
    if (size() > 0) append(values, data(), 0);
    return values;
  }

  /// Returns true if shape and all elements are equal; a NaN equals nothing.
  friend bool operator==(const NdArray& a, const NdArray& b) {
    return a.shape() == b.shape() && a.mutable_copy() == b.mutable_copy();
  }
  friend std::ostream& operator<<(std::ostream& out, const NdArray& a) { return out << to_string(a.array_); }

 private:
  static UntypedNdArray nothing() noexcept {
    return {dtype_of<T>, Shape::filled(N, 0), PerAxis<std::int64_t>::filled(N, 0), nullptr, nullptr};
  }
  [[nodiscard]] std::int64_t checked(std::int64_t subscript, int axis) const {
    const std::int64_t extent = shape()[axis];
    if (subscript < -extent || subscript >= extent)
      throw Error(ErrorCode::out_of_range, "subscript " + std::to_string(subscript) + " is outside axis " +
                                               std::to_string(axis) + " of extent " + std::to_string(extent));
    return subscript < 0 ? subscript + extent : subscript;
  }
  void append(std::vector<T>& values, const T* from, int axis) const {
    if (axis == N) return values.push_back(*from);
    for (std::int64_t i = 0; i < shape()[axis]; ++i) append(values, from + i * strides()[axis], axis + 1);
  }

  UntypedNdArray array_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
