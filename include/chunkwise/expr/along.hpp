#pragma once
/// Functions of whole lines along an axis: running sums and extremes, sorting, quantiles, slopes, gaps filled, their
/// nan-variants, and a function of your own. Each takes an expression and one axis. docs/semantics.md, "Functions of
/// lines", defines their values to the last bit.
#include "chunkwise/expr/call.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/op/line/order.hpp"
#include "chunkwise/op/line/quantile.hpp"
#include "chunkwise/op/line/running.hpp"
#include "chunkwise/op/line/slope.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A line function F of R's along an axis of an expression. With `One` the axis goes, or stays with extent 1 if `Keep`.
template <class F, Element R, Expression E, bool One, bool Keep>
class Along : public ExpressionBase<Along<F, R, E, One, Keep>, R, rank_of<E> - (One && !Keep ? 1 : 0)> {
 public:
  using function = F;
  /// Whether an axis whose line becomes one element stays, with extent 1.
  static constexpr bool keeps_dims = Keep;

  /// Lines of `operand` along its axis `along`; `meaning` and `keeps_coordinate` are about labels.
  Along(E operand, int along, Meaning meaning, bool keeps_coordinate, std::vector<double> parameters = {})
      : operand_(std::move(operand)), along_(along), parameters_(std::move(parameters)) {
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
  /// Returns the axis of the operand along which lines run.
  [[nodiscard]] int along() const { return along_; }
  /// Returns the numbers that the function takes beside the line.
  [[nodiscard]] const std::vector<double>& parameters() const { return parameters_; }

 private:
  E operand_;
  int along_;
  std::vector<double> parameters_;
};

namespace detail {
template <class T>
inline constexpr bool never = false;
}  // namespace detail

/// A line function of the catalogue as a function object: `cumsum(x, 0)`, `sort(x, -1)`, `median(x, "time", keepdims)`.
template <class F>
struct LineFunctionObject {
  /// Returns the function over one axis: a literal (checked by the compiler), a dimension's name, or runtime_axis(i).
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, axis<rank_of<E>> over, Options... /*options*/) const {
    static_assert(
        (std::same_as<Options, KeepDims> && ...) && (F::one_result || sizeof...(Options) == 0),
        "chunkwise: keepdims is the only option, and of functions with one result alone; lines run along one axis");
    return Along<F, typename F::template result<value_type_of<E>>, E, F::one_result, (sizeof...(Options) > 0)>(
        expression, over.resolve(expression.labels()), F::meaning, F::keeps_coordinate);
  }
  /// Fails to compile, with a sentence that says so, for lines without an axis or along several.
  template <Expression E>
  [[nodiscard]] auto operator()(const E& /*expression*/) const {
    static_assert(detail::never<E>,
                  "chunkwise: lines run along an axis, which is given, as in sort(x, 0); ravel(x) has one");
  }
  template <Expression E, int K, class... Options>
  [[nodiscard]] auto operator()(const E& /*expression*/, const Axes<K>& /*over*/, Options... /*options*/) const {
    static_assert(detail::never<E>, "chunkwise: lines run along one axis; reshape makes one of several");
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

/// The largest element so far along an axis; NaN from the first NaN on. Shape, type, coordinates and units stay.
/// `cummax(x, "time")`
inline constexpr LineFunctionObject<linewise::CumulativeMaximum> cummax{};
/// The smallest element so far, as cummax.
inline constexpr LineFunctionObject<linewise::CumulativeMinimum> cummin{};
/// The largest element so far that is not NaN; NaN before the first of them. Otherwise as cummax.
inline constexpr LineFunctionObject<linewise::NanCumulativeMaximum> nancummax{};
/// The smallest element so far that is not NaN, as nancummax.
inline constexpr LineFunctionObject<linewise::NanCumulativeMinimum> nancummin{};
/// The elements along an axis, NaN being replaced by the last element before that is none; NaN that nothing precedes
/// stay. Type, coordinates and units stay. `ffill(x, "time")`
inline constexpr LineFunctionObject<linewise::ForwardFill> ffill{};
/// As ffill from the other end: each NaN is replaced by the next number.
inline constexpr LineFunctionObject<linewise::BackwardFill> bfill{};
/// The elements less their straight line of least squares against positions along the axis. All NaN if any element is.
/// float32 stays, other types give float64; coordinates stay. `detrend(x, "time")`
inline constexpr LineFunctionObject<linewise::Detrend> detrend{};

/// A line function that takes a number: `quantile(x, 0.9, "time")`, `percentile(x, 90, 0, QuantileMethod::hazen)`.
template <class F, int Whole>
struct QuantileFunctionObject {
  /// Returns the function over one axis, which goes, or stays with extent 1; options are keepdims and a QuantileMethod.
  /// Throws out_of_range for a number that is not from 0 to Whole.
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, double q, axis<rank_of<E>> over, Options... options) const {
    static_assert(((std::same_as<Options, KeepDims> || std::same_as<Options, QuantileMethod>)&&...),
                  "chunkwise: the options of a quantile are keepdims and a QuantileMethod; lines run along one axis");
    const std::vector<double> parameters{q / Whole, static_cast<double>(method(options...))};
    if (!F::fits(parameters, 0))
      throw Error(ErrorCode::out_of_range, std::string(F::name) + ": " + std::string(F::wanted));
    return Along<F, typename F::template result<value_type_of<E>>, E, true, detail::has_keepdims<Options...>>(
        expression, over.resolve(expression.labels()), F::meaning, F::keeps_coordinate, parameters);
  }

 private:
  static QuantileMethod method() { return QuantileMethod::linear; }
  template <class... Rest>
  static QuantileMethod method(KeepDims /*keeps*/, Rest... rest) {
    return method(rest...);
  }
  template <class... Rest>
  static QuantileMethod method(QuantileMethod own, Rest... /*rest*/) {
    return own;
  }
};

/// Quantile along an axis, q from 0 to 1, between two elements by one of NumPy's methods, QuantileMethod::linear if
/// none is given; NaN if any element is, and of none. float32 stays, other types give float64; units stay.
/// `quantile(t2m, 0.9, "time")`
inline constexpr QuantileFunctionObject<linewise::Quantile, 1> quantile{};
/// Quantile of the elements that are not NaN; NaN of none.
inline constexpr QuantileFunctionObject<linewise::NanQuantile, 1> nanquantile{};
/// quantile, q from 0 to 100. `percentile(t2m, 90, "time")`
inline constexpr QuantileFunctionObject<linewise::Quantile, 100> percentile{};
/// nanquantile, q from 0 to 100.
inline constexpr QuantileFunctionObject<linewise::NanQuantile, 100> nanpercentile{};

namespace detail {
/// gradient and trapezoid: a line function that takes the distance of neighbours, 1 if it is not given.
template <class F>
struct SpacingFunctionObject {
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, axis<rank_of<E>> over, double spacing = 1) const {
    const std::vector<double> parameters{spacing};
    if (!F::fits(parameters, 0))
      throw Error(ErrorCode::out_of_range, std::string(F::name) + ": " + std::string(F::wanted));
    return Along<F, typename F::template result<value_type_of<E>>, E, F::one_result, false>(
        expression, over.resolve(expression.labels()), F::meaning, F::keeps_coordinate, parameters);
  }
};
}  // namespace detail

