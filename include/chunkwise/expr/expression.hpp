#pragma once
/// What every typed formula is: an element type and a rank known to the compiler, a shape and labels known when it is
/// built. Nodes own their operands by value, so a formula never dangles and `auto` is always safe.
/// Next: expr/array.hpp (the leaves), expr/elementwise.hpp, expr/index.hpp, expr/reduce.hpp, expr/concatenate.hpp.
#include <concepts>
#include <type_traits>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A typed formula: an Array, or arrays combined by operators and functions of this library.
template <class E>
concept Expression = requires(const std::remove_cvref_t<E>& e) {
  typename std::remove_cvref_t<E>::value_type;
  typename std::remove_cvref_t<E>::expression_tag;
  { std::remove_cvref_t<E>::rank } -> std::convertible_to<int>;
  { e.shape() } -> std::same_as<const Shape&>;
  { e.labels() } -> std::same_as<const Labels&>;
};

/// A plain C++ number beside an array: weak, it adapts to the array's element type.
template <class S>
concept WeakScalar = std::is_arithmetic_v<std::remove_cvref_t<S>>;

/// What an elementwise operation takes.
template <class O>
concept Operand = Expression<O> || WeakScalar<O>;

template <Expression E>
using value_type_of = typename std::remove_cvref_t<E>::value_type;
template <Expression E>
inline constexpr int rank_of = std::remove_cvref_t<E>::rank;

template <Expression E, class... Subscripts>
class Indexed;

/// What the kinds of expression have in common: shape, labels, and subscripts.
template <class Derived, Element T, int N>
class ExpressionBase {
 public:
  static_assert(N <= max_rank, "chunkwise: an array can have at most 8 axes");
  using value_type = T;
  using expression_tag = void;
  static constexpr int rank = N;

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] const Labels& labels() const { return labels_; }

  /// Part of the array, NumPy's way: integers (negative from the end), range(start, stop, step), all, newaxis,
  /// ellipsis. Missing subscripts at the end mean everything. Throws out_of_range.
  template <class... Subscripts>
  [[nodiscard]] auto operator()(Subscripts... subscripts) const {
    return Indexed<Derived, Subscripts...>(static_cast<const Derived&>(*this), subscripts...);
  }

 protected:
  ExpressionBase() = default;
  ExpressionBase(const Shape& shape, Labels labels) : shape_(shape), labels_(std::move(labels)) {}
  Shape shape_;
  Labels labels_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
