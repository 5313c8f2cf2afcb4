#pragma once
/// Reductions: sum, mean, var, stddev, min, max, count, and those that skip NaN. Over everything, one axis or several,
/// with keepdims and ddof as named options; the result's rank is in its type. What their values are to the last bit is
/// docs/semantics.md, "What a reduction is".
#include <cstdint>

#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/expression.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

enum class ReduceOp : std::uint8_t;

/// Keeps reduced axes with extent 1: `mean(x, 0, keepdims)`.
struct KeepDims {};
inline constexpr KeepDims keepdims{};
/// Delta degrees of freedom: the divisor of var and stddev is count - ddof. `stddev(x, 0, ddof(1))`
struct Ddof {
  std::int64_t value = 0;
};
[[nodiscard]] constexpr Ddof ddof(std::int64_t value) { return {value}; }

/// A reduction of an expression: `Kind` names the operation and its result type, K axes go (or stay with extent 1).
template <class Kind, Expression E, int K, bool Keep>
class Reduction : public ExpressionBase<Reduction<Kind, E, K, Keep>, typename Kind::template result<value_type_of<E>>,
                                        Keep ? rank_of<E> : rank_of<E> - K> {
 public:
  using kind = Kind;
  static constexpr bool keeps_dims = Keep;

  /// Throws invalid_argument for a smallest or largest of no elements.
  Reduction(E operand, std::uint32_t axes, std::int64_t ddof) : operand_(std::move(operand)), axes_(axes), ddof_(ddof) {
    const Shape& from = operand_.shape();
    if constexpr (Kind::needs_elements) require_elements("min or max", from, axes);
    for (int axis = 0; axis < from.rank(); ++axis) {
      const bool reduced = axes >> axis & 1U;
      if (!reduced)
        this->shape_.push_back(from[axis]);
      else if (Keep)
        this->shape_.push_back(1);
    }
    this->labels_ = reduce_labels(operand_.labels(), from.rank(), axes, Keep, Kind::meaning);
  }
  [[nodiscard]] const E& operand() const { return operand_; }
  /// Bit i: axis i of the operand is reduced.
  [[nodiscard]] std::uint32_t axes() const { return axes_; }
  [[nodiscard]] std::int64_t ddof() const { return ddof_; }

 private:
  E operand_;
  std::uint32_t axes_;
  std::int64_t ddof_;
};

namespace detail {
template <class... Options>
inline constexpr bool has_keepdims = (std::same_as<Options, KeepDims> || ...);
template <class... Options>
inline constexpr bool has_ddof = (std::same_as<Options, Ddof> || ...);

inline std::int64_t ddof_value(KeepDims) { return 0; }
inline std::int64_t ddof_value(Ddof d) { return d.value; }
}  // namespace detail

/// A reduction as a function object: `mean(x)`, `mean(x, 0)`, `mean(x, "time")`, `mean(x, axes(0, 2), keepdims)`.
template <class Kind>
struct ReduceFunction {
  /// Over all axes.
  template <Expression E, class... Options>
  requires((std::same_as<Options, KeepDims> || std::same_as<Options, Ddof>)&&...) [[nodiscard]] auto operator()(
      const E& expression, Options... options) const {
    return make<rank_of<E>>(expression, (1U << rank_of<E>)-1U, options...);
  }
  /// Over one axis: a literal (checked by the compiler), a dimension's name, or runtime_axis(i).
  template <Expression E, class... Options>
  [[nodiscard]] auto operator()(const E& expression, axis<rank_of<E>> over, Options... options) const {
    return make<1>(expression, 1U << over.resolve(expression.labels()), options...);
  }
  /// Over several axes.
  template <Expression E, int K, class... Options>
  [[nodiscard]] auto operator()(const E& expression, Axes<K> over, Options... options) const {
    static_assert(K <= rank_of<E>, "chunkwise: more axes to reduce than the array has");
    return make<K>(expression, over.resolve(expression.labels(), rank_of<E>), options...);
  }

 private:
  template <int K, Expression E, class... Options>
  static auto make(const E& expression, std::uint32_t axes, Options... options) {
    static_assert(((std::same_as<Options, KeepDims> || std::same_as<Options, Ddof>)&&...),
                  "chunkwise: the options of a reduction are keepdims and ddof(n); several axes are given together, as "
                  "axes(\"time\", \"latitude\")");
    static_assert(Kind::takes_ddof || !detail::has_ddof<Options...>, "chunkwise: ddof belongs to var and stddev only");
    std::int64_t freedom = 0;
    ((freedom += detail::ddof_value(options)), ...);
    return Reduction<Kind, E, K, detail::has_keepdims<Options...>>(expression, axes, freedom);
  }
};

