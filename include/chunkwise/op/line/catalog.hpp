#pragma once
/// THE list of line functions. Kernels, types, the numbers in graphs and the names all come from here: a line function
/// that is in this list exists everywhere but for its name in C++ (expr/along.hpp) and its row in NumPy's words
/// (op/line/numpy.hpp).
#include <array>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/line/interpolate.hpp"
#include "chunkwise/op/line/order.hpp"
#include "chunkwise/op/line/quantile.hpp"
#include "chunkwise/op/line/running.hpp"
#include "chunkwise/op/line/search.hpp"
#include "chunkwise/op/line/slope.hpp"
#include "chunkwise/op/line/sparse.hpp"
#include "chunkwise/op/line/weighted.hpp"
#include "chunkwise/op/line/windows.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

template <class... F>
struct List {};

using Catalog =
    List<CumulativeSum, CumulativeProduct, NanCumulativeSum, NanCumulativeProduct, Sort, ArgSort, Median, NanMedian,
         CumulativeMaximum, CumulativeMinimum, ForwardFill, BackwardFill, Gradient, Trapezoid, Quantile, NanQuantile,
         Detrend, NanCumulativeMaximum, NanCumulativeMinimum, Unwrap, InterpolateNan, Interp, Windows, Gather,
         SearchSorted, IsIn, Histogram, BinCount, WeightedCount, SparseProduct, WeightedQuantile>;

/// The facts about a line function at run time.
struct Description {
  LineCode code{};
  std::string_view name;
  bool one_result = false;
  bool keeps_coordinate = false;
  Meaning meaning = Meaning::elementwise;
  std::array<DType, dtype_count> result;  ///< by the element type of the line
  std::size_t parameters = 0;             ///< how many numbers it takes beside the line; any_number: a table
  bool (*fits)(std::span<const double> values, std::int64_t extent) = nullptr;  ///< whether they have a meaning
  std::string_view wanted;                                                      ///< which have
  bool is_function = true;                                                      ///< of its own name in formulas
  bool floating_only = false;                                                   ///< takes no other lines
  /// The length of the line that is made of a line of a length, negative if none is; null: its own.
  std::int64_t (*length)(std::int64_t line, const double* parameters) = nullptr;
};
/// Most parameters of a line function that takes no table.
inline constexpr std::size_t most_parameters = 4;

namespace detail {
template <class F>
std::int64_t length_of(std::int64_t line, const double* parameters) {
  return F::length(line, parameters);
}
template <class F>
consteval auto own_length() {
  std::int64_t (*length)(std::int64_t, const double*) = nullptr;
  if constexpr (F::own_length) length = &length_of<F>;
  return length;
}
template <class F>
consteval Description describe() {
  return {F::code,
          F::name,
          F::one_result,
          F::keeps_coordinate,
          F::meaning,
          aggregate::detail::for_each_type([](auto... zeros) {
            std::array<DType, dtype_count> result{};
            ((result[static_cast<std::size_t>(dtype_of<decltype(zeros)>)] =
                  dtype_of<typename F::template result<decltype(zeros)>>),
             ...);
            return result;
          }),
          F::parameters,
          &F::fits,
          F::wanted,
          F::is_function,
          F::floating_only,
          own_length<F>()};
}
template <class... F>
consteval auto describe_all(List<F...> /*catalog*/) {
  return std::array{describe<F>()...};
}
}  // namespace detail

/// The descriptions in the catalogue's order.
inline constexpr auto descriptions = detail::describe_all(Catalog{});

static_assert(op::detail::codes_and_names_are_unique(descriptions),
              "chunkwise: two line functions share a LineCode or a name");

/// Returns the catalogue's description of a code; null if it has no such line function.
[[nodiscard]] constexpr const Description* find(LineCode code) {
  for (const Description& description : descriptions)
    if (description.code == code) return &description;
  return nullptr;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
