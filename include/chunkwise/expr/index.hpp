#pragma once
/// Subscripts: integers, range, all, newaxis, ellipsis, lists of indices (arrays of them: expr/gather.hpp); and the
/// node that `x(...)` makes of them. The result's rank is known to the compiler; bounds are checked when the expression
/// is built.
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/expression.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A bound left out of a range: `range(none, none, -1)` is everything backwards.
inline constexpr std::nullopt_t none = std::nullopt;

/// NumPy's start:stop:step. Negative bounds count from the end, bounds beyond it are clamped.
struct Range {
  std::optional<std::int64_t> start,
      stop;               ///< none: from the first, to the end; with a negative step, the other way round
  std::int64_t step = 1;  ///< from an index to the next; not 0
};
/// Returns the subscript start:stop:step. `x(range(2, none))`, `x(range(none, -1))`, `x(range(none, none, -1))`
[[nodiscard]] constexpr Range range(std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                                    std::int64_t step = 1) {
  return {start, stop, step};
}

/// As a subscript, a whole axis: `x(all, 0)`. As a function, whether all elements are true: `all(x > 0, "time")`.
struct All : AllFunction {};
/// A whole axis, or the function.
inline constexpr All all{};
/// As a subscript, a new axis of extent 1.
struct NewAxis {};
/// A new axis of extent 1: `x(all, newaxis)`
inline constexpr NewAxis newaxis{};
/// As a subscript, as many whole axes as are left over; at most once.
struct Ellipsis {};
/// As many whole axes as are left over: `x(ellipsis, 0)`
inline constexpr Ellipsis ellipsis{};

/// Indices in any order, negative ones from the end: `x(list(3, 0, -1))`, NumPy's x[[3, 0, -1]]. Several lists are as
/// long as each other and make one axis together, of points: `x(list(0, 1), list(4, 5))` is x(0, 4) and x(1, 5). The
/// axis takes the place of the lists and integers, or the first place if these are not side by side.
struct List {
  std::vector<std::int64_t> indices;  ///< in the order of the result
};
/// Returns a list of indices given one by one.
template <std::integral... I>
[[nodiscard]] List list(I... indices) {
  return {{static_cast<std::int64_t>(indices)...}};
}
/// Returns a list of indices that are known when the program runs.
[[nodiscard]] inline List list(std::vector<std::int64_t> indices) { return {std::move(indices)}; }

template <class S>
concept Subscript = (std::integral<S> && !std::same_as<S, bool>) || std::same_as<S, Range> || std::same_as<S, All> ||
                    std::same_as<S, NewAxis> || std::same_as<S, Ellipsis> || std::same_as<S, List>;

namespace detail {
/// A subscript as a run-time value, before it is checked against a shape: unlike an AxisSubscript it may be an
/// ellipsis, count from the end and leave bounds out.
struct RawSubscript {
  enum class Kind : std::uint8_t { integer, range, create, ellipsis, list, array } kind = Kind::range;
  std::int64_t integer = 0;
  Range range = {};
  IndexList list = nullptr;
  std::shared_ptr<const UntypedArray> array = nullptr;  ///< of indices: for expr/gather.hpp's subscripted alone
};
template <class S>
RawSubscript raw(const S& s) {
  if constexpr (std::integral<S>)
    return {RawSubscript::Kind::integer, static_cast<std::int64_t>(s), {}, nullptr, nullptr};
  else if constexpr (std::same_as<S, Range>)
    return {RawSubscript::Kind::range, 0, s, nullptr, nullptr};
  else if constexpr (std::same_as<S, NewAxis>)
    return {RawSubscript::Kind::create, 0, {}, nullptr, nullptr};
  else if constexpr (std::same_as<S, Ellipsis>)
    return {RawSubscript::Kind::ellipsis, 0, {}, nullptr, nullptr};
  else if constexpr (std::same_as<S, List>)
    return {RawSubscript::Kind::list, 0, {}, std::make_shared<const std::vector<std::int64_t>>(s.indices), nullptr};
  else
    return {RawSubscript::Kind::range, 0, {}, nullptr, nullptr};
}
template <class S>
inline constexpr bool takes_axis = !std::same_as<S, NewAxis> && !std::same_as<S, Ellipsis>;
}  // namespace detail

/// Returns subscripts checked against a shape and completed to all axes; throws out_of_range or invalid_argument, and
/// shape_mismatch for lists of different lengths. Arrays of indices are not among them.
[[nodiscard]] std::vector<AxisSubscript> resolve_subscripts(const Shape& shape,
                                                            std::span<const detail::RawSubscript> subscripts);
/// Returns the shape of the part that subscripts take.
[[nodiscard]] Shape subscripted_shape(std::span<const AxisSubscript> subscripts);
/// Returns the labels of the part that subscripts take.
[[nodiscard]] Labels subscripted_labels(const Labels& labels, std::span<const AxisSubscript> subscripts);

namespace detail {
template <int N, class... S>
constexpr int indexed_rank() {
  constexpr int lists = (0 + ... + (std::same_as<S, List> ? 1 : 0));
  return N - (0 + ... + (std::integral<S> ? 1 : 0)) + (0 + ... + (std::same_as<S, NewAxis> ? 1 : 0)) -
         (lists > 0 ? lists - 1 : 0);
}
}  // namespace detail

/// Part of an expression.
template <Expression E, class... Subscripts>
class Indexed : public ExpressionBase<Indexed<E, Subscripts...>, value_type_of<E>,
                                      std::max(0, detail::indexed_rank<rank_of<E>, Subscripts...>())> {
  static_assert((Subscript<Subscripts> && ...),
                "chunkwise: a subscript is an integer, range(start, stop, step), all, newaxis, ellipsis or list(...)");
  static_assert((0 + ... + (detail::takes_axis<Subscripts> ? 1 : 0)) <= rank_of<E>,
                "chunkwise: too many subscripts for the rank of this array");
  static_assert((0 + ... + (std::same_as<Subscripts, Ellipsis> ? 1 : 0)) <= 1,
                "chunkwise: an index can have only one ellipsis");

 public:
  /// Throws out_of_range naming the axis and its extent.
  explicit Indexed(E operand, Subscripts... subscripts) : operand_(std::move(operand)) {
    const std::array<detail::RawSubscript, sizeof...(Subscripts)> raw{detail::raw(subscripts)...};
    subscripts_ = resolve_subscripts(operand_.shape(), raw);
    this->shape_ = subscripted_shape(subscripts_);
    this->labels_ = subscripted_labels(operand_.labels(), subscripts_);
  }
  /// Returns the expression that it is a part of.
  [[nodiscard]] const E& operand() const { return operand_; }
  /// Returns the subscripts, checked, one for each axis of the operand and each new one.
  [[nodiscard]] const std::vector<AxisSubscript>& subscripts() const { return subscripts_; }

 private:
  E operand_;
  std::vector<AxisSubscript> subscripts_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
