#pragma once
/// Aggregates: an aggregate is a struct that makes one element of many, as an operation makes one of each. The
/// aggregates are one struct each in the neighbours of this file; op/aggregate/catalog.hpp is the list of them.
///
/// An aggregate A has, beside `code`, `name` and the members of `Common` that it redefines:
///
///     template <Element T> using result = ...;   // the element type of the result
///     template <Element T> using state = ...;    // trivially copyable; state<T>{} has seen no element
///     static void step(state<T>& seen, T element);                       // or
///     static void step(state<T>& seen, T element, std::int64_t position);
///     static void merge(state<T>& left, const state<T>& right);  // right is of later chunks
///     static ... finish(const state<T>& seen);                   // or (seen, Reduced)
///
/// `position` counts the reduced elements in row-major order of the reduced axes, from 0: over all axes it is NumPy's
/// flattened index. Elements of a chunk come in the order of their positions. Chunks are merged in row-major order of
/// the chunks. That is not the order of positions if several axes are reduced, so an aggregate that depends on order
/// compares positions in `merge`. A state travels between machines as its bytes: it has no padding, and no bool.
///
/// A state with a number of its own (`Special`) has kernels of its own in runtime/reduce, which compute the same as
/// step and merge. Several aggregates may be finished from it.
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The number of an aggregate, in graphs that are written as bytes: append, never renumber.
enum class AggregateCode : std::uint8_t {};

namespace aggregate {

/// The number of a state, between the workers of a cluster.
enum class StateCode : std::uint8_t {};

/// The defaults of most aggregates.
struct Common {
  static constexpr bool takes_ddof = false;      ///< `ddof(n)` may be given
  static constexpr bool needs_elements = false;  ///< a reduction over no elements throws when it is built
  /// Elements may be dealt to 32 lanes, whose states are merged when the chunk is complete: faster, for aggregates
  /// whose merge does not rely on all of `left` coming before all of `right`.
  static constexpr bool takes_lanes = false;
  /// The meaning of the result, which decides the attributes that it keeps, its units among them.
  static constexpr Meaning meaning = Meaning::elementwise;
};

/// The arguments of `finish`: the number of elements, and the delta degrees of freedom that were asked for.
struct Reduced {
  double elements = 0;
  double ddof = 0;
};

/// A state for which runtime/reduce has kernels of its own: fields of 8 bytes, each of which is an array over outputs.
template <class S>
concept Special = requires {
  { S::code } -> std::convertible_to<StateCode>;
  typename S::Field;
};

/// The 64-bit type that holds every value of T: double, int64 or uint64.
template <Element T>
using Wide = std::conditional_t<
    std::is_floating_point_v<T>, double,
    std::conditional_t<std::is_signed_v<T> && !std::is_same_v<T, bool>, std::int64_t, std::uint64_t>>;

/// The type of sums and products: T if it is floating, else 64 bits, unsigned for unsigned integers only.
template <Element T>
using SumOf = std::conditional_t<std::is_floating_point_v<T>, T,
                                 std::conditional_t<std::is_same_v<T, bool>, std::int64_t, Wide<T>>>;

/// The type of means and deviations: T if it is floating, else double.
template <Element T>
using MeanOf = std::conditional_t<std::is_floating_point_v<T>, T, double>;

/// Returns true for NaN.
template <class T>
[[nodiscard]] CHUNKWISE_INLINE constexpr bool is_nan(T element) {
  return element != element;
}

}  // namespace aggregate
}  // namespace chunkwise::inline CHUNKWISE_ABI
