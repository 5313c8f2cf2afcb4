#pragma once
/// Further options of reductions: which elements count (`where`), in which type they are taken (`as_dtype`), which
/// value the result starts from (`initial`) and how many elements it needs (`min_count`). NumPy's `where`, `dtype` and
/// `initial`, and xarray's `min_count`. docs/semantics.md, "Options of reductions", defines the values.
///
///     mean(t2m, "time", where(t2m > 273.15))    // of the times at which it does not freeze
///     nansum(rain, "time", min_count(20))       // NaN if there are fewer than 20 times
///     max(x, 0, initial(0.0)), sum(counts, as_dtype<double>)
#include <cstdint>
#include <optional>
#include <type_traits>

#include "chunkwise/core/groups.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The elements that a reduction takes: `where(mask)`.
template <Expression M>
struct Where {
  using reduction_option = struct WhereOption;  ///< marks an option of reductions, and tells which
  M mask;                                       ///< true where an element counts; broadcasts to the array
};
/// Returns the option for sum, prod, mean, var, stddev, min, max, any, all, count and their nan-variants: elements
/// count where the mask is true. Throws shape_mismatch if the mask does not broadcast to the array. `min` and `max`,
/// which have no value of nothing, need `initial` beside it.
template <Expression M>
[[nodiscard]] Where<M> where(const M& mask) {
  static_assert(std::is_same_v<value_type_of<M>, bool>, "chunkwise: a mask is of bool, such as x > 0");
  return {mask};
}

/// The type in which a reduction takes elements and gives its result: `as_dtype<double>`.
template <Element T>
struct AsDType {
  using reduction_option = struct AsDTypeOption;  ///< marks an option of reductions, and tells which
};
/// The option for sum, prod, mean, var, stddev and their nan-variants; the last three take floating types alone.
template <Element T>
inline constexpr AsDType<T> as_dtype{};

/// A number from which a reduction starts.
template <WeakScalar S>
struct Initial {
  using reduction_option = struct InitialOption;  ///< marks an option of reductions, and tells which
  S value;                                        ///< which adapts to the type of the result
};
/// Returns the option for sum and prod, min and max and their nan-variants: the number is added to the result,
/// multiplied with it, or the result if it is smaller or larger.
template <WeakScalar S>
[[nodiscard]] constexpr Initial<S> initial(S value) {
  return {value};
}

/// How many elements a result needs.
struct MinCount {
  using reduction_option = MinCount;  ///< marks an option of reductions, and tells which
  std::int64_t value = 0;             ///< elements that are not NaN
};
/// Returns the option for sum, prod and their nan-variants: the result is NaN if fewer elements are not NaN, and so
/// float64 of integers.
[[nodiscard]] constexpr MinCount min_count(std::int64_t value) { return {value}; }

/// The options at run time.
struct ReductionOptions {
  std::optional<UntypedArray> where = {};      ///< true where an element counts
  std::optional<DType> dtype = {};             ///< of elements and result
  std::optional<Scalar> initial = {};          ///< from which the result starts
  std::optional<std::int64_t> min_count = {};  ///< elements that the result needs
  /// Returns true if there is any.
  [[nodiscard]] bool any() const { return where || dtype || initial || min_count; }
};

/// Which of these options an aggregate takes.
struct TakenOptions {
  bool where = false;      ///< a mask
  bool dtype = false;      ///< a type
  bool initial = false;    ///< a number to start from
  bool min_count = false;  ///< a least number of elements
};
/// Returns the options that an aggregate takes.
[[nodiscard]] constexpr TakenOptions options_of(AggregateCode code) {
  for (const AggregateCode one :
       {aggregate::Sum::code, aggregate::NanSum::code, aggregate::Product::code, aggregate::NanProduct::code})
    if (code == one) return {true, true, true, true};
  for (const AggregateCode one : {aggregate::ExactSum::code, aggregate::ExactNanSum::code, aggregate::ExactMean::code,
                                  aggregate::ExactNanMean::code})
    if (code == one) return {true, true, false, false};
  for (const AggregateCode one :
       {aggregate::Mean::code, aggregate::NanMean::code, aggregate::Variance::code, aggregate::NanVariance::code,
        aggregate::StandardDeviation::code, aggregate::NanStandardDeviation::code})
    if (code == one) return {true, true, false, false};
  for (const AggregateCode one :
       {aggregate::Minimum::code, aggregate::NanMinimum::code, aggregate::Maximum::code, aggregate::NanMaximum::code})
    if (code == one) return {true, false, true, false};
  return {code == aggregate::Any::code || code == aggregate::All::code || code == aggregate::Count::code, false, false,
          false};
}

