#pragma once
/// How NumPy writes the line functions of the catalogue: names, and a sentence for whoever asks for help. One row for
/// each, in the catalogue's order; a line function without a row does not compile. Read by the notation (notation.hpp),
/// which leaves out those that are no function of a name (Common::is_function).
#include "chunkwise/op/line/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// The axis of a line function if none is given.
enum class DefaultAxis : std::uint8_t {
  only,  ///< that of an array with one axis; of more axes NumPy would make one, which is an error here
  last,
};

/// A number that a line function takes beside the line: an argument behind the array if it is required, else an option.
struct NumpyParameter {
  std::string_view name;  ///< empty: there is none
  bool is_required = false;
  double by_default = 0;
  std::span<const std::string_view> words = {};  ///< the names of 0, 1, 2, ..., if it is written as text
};

/// A line function in NumPy's words.
struct NumpyNames {
  LineCode code{};
  std::string_view name;   ///< the recommended one
  std::string_view alias;  ///< another one, or empty; the catalogue's name is one of the two
  DefaultAxis axis = DefaultAxis::only;
  std::string_view summary;
  std::array<NumpyParameter, most_parameters> parameters = {};
};

namespace detail {
inline constexpr std::array<NumpyParameter, most_parameters> of_quantile{
    {{"q", true}, {"method", false, 0, quantile_methods}}};
}  // namespace detail

inline constexpr std::array<NumpyNames, descriptions.size()> numpy_names{{
    {CumulativeSum::code, "cumsum", "", DefaultAxis::only, "Running sum along an axis; of integers in 64 bits."},
    {CumulativeProduct::code, "cumprod", "", DefaultAxis::only,
     "Running product along an axis; of integers in 64 bits."},
    {NanCumulativeSum::code, "nancumsum", "", DefaultAxis::only, "Running sum along an axis, NaN counting as 0."},
    {NanCumulativeProduct::code, "nancumprod", "", DefaultAxis::only,
     "Running product along an axis, NaN counting as 1."},
    {Sort::code, "sort", "", DefaultAxis::last, "The elements along an axis in ascending order, NaN last."},
    {ArgSort::code, "argsort", "", DefaultAxis::last,
     "The positions along an axis that sort it, of equal elements the first first, NaN last."},
    {Median::code, "median", "", DefaultAxis::only, "Median along an axis; NaN if any element is."},
    {NanMedian::code, "nanmedian", "", DefaultAxis::only, "Median along an axis of the elements that are not NaN."},
    {CumulativeMaximum::code, "cummax", "", DefaultAxis::only,
     "Largest element so far along an axis; NaN from the first NaN on."},
    {CumulativeMinimum::code, "cummin", "", DefaultAxis::only,
     "Smallest element so far along an axis; NaN from the first NaN on."},
    {ForwardFill::code, "ffill", "", DefaultAxis::only,
     "The elements, NaN replaced by the last element before that is none."},
    {BackwardFill::code, "bfill", "", DefaultAxis::only,
     "The elements, NaN replaced by the next element that is none."},
    {Gradient::code,
     "gradient",
     "",
     DefaultAxis::only,
     "Slope along an axis from the neighbours of each element; at the ends from the last two.",
     {{{"spacing", false, 1}, {}}}},
    {Trapezoid::code,
     "trapezoid",
     "trapz",
     DefaultAxis::last,
     "Area below the elements along an axis by the trapezoidal rule.",
     {{{"dx", false, 1}, {}}}},
    {Quantile::code, "quantile", "", DefaultAxis::only, "Quantile along an axis, q from 0 to 1; NaN if any element is.",
     detail::of_quantile},
    {NanQuantile::code, "nanquantile", "", DefaultAxis::only,
     "Quantile along an axis of the elements that are not NaN.", detail::of_quantile},
    {Detrend::code, "detrend", "", DefaultAxis::last,
     "The elements less the straight line through them by least squares."},
    {NanCumulativeMaximum::code, "nancummax", "", DefaultAxis::only,
     "Largest element so far along an axis that is not NaN."},
    {NanCumulativeMinimum::code, "nancummin", "", DefaultAxis::only,
     "Smallest element so far along an axis that is not NaN."},
    {Unwrap::code,
     "unwrap",
     "",
     DefaultAxis::last,
     "Angles along an axis, moved by whole periods where they jump.",
     {{{"discont", false, 0}, {"period", false, 2 * 3.141592653589793}}}},
    {InterpolateNan::code, "interpolate_na", "", DefaultAxis::only,
     "The elements, NaN between others replaced by the straight line between these, by coordinates if there are any."},
    {Interp::code, "interp", "", DefaultAxis::only,
     "The value at each element of the function in straight lines through points, interp(x, [0, 1], [5, 7]); or x at "
     "other "
     "coordinates, x.interp(time='2014-02-11T03')."},
    {Windows::code,
     "windows",
     "",
     DefaultAxis::only,
     "A reduction of windows, which rolling asks for.",
     {{{"aggregate", true}, {"size", true}, {"first", true}, {"ddof", true}}}},
    {Gather::code, "gather", "", DefaultAxis::only, "Elements at positions that stand behind them, for take."},
    {SearchSorted::code, "searchsorted", "", DefaultAxis::only, "Places among numbers in order."},
    {IsIn::code, "isin", "", DefaultAxis::only, "Whether elements are among numbers."},
    {Histogram::code, "histogram", "", DefaultAxis::only, "Numbers of elements between edges."},
    {BinCount::code, "bincount", "", DefaultAxis::only, "Numbers of elements that are 0, 1, 2, ..."},
    {WeightedCount::code, "weightedcount", "", DefaultAxis::only, "Sums of weights at the places 0, 1, 2, ..."},
    {SparseProduct::code, "sparse_product", "", DefaultAxis::only, "Weighted sums of a few elements each, for regrid."},
    {WeightedQuantile::code, "weighted_quantile", "", DefaultAxis::only,
     "Quantiles of elements whose weights stand behind them, for weighted."},
}};

namespace detail {
consteval bool every_line_function_has_its_numpy_names() {
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const bool named = numpy_names[i].name == descriptions[i].name || numpy_names[i].alias == descriptions[i].name;
    if (numpy_names[i].code != descriptions[i].code || !named || numpy_names[i].summary.empty()) return false;
    std::size_t parameters = 0;
    for (const NumpyParameter& parameter : numpy_names[i].parameters) parameters += parameter.name.empty() ? 0 : 1;
    if (descriptions[i].is_function && parameters != descriptions[i].parameters &&
        descriptions[i].parameters != any_number)
      return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::every_line_function_has_its_numpy_names(),
              "chunkwise: op/line/numpy.hpp needs a row for each line function, in the catalogue's order, with the "
              "catalogue's name among its names");

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
