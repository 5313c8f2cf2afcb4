#pragma once
/// The common traits of typed formulas: an element type and a rank known to the compiler, a shape and labels known when
/// the formula is built. Nodes own their operands by value, so a formula never dangles and `auto` is always safe. Next:
/// expr/array.hpp (the leaves), expr/elementwise.hpp, expr/index.hpp, expr/reduce.hpp, expr/concatenate.hpp.
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

/// An operand of an elementwise operation.
template <class O>
concept Operand = Expression<O> || WeakScalar<O>;

/// The element type of an expression.
template <Expression E>
using value_type_of = typename std::remove_cvref_t<E>::value_type;
/// The number of axes of an expression.
template <Expression E>
inline constexpr int rank_of = std::remove_cvref_t<E>::rank;

template <Expression E, class... Subscripts>
class Indexed;
template <int N>
class axis;

namespace detail {
/// Returns the labels given to an array that has others. Throws as require_fitting does.
[[nodiscard]] Labels given_labels(const Labels& own, Labels given, const Shape& shape);
/// Returns the part of an array at subscripts among which are arrays of indices. In expr/gather.hpp.
template <class E, class... Subscripts>
[[nodiscard]] auto at_arrays(const E& x, const Subscripts&... subscripts);
}  // namespace detail

/// The common base of all kinds of expression: shape, labels, and subscripts.
template <class Derived, Element T, int N>
class ExpressionBase {
 public:
  static_assert(N <= max_rank, "chunkwise: an array can have at most 8 axes");
  using value_type = T;
  using expression_tag = void;    ///< marks it as an Expression
  static constexpr int rank = N;  ///< the number of axes

  /// Returns the extents, and the names of axes, coordinates and attributes: known without computing anything.
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] const Labels& labels() const { return labels_; }

  /// Returns part of the array, NumPy's way: integers (negative from the end), range(start, stop, step), all, newaxis,
  /// ellipsis, lists, and arrays of indices, which are points: `x(argmax(y, "time"), list(0, 1))`. Missing subscripts
  /// at the end mean everything. Throws out_of_range.
  template <class... Subscripts>
  [[nodiscard]] auto operator()(Subscripts... subscripts) const {
    if constexpr ((Expression<Subscripts> || ...))
      return detail::at_arrays(static_cast<const Derived&>(*this), subscripts...);
    else
      return Indexed<Derived, Subscripts...>(static_cast<const Derived&>(*this), subscripts...);
  }

  /// Returns the same elements under other labels, e.g. `Labels({"time", "latitude", "longitude"})`, or those of
  /// another array, `(x(range(1, none)) - x(range(0, -1))).with_labels(x(range(1, none)).labels())`. Throws
  /// invalid_argument if the labels are of more axes, or have a coordinate of another size than its axis. That another
  /// array's values are as a file stores them (Labels::holds_stored_values) does not hold for these.
  [[nodiscard]] Derived with_labels(Labels labels) const {
    return labelled(detail::given_labels(labels_, std::move(labels), shape_));
  }
  /// Returns the same elements as numbers that the caller has packed as attributes of their labels say, `scale_factor`,
  /// `_FillValue` and the like (is_packing): a file that is written has these attributes, and its readers get the
  /// unpacked values. Without this such attributes are an error when a file is written.
  /// `cast<std::int16_t>((x - 280) * 100).with_labels(labels).with_stored_values()`
  [[nodiscard]] Derived with_stored_values() const { return labelled(labels_.with_stored_values()); }
  /// Returns the same without the coordinate of an axis, by name or number: other arrays meet it by position there.
  /// Without an argument, all coordinates go. Throws not_found if there is no such axis.
  /// `x.without_coordinate("time") - y`
  [[nodiscard]] Derived without_coordinate(axis<N> which) const {
    return with_labels(labels_.with_coordinate(which.resolve(labels_), Coordinate()));
  }
  /// Returns the same without any coordinate.
  [[nodiscard]] Derived without_coordinate() const {
    Labels without = labels_;
    for (int i = 0; i < N; ++i) without = without.with_coordinate(i, Coordinate());
    return with_labels(std::move(without));
  }

 private:
  [[nodiscard]] Derived labelled(Labels labels) const {
    Derived result = static_cast<const Derived&>(*this);
    static_cast<ExpressionBase&>(result).labels_ = std::move(labels);
    return result;
  }

 protected:
  ExpressionBase() = default;
  /// An expression of this shape and these labels; kinds that compute them fill in the members.
  ExpressionBase(const Shape& shape, Labels labels) : shape_(shape), labels_(std::move(labels)) {}
  Shape shape_;
  Labels labels_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
