#pragma once
/// Arrays that are made, not read: zeros, numbers in equal steps, identity matrices, grids of indices. Names and values
/// are NumPy's (docs/semantics.md, "Arrays from nothing"); elements are computed where they are wanted and take no
/// memory. Each comes twice: for typed expressions, and for arrays whose type is known at run time. io/arrays.hpp has
/// full, arange and random.
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/io/arrays.hpp"
#include "chunkwise/lower.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

// ---------------------------------------------------------------- arrays whose type is known at run time

/// Returns an array whose every element is `value`.
[[nodiscard]] UntypedArray full(const Shape& shape, const Scalar& value);
/// Returns an array of the shape, names, coordinates and chunks of x whose every element is `value`.
[[nodiscard]] UntypedArray full_like(const UntypedArray& x, const Scalar& value);
/// Returns start, start + step, ... up to but not including stop, which are all of one type. Throws invalid_argument
/// for a step of 0 and for bool.
[[nodiscard]] UntypedArray arange(const Scalar& start, const Scalar& stop, const Scalar& step);
/// Returns `count` numbers in equal steps from start to stop, which is the last of them if `endpoint`. Throws
/// invalid_argument for a negative count and for bool.
[[nodiscard]] UntypedArray linspace(double start, double stop, std::int64_t count, bool endpoint, DType dtype);
/// Returns a matrix that is 1 along a diagonal, else 0. Throws invalid_argument for a negative extent.
[[nodiscard]] UntypedArray eye(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, DType dtype);
/// Returns the indices of an array of this shape, int64: element (a, i, j, ...) of the result is the index along axis
/// a. Throws invalid_argument for a shape of 8 axes.
[[nodiscard]] UntypedArray indices(const Shape& shape);
/// Returns vectors as arrays of all of them: the k-th result has the k-th vector along its k-th axis, or, if `xy`,
/// along the other one of the first two. Throws shape_mismatch for an array that is no vector.
[[nodiscard]] std::vector<UntypedArray> meshgrid(std::span<const UntypedArray> vectors, bool xy);

// ---------------------------------------------------------------- typed arrays

/// Returns an array of zeros: `zeros<float, 2>({4, 3})`. An empty chunk shape means chunks of at most 2^23 elements.
template <Element T, int N>
[[nodiscard]] Array<T, N> zeros(const Shape& shape, const Shape& chunks = {}) {
  return full<N>(shape, T{}, chunks);
}
/// Returns an array of ones.
template <Element T, int N>
[[nodiscard]] Array<T, N> ones(const Shape& shape, const Shape& chunks = {}) {
  return full<N>(shape, static_cast<T>(1), chunks);
}
/// Returns an array of the type, shape, names, coordinates and chunks of x whose every element is `value`, which the
/// type has: `full_like(x, NAN)`. Throws out_of_range for an integer that it has not.
template <Expression E, WeakScalar S>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> full_like(const E& x, S value) {
  using T = value_type_of<E>;
  static_assert(!(std::is_floating_point_v<S> && std::is_integral_v<T>),
                "chunkwise: a floating number is no element of an array of integers or bool; cast the array first");
  static_assert(std::is_same_v<S, bool> || !std::is_same_v<T, bool>,
                "chunkwise: only true and false are elements of an array of bool; cast the array first");
  detail::check_fits<T>(value, "the array; cast it first");
  return Array<T, rank_of<E>>(full_like(detail::handle_of(x), Scalar(static_cast<T>(value))));
}
/// Returns full_like(x, 0).
template <Expression E>
[[nodiscard]] auto zeros_like(const E& x) {
  return full_like(x, value_type_of<E>{});
}
/// Returns full_like(x, 1).
template <Expression E>
[[nodiscard]] auto ones_like(const E& x) {
  return full_like(x, static_cast<value_type_of<E>>(1));
}
/// Returns an array of zeros, under the name of NumPy's array of no particular elements.
template <Element T, int N>
[[nodiscard]] Array<T, N> empty(const Shape& shape, const Shape& chunks = {}) {
  return zeros<T, N>(shape, chunks);
}
/// Returns empty of the type, shape, names, coordinates and chunks of x.
template <Expression E>
[[nodiscard]] auto empty_like(const E& x) {
  return zeros_like(x);
}

