#pragma once
/// Arrays that need no file: memory that the caller owns or gives away, arange, full, random.
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
template <Element T, int N>
Array<T, N> array_of(SourcePtr source, Labels labels = {}) {
  NodePtr node = build::source(std::move(source));
  const Shape shape = node->shape;
  return Array<T, N>(UntypedArray{std::move(node), shape, std::move(labels)});
}
template <int N>
void check_rank(const Shape& shape) {
  if (shape.rank() != N)
    throw Error(ErrorCode::shape_mismatch, "a shape of " + std::to_string(shape.rank()) + " axes, " + to_string(shape) +
                                               ", for an array of " + std::to_string(N));
}
/// Returns how many elements arange has.
template <Element T>
std::int64_t arange_count(T start, T stop, T step) {
  if (step == T{}) throw Error(ErrorCode::invalid_argument, "arange: the step is 0");
  const auto refuse = [&] {
    return Error(ErrorCode::invalid_argument, "arange: from " + to_string(Scalar(start)) + " to " +
                                                  to_string(Scalar(stop)) + " in steps of " + to_string(Scalar(step)) +
                                                  " is no number of elements that an array can have");
  };
  if constexpr (std::is_floating_point_v<T>) {
    const double length = (static_cast<double>(stop) - static_cast<double>(start)) / static_cast<double>(step);
    if (!(length < static_cast<double>(max_elements))) throw refuse();
    return length > 0 ? static_cast<std::int64_t>(std::ceil(length)) : 0;
  } else {
    const bool up = step > T{};
    if (up ? start >= stop : start <= stop) return 0;
    // Differences of integers of any sign are exact in unsigned arithmetic.
    const auto bits = [](T value) { return static_cast<std::uint64_t>(value); };
    const std::uint64_t span = up ? bits(stop) - bits(start) : bits(start) - bits(stop);
    const std::uint64_t steps = (span - 1) / (up ? bits(step) : 0 - bits(step));
    if (steps >= static_cast<std::uint64_t>(max_elements)) throw refuse();
    return static_cast<std::int64_t>(steps + 1);
  }
}
}  // namespace detail

/// Returns memory that the caller owns, row-major, as an array; it is not copied. `owner` keeps it alive; without one
/// the caller sees to it that the memory outlives every use of the array, and results are copies. An empty chunk shape
/// means chunks of at most 2^23 elements. Throws invalid_argument if `data` is null and the shape is not empty, or has
/// more elements than there can be.
template <int N, Element T>
[[nodiscard]] Array<T, N> from_memory(const T* data, const Shape& shape, std::shared_ptr<const void> owner = nullptr,
                                      const Shape& chunks = {}) {
  detail::check_rank<N>(shape);
  return detail::array_of<T, N>(
      memory_source({dtype_of<T>, shape, row_major_strides(shape), std::move(owner), data}, chunks));
}

/// Returns memory that is given away as an array; throws shape_mismatch if the count differs.
template <int N, Element T>
[[nodiscard]] Array<T, N> from_vector(std::vector<T> values, const Shape& shape, const Shape& chunks = {}) {
  detail::check_rank<N>(shape);
  if (static_cast<std::int64_t>(values.size()) != shape.elements())
    throw Error(ErrorCode::shape_mismatch,
                std::to_string(values.size()) + " values do not fill an array of shape " + to_string(shape));
  if constexpr (std::is_same_v<T, bool>) {
    // std::vector<bool> holds bits.
    auto memory = std::shared_ptr<bool[]>(new bool[values.size() + 1]);
    std::copy(values.begin(), values.end(), memory.get());
    return from_memory<N>(static_cast<const bool*>(memory.get()), shape, memory, chunks);
  } else {
    auto memory = std::make_shared<const std::vector<T>>(std::move(values));
    return from_memory<N>(memory->data(), shape, memory, chunks);
  }
}

/// Returns a result as an array again; not copied.
template <Element T, int N>
[[nodiscard]] Array<T, N> from_ndarray(const NdArray<T, N>& array, const Shape& chunks = {}) {
  return detail::array_of<T, N>(memory_source(array.untyped(), chunks));
}

/// Returns a source as an array, e.g. a reader of the caller's own (docs/adding_a_source.md). Throws type_mismatch or
/// shape_mismatch if T or N is not the source's.
template <Element T, int N>
[[nodiscard]] Array<T, N> from_source(SourcePtr source, Labels labels = {}) {
  if (!source) throw Error(ErrorCode::invalid_argument, "from_source: the source is null");
  if (source->dtype() != dtype_of<T>)
    throw Error(ErrorCode::type_mismatch, source->describe() + " holds " + std::string(name_of(source->dtype())) +
                                              ", not " + std::string(name_of(dtype_of<T>)));
  detail::check_rank<N>(source->shape());
  return detail::array_of<T, N>(std::move(source), std::move(labels));
}

/// Returns an array whose every element is `value`.
template <int N, Element T>
[[nodiscard]] Array<T, N> full(const Shape& shape, T value, const Shape& chunks = {}) {
  detail::check_rank<N>(shape);
  return detail::array_of<T, N>(full_source(shape, Scalar(value), chunks));
}

/// Returns start, start + step, ... up to but not including stop, as NumPy's arange; element i is start + i * step.
template <Element T>
[[nodiscard]] Array<T, 1> arange(T start, T stop, T step = T{1}, std::int64_t chunk = 0) {
  const std::int64_t length = detail::arange_count(start, stop, step);
  return detail::array_of<T, 1>(arange_source(Scalar(start), Scalar(step), length, chunk ? Shape{chunk} : Shape{}));
}

/// Returns uniform numbers in [0, 1) that depend on the seed and the element's position alone, whatever the chunks.
template <Element T, int N>
[[nodiscard]] Array<T, N> random(const Shape& shape, std::uint64_t seed, const Shape& chunks = {}) {
  static_assert(std::is_floating_point_v<T>, "chunkwise: random numbers are float or double; cast them");
  detail::check_rank<N>(shape);
  return detail::array_of<T, N>(random_source(shape, dtype_of<T>, seed, chunks));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
