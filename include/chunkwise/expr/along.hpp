#pragma once
/// Functions of whole lines along an axis: cumsum, cumprod, sort, argsort, median, their nan-variants, and a function
/// of your own. Each takes an expression and one axis. What their values are to the last bit is docs/semantics.md,
/// "Functions of lines".
#include "chunkwise/expr/call.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/op/line/order.hpp"
#include "chunkwise/op/line/running.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A line function F of R's along an axis of an expression. With `One` the axis goes, or stays with extent 1 if `Keep`.
template <class F, Element R, Expression E, bool One, bool Keep>
class Along : public ExpressionBase<Along<F, R, E, One, Keep>, R, rank_of<E> - (One && !Keep ? 1 : 0)> {
 public:
  using function = F;
  /// True if an axis whose line becomes one element stays, with extent 1.
  static constexpr bool keeps_dims = Keep;

  /// Lines of `operand` along its axis `along`; `meaning` and `keeps_coordinate` are about labels.
  Along(E operand, int along, Meaning meaning, bool keeps_coordinate) : operand_(std::move(operand)), along_(along) {
    const Shape& from = operand_.shape();
    for (int axis = 0; axis < from.rank(); ++axis)
      if (axis != along || !One)
        this->shape_.push_back(from[axis]);
      else if (Keep)
        this->shape_.push_back(1);
    this->labels_ = One ? reduce_labels(operand_.labels(), from.rank(), 1U << along, Keep, meaning)
                        : line_labels(operand_.labels(), along, keeps_coordinate, meaning);
  }
  /// Returns the expression whose lines are taken.
  [[nodiscard]] const E& operand() const { return operand_; }
  /// The axis of the operand along which lines run.
  [[nodiscard]] int along() const { return along_; }

 private:
  E operand_;
  int along_;
};

/// A line function of the catalogue as a function object: `cumsum(x, 0)`, `sort(x, -1)`, `median(x, "time", keepdims)`.
template <class F>
struct LineFunctionObject {
  /// Over one axis: a literal (checked by the compiler), a dimension's name, or runtime_axis(i).
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, axis<rank_of<E>> over, Options... /*options*/) const {
    static_assert(
        (std::same_as<Options, KeepDims> && ...) && (F::one_result || sizeof...(Options) == 0),
        "chunkwise: keepdims is the only option, and of median and nanmedian alone; lines run along one axis");
    return Along<F, typename F::template result<value_type_of<E>>, E, F::one_result, (sizeof...(Options) > 0)>(
        expression, over.resolve(expression.labels()), F::meaning, F::keeps_coordinate);
  }
};

/// Running sum along an axis, added from the first element to the last in the type of the result: that of sum, so
/// int64 or uint64 for integers, which wrap, and the element's type for float32 and float64. Shape, coordinates and
/// units stay. `cumsum(rain, "time")`
inline constexpr LineFunctionObject<linewise::CumulativeSum> cumsum{};
/// Running product along an axis, typed as cumsum; units do not stay.
inline constexpr LineFunctionObject<linewise::CumulativeProduct> cumprod{};
/// Running sum in which NaN counts as 0.
inline constexpr LineFunctionObject<linewise::NanCumulativeSum> nancumsum{};
/// Running product in which NaN counts as 1.
inline constexpr LineFunctionObject<linewise::NanCumulativeProduct> nancumprod{};
/// The elements along an axis in ascending order, NaN last. Shape, type and units stay; the axis loses its coordinate.
/// `sort(x, "time")(-1)` is the largest
inline constexpr LineFunctionObject<linewise::Sort> sort{};
/// The positions that sort an axis, as int64; equal elements stay in their order, NaN come last.
inline constexpr LineFunctionObject<linewise::ArgSort> argsort{};
/// Median along an axis, which goes, or stays with extent 1: `median(x, "time", keepdims)`. The element in the middle,
/// or half the sum of the two in the middle; NaN if any element is, and of none. Integers give float64.
inline constexpr LineFunctionObject<linewise::Median> median{};
/// Median of the elements that are not NaN; NaN of none.
inline constexpr LineFunctionObject<linewise::NanMedian> nanmedian{};

/// A line function of your own along an axis, F being a struct with a name, a version and a static `apply`
/// (UserLineFunction). The expression is converted to the type that `apply` takes, as by cast<T>. If F has `one_result`
/// the axis goes, or stays with extent 1 with keepdims. Units and name do not stay; the coordinate along the axis does
/// if F has `keeps_coordinate`. `along<Detrended>(x, "time")`
template <class F, Expression E, class... Options>
[[nodiscard]] auto along(const E& expression, axis<rank_of<E>> over, Options... /*options*/) {
  if constexpr (detail::checked_line_function<F>()) {
    constexpr bool one = detail::gives_one_result<F>();
    static_assert((std::same_as<Options, KeepDims> && ...) && (one || sizeof...(Options) == 0),
                  "chunkwise: keepdims is the only option, and of functions with one result alone");
    using Applied = detail::AppliedToLine<decltype(&F::apply)>;
    auto operand = detail::as_argument<typename Applied::element>(expression);
    return Along<F, typename Applied::result, decltype(operand), one, (sizeof...(Options) > 0)>(
        operand, over.resolve(expression.labels()), Meaning::elementwise, detail::keeps_coordinate<F>());
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