/// Slope along an axis: half the difference of an element's neighbours, divided by their distance, and at the ends the
/// difference of the last two; NaN of one element. float32 stays, other types give float64; coordinates stay. Throws
/// out_of_range for a distance of 0. `gradient(x, "time", 6.0)`
inline constexpr detail::SpacingFunctionObject<linewise::Gradient> gradient{};
/// Area below the elements along an axis, which goes, by the trapezoidal rule, for this distance of neighbours. float32
/// stays, other types give float64. `trapezoid(x, "level", 100.0)`
inline constexpr detail::SpacingFunctionObject<linewise::Trapezoid> trapezoid{};

/// Returns the angles along an axis without jumps: if an angle differs from the one before it by more than half a
/// period, and by at least `discont`, it and all behind it are moved by whole periods. float32 stays, other types give
/// float64; coordinates and units stay. Throws out_of_range for a period that is not above 0.
/// `unwrap(direction, "time", 360.0)`
template <Expression E>
[[nodiscard]] auto unwrap(const E& x, axis<rank_of<E>> along, double period = 6.283185307179586, double discont = 0) {
  const std::vector<double> parameters{discont, period};
  using F = linewise::Unwrap;
  if (!F::fits(parameters, 0)) throw Error(ErrorCode::out_of_range, "unwrap: " + std::string(F::wanted));
  return Along<F, F::result<value_type_of<E>>, E, false, false>(x, along.resolve(x.labels()), F::meaning,
                                                                F::keeps_coordinate, parameters);
}

/// Returns a line function of your own along an axis, F being a struct with a name, a version and a static `apply`
/// (UserLineFunction). The expression is converted to the type that `apply` takes, as by cast<T>. If F has `one_result`
/// the axis goes, or stays with extent 1 with keepdims. Units and name do not stay; the coordinate along the axis stays
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
