#pragma once
/// Reductions: sum, mean, var, stddev, min, max, count, prod, any, all, argmin, argmax, first, last, and those that
/// skip NaN (nansum, nanargmax, ...). Over everything, one axis or several, or by groups of the indices along an axis
/// (expr/groupby.hpp), with keepdims and ddof as named options; the result's rank is in its type. docs/semantics.md,
/// "What a reduction is", defines their values to the last bit.
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/groups.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/expression.hpp"
#include "chunkwise/expr/groupby.hpp"
#include "chunkwise/op/aggregate/exact.hpp"
#include "chunkwise/op/aggregate/extremes.hpp"
#include "chunkwise/op/aggregate/moments.hpp"
#include "chunkwise/op/aggregate/own.hpp"
#include "chunkwise/op/aggregate/places.hpp"
#include "chunkwise/op/aggregate/product.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Keeps reduced axes with extent 1: `mean(x, 0, keepdims)`.
struct KeepDims {};
/// The option that keeps reduced axes.
inline constexpr KeepDims keepdims{};
/// Delta degrees of freedom: the divisor of var and stddev is count - ddof. `stddev(x, 0, ddof(1))`
struct Ddof {
  std::int64_t value = 0;  ///< the number subtracted from the count
};
/// Sums and means without rounding on the way: `sum(x, exact)`, `mean(x, "time", exact)`, and their nan-variants. The
/// true sum is rounded once, so its bits do not depend on how the data are cut into chunks and files.
struct ExactOption {};
/// The option for sums and means without rounding on the way.
inline constexpr ExactOption exact{};
/// Returns the option for var and stddev.
[[nodiscard]] constexpr Ddof ddof(std::int64_t value) { return {value}; }

/// A reduction of an expression by an aggregate of the catalogue (op/aggregate/catalog.hpp): K axes go, or stay with
/// extent 1. With a grouping its axis is reduced too, and has an element a group.
template <class Aggregate, Expression E, int K, bool Keep>
class Reduction
    : public ExpressionBase<Reduction<Aggregate, E, K, Keep>, typename Aggregate::template result<value_type_of<E>>,
                            Keep ? rank_of<E> : rank_of<E> - K> {
 public:
  using aggregate = Aggregate;
  /// Whether reduced axes stay, with extent 1.
  static constexpr bool keeps_dims = Keep;

  /// Throws invalid_argument for an aggregate that needs elements (min, argmax, first) over none, and if the grouping
  /// does not fit.
  Reduction(E operand, std::uint32_t axes, std::int64_t ddof, const Groups& groups = {})
      : operand_(std::move(operand)), axes_(axes), ddof_(ddof), grouping_(groups.grouping) {
    const Shape& from = operand_.shape();
    if (grouping_) require_fitting(*grouping_, from);
    if constexpr (Aggregate::needs_elements)
      grouping_ ? require_group_elements(Aggregate::name, from, axes, *grouping_)
                : require_elements(Aggregate::name, from, axes);
    const int grouped = grouping_ ? grouping_->axis : -1;
    for (int axis = 0; axis < from.rank(); ++axis) {
      const bool reduced = axes >> axis & 1U;
      if (!reduced)
        this->shape_.push_back(from[axis]);
      else if (axis == grouped)
        this->shape_.push_back(grouping_->groups);
      else if (Keep)
        this->shape_.push_back(1);
    }
    if (grouping_) static_cast<void>(count_elements(this->shape_));
    this->labels_ = group_labels(operand_.labels(), from.rank(), axes, Keep, Aggregate::meaning, groups);
  }
  /// Returns the expression that is reduced.
  [[nodiscard]] const E& operand() const { return operand_; }
  /// Returns a number with bit i set if axis i of the operand is reduced.
  [[nodiscard]] std::uint32_t axes() const { return axes_; }
  /// Returns the number subtracted from the count in the divisor of var and stddev.
  [[nodiscard]] std::int64_t ddof() const { return ddof_; }
  /// Returns the grouping; null: axes are reduced as a whole.
  [[nodiscard]] const GroupingPtr& grouping() const { return grouping_; }

 private:
  E operand_;
  std::uint32_t axes_;
  std::int64_t ddof_;
  GroupingPtr grouping_;
};