/// Returns `count` numbers in equal steps from start to stop, which is the last of them unless `endpoint` is false:
/// `linspace(0.0, 1.0, 5)` is 0, 0.25, 0.5, 0.75, 1. They are reckoned in float64; integers, `linspace<int>(0, 10, 4)`,
/// are rounded down. Throws invalid_argument for a negative count.
template <Element T = double>
[[nodiscard]] Array<T, 1> linspace(double start, double stop, std::int64_t count = 50, bool endpoint = true) {
  static_assert(!std::is_same_v<T, bool>, "chunkwise: numbers in equal steps are not bool; compare them with one");
  return Array<T, 1>(linspace(start, stop, count, endpoint, dtype_of<T>));
}
/// Returns the powers of a base whose exponents linspace gives, float64: `logspace(0, 2, 3)` is 1, 10, 100.
[[nodiscard]] inline Array<double, 1> logspace(double start, double stop, std::int64_t count = 50, bool endpoint = true,
                                               double base = 10) {
  return pow(base, linspace(start, stop, count, endpoint));
}
/// Returns a matrix that is 1 along a diagonal, the k-th above the main one, and else 0: `eye<float>(3, 4, 1)`
template <Element T = double>
[[nodiscard]] Array<T, 2> eye(std::int64_t rows, std::int64_t columns, std::int64_t k = 0) {
  return Array<T, 2>(eye(rows, columns, k, dtype_of<T>));
}
/// Returns the square matrix that is 1 along its main diagonal, and else 0: `eye(3)`
template <Element T = double>
[[nodiscard]] Array<T, 2> eye(std::int64_t rows) {
  return eye<T>(rows, rows, 0);
}
/// Returns the indices of an array of this shape: `indices({4, 3})(1)` is the column of each place.
template <std::size_t N>
[[nodiscard]] Array<std::int64_t, static_cast<int>(N) + 1> indices(const std::int64_t (&shape)[N]) {
  static_assert(N < static_cast<std::size_t>(max_rank), "chunkwise: indices make a further axis, and an array has 8");
  return Array<std::int64_t, static_cast<int>(N) + 1>(indices(detail::extents(shape)));
}

/// Which axes meshgrid gives its first two vectors.
enum class Indexing : std::uint8_t {
  xy,  ///< the first goes along axis 1, the second along axis 0, as on a map
  ij,  ///< each goes along its own
};
namespace detail {
template <Expression... E>
[[nodiscard]] auto grid_of_vectors(bool xy, const E&... vectors) {
  static_assert(((rank_of<E> == 1) && ...), "chunkwise: meshgrid takes vectors; ravel makes one of an array");
  constexpr int rank = static_cast<int>(sizeof...(E));
  const std::vector<UntypedArray> grid = meshgrid(std::vector<UntypedArray>{handle_of(vectors)...}, xy);
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return std::tuple{ArrayLike<rank, E>(grid[I])...}; }
  (std::index_sequence_for<E...>{});
}
}  // namespace detail
/// Returns vectors as arrays over all of them, in a tuple: `auto [x, y] = meshgrid(longitude, latitude)` of (1440,) and
/// (721,) are two arrays of (721, 1440). Names and coordinates stay along the axis of their vector.
template <Expression... E>
[[nodiscard]] auto meshgrid(const E&... vectors) {
  return detail::grid_of_vectors(true, vectors...);
}
/// Returns meshgrid with the vectors along axes in their order: `meshgrid(Indexing::ij, x, y, z)`
template <Expression... E>
[[nodiscard]] auto meshgrid(Indexing indexing, const E&... vectors) {
  return detail::grid_of_vectors(indexing == Indexing::xy, vectors...);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