/// The kinds of reduction: number (ReduceOp), whether ddof applies, whether there must be elements, what the result
/// says of the elements, and its type.
namespace reduction {
template <class T>
using sum_type = std::conditional_t<
    std::is_floating_point_v<T>, T,
    std::conditional_t<std::is_unsigned_v<T> && !std::is_same_v<T, bool>, std::uint64_t, std::int64_t>>;
template <class T>
using mean_type = std::conditional_t<std::is_floating_point_v<T>, T, double>;

struct SumKind {
  static constexpr bool takes_ddof = false;
  static constexpr bool needs_elements = false;
  static constexpr Meaning meaning = Meaning::sum;
  template <class T>
  using result = sum_type<T>;
};
struct MeanKind {
  static constexpr bool takes_ddof = false;
  static constexpr bool needs_elements = false;
  static constexpr Meaning meaning = Meaning::mean;
  template <class T>
  using result = mean_type<T>;
};
struct DeviationKind {
  static constexpr bool takes_ddof = true;
  static constexpr bool needs_elements = false;
  static constexpr Meaning meaning = Meaning::deviation;
  template <class T>
  using result = mean_type<T>;
};
struct VarianceKind : DeviationKind {
  static constexpr Meaning meaning = Meaning::variance;
};
struct MinimumKind {
  static constexpr bool takes_ddof = false;
  static constexpr bool needs_elements = true;
  static constexpr Meaning meaning = Meaning::minimum;
  template <class T>
  using result = T;
};
struct MaximumKind : MinimumKind {
  static constexpr Meaning meaning = Meaning::maximum;
};
struct CountKind {
  static constexpr bool takes_ddof = false;
  static constexpr bool needs_elements = false;
  static constexpr Meaning meaning = Meaning::count;
  template <class T>
  using result = std::int64_t;
};
template <class Family, std::uint8_t Number>
struct Kind : Family {
  static constexpr std::uint8_t number = Number;  ///< the ReduceOp of graph/node.hpp; lower.hpp checks that they agree
};
}  // namespace reduction

/// Sum. float32 accumulates in float64 and is rounded once; integers are summed in 64 bits and wrap.
inline constexpr ReduceFunction<reduction::Kind<reduction::SumKind, 0>> sum{};
/// Arithmetic mean, accumulated in float64. Integers give float64.
inline constexpr ReduceFunction<reduction::Kind<reduction::MeanKind, 1>> mean{};
/// Variance: the mean of squared deviations, divisor count - ddof (default 0); never a difference of sums of squares.
inline constexpr ReduceFunction<reduction::Kind<reduction::VarianceKind, 2>> var{};
/// Standard deviation: the square root of var.
inline constexpr ReduceFunction<reduction::Kind<reduction::DeviationKind, 3>> stddev{};
/// Smallest element; NaN if any is. Throws for no elements.
inline constexpr ReduceFunction<reduction::Kind<reduction::MinimumKind, 4>> min{};
/// Largest element; NaN if any is. Throws for no elements.
inline constexpr ReduceFunction<reduction::Kind<reduction::MaximumKind, 5>> max{};
/// Number of elements that are not NaN, as int64.
inline constexpr ReduceFunction<reduction::Kind<reduction::CountKind, 6>> count{};
/// The same without NaN: nansum of none is 0, the others of none are NaN.
inline constexpr ReduceFunction<reduction::Kind<reduction::SumKind, 7>> nansum{};
inline constexpr ReduceFunction<reduction::Kind<reduction::MeanKind, 8>> nanmean{};
inline constexpr ReduceFunction<reduction::Kind<reduction::VarianceKind, 9>> nanvar{};
inline constexpr ReduceFunction<reduction::Kind<reduction::DeviationKind, 10>> nanstddev{};
inline constexpr ReduceFunction<reduction::Kind<reduction::MinimumKind, 11>> nanmin{};
inline constexpr ReduceFunction<reduction::Kind<reduction::MaximumKind, 12>> nanmax{};

}  // namespace chunkwise::inline CHUNKWISE_ABI