/// Returns the reduction of an array of run-time types over the axes whose bit is set. Throws as the options say, and
/// invalid_argument for an option that the aggregate does not take.
[[nodiscard]] UntypedArray reduce_with(AggregateCode aggregate, const UntypedArray& x, std::uint32_t axes,
                                       bool keepdims, std::int64_t ddof, const ReductionOptions& options,
                                       const Groups& groups = {});

namespace detail {

/// Returns true if a mask stretches to an array of so many axes.
template <class O>
constexpr bool mask_stretches(int rank) {
  if constexpr (requires(const O& option) { option.mask; })
    return rank_of<decltype(std::declval<const O&>().mask)> <= rank;
  else
    return true;
}
template <class O>
inline constexpr bool is_where = false;
template <class M>
inline constexpr bool is_where<Where<M>> = true;
template <class O>
inline constexpr bool is_initial = false;
template <class S>
inline constexpr bool is_initial<Initial<S>> = true;
template <class O>
inline constexpr bool is_dtype = false;
template <class T>
inline constexpr bool is_dtype<AsDType<T>> = true;

/// The element type of a result whose type without options is T.
template <class T, class... Options>
struct WithOptions {
  using type = T;
};
template <class T, class To, class... Rest>
struct WithOptions<T, AsDType<To>, Rest...> : WithOptions<To, Rest...> {};
template <class T, class First, class... Rest>
struct WithOptions<T, First, Rest...> : WithOptions<T, Rest...> {};
template <class T, class... Options>
using ResultWith = std::conditional_t<(std::same_as<Options, MinCount> || ...) &&
                                          !std::is_floating_point_v<typename WithOptions<T, Options...>::type>,
                                      double, typename WithOptions<T, Options...>::type>;

template <class O>
void add_option(ReductionOptions& all, std::int64_t& freedom, const O& option) {
  if constexpr (is_where<O>)
    all.where = Array(option.mask).handle();
  else if constexpr (is_initial<O>)
    all.initial = [&] {
      using S = decltype(option.value);
      if constexpr (std::is_floating_point_v<S>)
        return Scalar(static_cast<double>(option.value));
      else if constexpr (std::is_same_v<S, bool>)
        return Scalar(option.value);
      else if constexpr (std::is_signed_v<S>)
        return Scalar(static_cast<std::int64_t>(option.value));
      else
        return Scalar(static_cast<std::uint64_t>(option.value));
    }();
  else if constexpr (std::same_as<O, MinCount>)
    all.min_count = option.value;
  else if constexpr (std::same_as<O, Ddof>)
    freedom = option.value;
}
template <class T>
void add_option(ReductionOptions& all, std::int64_t& /*freedom*/, const AsDType<T>& /*option*/) {
  all.dtype = dtype_of<T>;
}

template <class Aggregate, int K, Expression E, class... Options>
[[nodiscard]] auto with_options(const E& expression, std::uint32_t axes, const Groups& groups,
                                const Options&... options) {
  constexpr TakenOptions taken = options_of(Aggregate::code);
  static_assert(taken.where || !(is_where<Options> || ...), "chunkwise: this reduction takes no where(mask)");
  static_assert(taken.dtype || !(is_dtype<Options> || ...), "chunkwise: this reduction takes no as_dtype<T>");
  static_assert(taken.initial || !(is_initial<Options> || ...), "chunkwise: this reduction takes no initial(number)");
  static_assert(taken.min_count || !(std::same_as<Options, MinCount> || ...),
                "chunkwise: this reduction takes no min_count(number)");
  static_assert((mask_stretches<Options>(rank_of<E>) && ...), "chunkwise: a mask has no more axes than the array");
  ReductionOptions all;
  std::int64_t freedom = 0;
  (add_option(all, freedom, options), ...);
  constexpr bool keeps = has_keepdims<Options...>;
  using T = ResultWith<typename Aggregate::template result<value_type_of<E>>, Options...>;
  constexpr int rank = keeps ? rank_of<E> : rank_of<E> - K;
  return Array<T, rank>(reduce_with(Aggregate::code, Array<value_type_of<E>, rank_of<E>>(expression).handle(), axes,
                                    keeps, freedom, all, groups));
}

}  // namespace detail

}  // namespace chunkwise::inline CHUNKWISE_ABI