namespace detail {
template <class... Options>
inline constexpr bool has_keepdims = (std::same_as<Options, KeepDims> || ...);
template <class... Options>
inline constexpr bool has_ddof = (std::same_as<Options, Ddof> || ...);

template <class... Options>
inline constexpr bool has_exact = (std::same_as<Options, ExactOption> || ...);
inline std::int64_t ddof_value(KeepDims) { return 0; }
inline std::int64_t ddof_value(ExactOption) { return 0; }
inline std::int64_t ddof_value(Ddof d) { return d.value; }

/// Options that need no further arrays.
template <class O>
concept PlainOption = std::same_as<O, KeepDims> || std::same_as<O, Ddof> || std::same_as<O, ExactOption>;
/// These, and those of expr/reduce_options.hpp.
template <class O>
concept ReductionOption = PlainOption<O> || requires {
  typename O::reduction_option;
};

/// The kind of an option, of which a reduction takes one each.
template <class O>
struct OptionKind {
  using type = O;
};
template <class O>
requires requires { typename O::reduction_option; }
struct OptionKind<O> {
  using type = typename O::reduction_option;
};
/// Returns true if no two options are of one kind.
template <class... Options>
constexpr bool are_given_once() {
  if constexpr (sizeof...(Options) < 2) {
    return true;
  } else {
    const auto times = []<class O>(std::type_identity<O>) {
      return (0 + ... + (std::is_same_v<typename OptionKind<O>::type, typename OptionKind<Options>::type> ? 1 : 0));
    };
    return ((times(std::type_identity<Options>{}) == 1) && ...);
  }
}

/// Returns the reduction with options that are not plain; expr/reduce_options.hpp defines it.
template <class Aggregate, int K, Expression E, class... Options>
[[nodiscard]] auto with_options(const E& expression, std::uint32_t axes, const Groups& groups,
                                const Options&... options);
}  // namespace detail

/// A reduction as a function object: `mean(x)`, `mean(x, 0)`, `mean(x, "time")`, `mean(x, axes(0, 2), keepdims)`.
template <class Aggregate>
struct ReduceFunction {
  /// Returns the reduction over all axes.
  template <Expression E, class... Options>
  requires(detail::ReductionOption<Options>&&...) [[nodiscard]] auto operator()(const E& expression,
                                                                                Options... options) const {
    return make<rank_of<E>>(expression, (1U << rank_of<E>)-1U, options...);
  }
  /// Returns the reduction over one axis: a literal (checked by the compiler), a dimension's name, or runtime_axis(i).
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, axis<rank_of<E>> over, Options... options) const {
    return make<1>(expression, 1U << over.resolve(expression.labels()), options...);
  }
  /// Returns the reduction over several axes.
  template <Expression E, int K, class... Options>
  [[nodiscard]] auto operator()(const E& expression, Axes<K> over, Options... options) const {
    static_assert(K <= rank_of<E>, "chunkwise: more axes to reduce than the array has");
    return make<K>(expression, over.resolve(expression.labels(), rank_of<E>), options...);
  }
  /// Returns the reduction by groups of the indices along one axis.
  template <Expression E, class... Options>
  requires(detail::ReductionOption<Options>&&...) [[nodiscard]] auto operator()(const E& expression, const By& groups,
                                                                                Options... options) const {
    return make_by<0>(expression, groups, 0, options...);
  }
  /// Returns the reduction by groups along one axis, and over another as a whole.
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, const By& groups, axis<rank_of<E>> over,
                                Options... options) const {
    return make_by<1>(expression, groups, 1U << over.resolve(expression.labels()), options...);
  }
  /// Returns the reduction by groups along one axis, and over several others.
  template <Expression E, int K, class... Options>
  [[nodiscard]] auto operator()(const E& expression, const By& groups, Axes<K> over, Options... options) const {
    return make_by<K>(expression, groups, over.resolve(expression.labels(), rank_of<E>), options...);
  }

 private:
  template <int K, Expression E, class... Options>
  static auto make_by(const E& expression, const By& groups, std::uint32_t axes, Options... options) {
    static_assert(K < rank_of<E>, "chunkwise: groups are along an axis beside those that are reduced as a whole");
    const Groups resolved = groups.resolve(expression.labels(), expression.shape());
    const std::uint32_t grouped = 1U << resolved.grouping->axis;
    if (axes & grouped)
      throw Error(ErrorCode::invalid_argument, "axis " + std::to_string(resolved.grouping->axis) +
                                                   " is reduced by groups, and cannot be reduced as a whole too");
    return make_with<K>(expression, axes | grouped, resolved, options...);
  }
  template <int K, Expression E, class... Options>
  static auto make(const E& expression, std::uint32_t axes, Options... options) {
    return make_with<K>(expression, axes, {}, options...);
  }
  template <int K, Expression E, class... Options>
  static auto make_with(const E& expression, std::uint32_t axes, const Groups& groups, Options... options) {
    static_assert((detail::ReductionOption<Options> && ...),
                  "chunkwise: the options of a reduction are keepdims and ddof(n), of sums and means exact, and where, "
                  "initial, min_count and as_dtype; several axes are given together, as axes(\"time\", \"latitude\")");
    static_assert(detail::are_given_once<Options...>(), "chunkwise: an option of a reduction is given twice");
    static_assert(Aggregate::takes_ddof || !detail::has_ddof<Options...>,
                  "chunkwise: ddof belongs to var and stddev only");
    using Exactly = typename aggregate::Exactly<Aggregate>::type;
    constexpr bool is_exact = detail::has_exact<Options...>;
    static_assert(!is_exact || !std::is_void_v<Exactly>,
                  "chunkwise: exact belongs to sum, mean, nansum and nanmean only");
    using Made = std::conditional_t<is_exact, Exactly, Aggregate>;
    if constexpr (std::is_void_v<Made>) {
      return;
    } else if constexpr (!(detail::PlainOption<Options> && ...)) {
      return detail::with_options<Made, K>(expression, axes, groups, options...);
    } else {
      std::int64_t freedom = 0;
      ((freedom += detail::ddof_value(options)), ...);
      return Reduction<Made, E, K, detail::has_keepdims<Options...>>(expression, axes, freedom, groups);
    }
  }
};

