#pragma once
/// NumPy's words for the aggregates of the catalogue: names, and a sentence for help. One row for each, in the
/// catalogue's order; an aggregate without a row does not compile. Read by the notation (notation.hpp).
#include "chunkwise/op/aggregate/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// An aggregate in NumPy's words.
struct NumpyNames {
  AggregateCode code{};
  std::string_view name;   ///< the recommended one
  std::string_view alias;  ///< another one, or empty; the catalogue's name is one of the two
  std::string_view summary;
};

/// The names of each aggregate, in the order of the catalogue.
inline constexpr std::array<NumpyNames, descriptions.size()> numpy_names{{
    {Sum::code, "sum", "", "Sum; of integers in 64 bits."},
    {Mean::code, "mean", "", "Arithmetic mean."},
    {Variance::code, "var", "", "Variance: the mean of squared deviations, divided by count - ddof."},
    {StandardDeviation::code, "std", "stddev", "Standard deviation: the square root of var."},
    {Minimum::code, "min", "amin", "Smallest element; NaN if any is."},
    {Maximum::code, "max", "amax", "Largest element; NaN if any is."},
    {Count::code, "count", "", "Number of elements that are not NaN."},
    {NanSum::code, "nansum", "", "Sum of the elements that are not NaN."},
    {NanMean::code, "nanmean", "", "Mean of the elements that are not NaN."},
    {NanVariance::code, "nanvar", "", "Variance of the elements that are not NaN."},
    {NanStandardDeviation::code, "nanstd", "nanstddev", "Standard deviation of the elements that are not NaN."},
    {NanMinimum::code, "nanmin", "", "Smallest of the elements that are not NaN."},
    {NanMaximum::code, "nanmax", "", "Largest of the elements that are not NaN."},
    {Product::code, "prod", "", "Product; of integers in 64 bits."},
    {NanProduct::code, "nanprod", "", "Product of the elements that are not NaN."},
    {Any::code, "any", "", "True if any element is true (not zero)."},
    {All::code, "all", "", "True if all elements are true (not zero)."},
    {ArgMinimum::code, "argmin", "",
     "Position of the smallest element, of the first of several; of NaN if there is one."},
    {ArgMaximum::code, "argmax", "",
     "Position of the largest element, of the first of several; of NaN if there is one."},
    {NanArgMinimum::code, "nanargmin", "", "Position of the smallest of the elements that are not NaN; -1 of none."},
    {NanArgMaximum::code, "nanargmax", "", "Position of the largest of the elements that are not NaN; -1 of none."},
    {First::code, "first", "", "The first element."},
    {Last::code, "last", "", "The last element."},
    {NanFirst::code, "nanfirst", "", "The first element that is not NaN."},
    {NanLast::code, "nanlast", "", "The last element that is not NaN."},
    {ExactSum::code, "exact_sum", "", "Sum without rounding on the way: sum(x, exact=True)."},
    {ExactMean::code, "exact_mean", "", "Mean of such a sum: mean(x, exact=True)."},
    {ExactNanSum::code, "exact_nansum", "", "The same sum of the elements that are not NaN."},
    {ExactNanMean::code, "exact_nanmean", "", "The same mean of the elements that are not NaN."},
}};

namespace detail {
consteval bool every_aggregate_has_its_numpy_names() {
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const bool named = numpy_names[i].name == descriptions[i].name || numpy_names[i].alias == descriptions[i].name;
    if (numpy_names[i].code != descriptions[i].code || !named || numpy_names[i].summary.empty()) return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::every_aggregate_has_its_numpy_names(),
              "chunkwise: op/aggregate/numpy.hpp needs a row for each aggregate, in the catalogue's order, with the "
              "catalogue's name among its names");

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
