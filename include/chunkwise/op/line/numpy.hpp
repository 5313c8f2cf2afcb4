#pragma once
/// How NumPy writes the line functions of the catalogue: names, and a sentence for whoever asks for help. One row for
/// each, in the catalogue's order; a line function without a row does not compile. Read by the notation (notation.hpp).
#include "chunkwise/op/line/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// Which axis a line function takes if none is given.
enum class DefaultAxis : std::uint8_t {
  only,  ///< that of an array with one axis; of more axes NumPy would make one, which is an error here
  last,
};

/// A line function in NumPy's words.
struct NumpyNames {
  LineCode code{};
  std::string_view name;   ///< the one to recommend
  std::string_view alias;  ///< another one, or empty; the catalogue's name is one of the two
  DefaultAxis axis = DefaultAxis::only;
  std::string_view summary;
};

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
}};

namespace detail {
consteval bool every_line_function_has_its_numpy_names() {
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const bool named = numpy_names[i].name == descriptions[i].name || numpy_names[i].alias == descriptions[i].name;
    if (numpy_names[i].code != descriptions[i].code || !named || numpy_names[i].summary.empty()) return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::every_line_function_has_its_numpy_names(),
              "chunkwise: op/line/numpy.hpp needs a row for each line function, in the catalogue's order, with the "
              "catalogue's name among its names");

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