/// An aggregate of a user's own (op/aggregate/own.hpp, docs/own_functions.md), with the axes, groups and `keepdims` of
/// every reduction. Elements of another type are converted to its own, as by cast. Its result has the type that
/// `finish` returns. `reduction<Range>(t2m, "time")`
template <class F>
requires(aggregate::checked<F>()) inline constexpr ReduceFunction<aggregate::Own<F>> reduction{};

/// Sum. float32 accumulates in float64 and is rounded once; integers are summed in 64 bits and wrap.
inline constexpr ReduceFunction<aggregate::Sum> sum{};
/// Arithmetic mean, accumulated in float64. Integers give float64.
inline constexpr ReduceFunction<aggregate::Mean> mean{};
/// Variance: the mean of squared deviations, divisor count - ddof (default 0); never a difference of sums of squares.
inline constexpr ReduceFunction<aggregate::Variance> var{};
/// Standard deviation: the square root of var.
inline constexpr ReduceFunction<aggregate::StandardDeviation> stddev{};
/// Smallest element; NaN if any is. Throws for no elements.
inline constexpr ReduceFunction<aggregate::Minimum> min{};
/// Largest element; NaN if any is. Throws for no elements.
inline constexpr ReduceFunction<aggregate::Maximum> max{};
/// Number of elements that are not NaN, as int64.
inline constexpr ReduceFunction<aggregate::Count> count{};
/// Sum of the elements that are not NaN; 0 if there are none.
inline constexpr ReduceFunction<aggregate::NanSum> nansum{};
/// Mean of the elements that are not NaN; NaN if there are none.
inline constexpr ReduceFunction<aggregate::NanMean> nanmean{};
/// Variance of the elements that are not NaN; NaN if there are none. Takes ddof.
inline constexpr ReduceFunction<aggregate::NanVariance> nanvar{};
/// Standard deviation of the elements that are not NaN: the square root of nanvar.
inline constexpr ReduceFunction<aggregate::NanStandardDeviation> nanstddev{};
/// Smallest of the elements that are not NaN; NaN if there are none.
inline constexpr ReduceFunction<aggregate::NanMinimum> nanmin{};
/// Largest of the elements that are not NaN; NaN if there are none.
inline constexpr ReduceFunction<aggregate::NanMaximum> nanmax{};
/// Product, typed and rounded as sum. 1 of no elements.
inline constexpr ReduceFunction<aggregate::Product> prod{};
/// Product of the elements that are not NaN; 1 of none.
inline constexpr ReduceFunction<aggregate::NanProduct> nanprod{};
/// True if any element is not zero (NaN is not), as bool. False of no elements.
inline constexpr ReduceFunction<aggregate::Any> any{};
/// True if no element is zero, as bool. True of no elements. Its object is `all` of expr/index.hpp.
using AllFunction = ReduceFunction<aggregate::All>;
/// Position of the smallest element as int64, counted from 0 along the reduced axes in row-major order: along one axis
/// its index, over all NumPy's flattened index. Of equal elements the first counts; NaN counts as smaller than any
/// number. Throws for no elements. `argmin(x, "time")`
inline constexpr ReduceFunction<aggregate::ArgMinimum> argmin{};
/// Position of the largest element, as argmin; NaN counts as larger than any number.
inline constexpr ReduceFunction<aggregate::ArgMaximum> argmax{};
/// argmin of the elements that are not NaN; -1 if there are none. Throws for no elements.
inline constexpr ReduceFunction<aggregate::NanArgMinimum> nanargmin{};
/// argmax of the elements that are not NaN; -1 if there are none. Throws for no elements.
inline constexpr ReduceFunction<aggregate::NanArgMaximum> nanargmax{};
/// The element at position 0, in the elements' type. Throws for no elements. `first(x, "time")`
inline constexpr ReduceFunction<aggregate::First> first{};
/// The element at the last position, as first.
inline constexpr ReduceFunction<aggregate::Last> last{};
/// The first element that is not NaN; NaN if there is none. Throws for no elements.
inline constexpr ReduceFunction<aggregate::NanFirst> nanfirst{};
/// The last element that is not NaN, as nanfirst.
inline constexpr ReduceFunction<aggregate::NanLast> nanlast{};

}  // namespace chunkwise::inline CHUNKWISE_ABI
