#pragma once
/// Lines times a sparse matrix: each element of the result is a weighted sum of a few elements of the line. Regridding
/// (expr/regrid.hpp) is such a product, of all cells of a grid.
#include <limits>
#include <type_traits>

#include "chunkwise/op/line/search.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// The sums of elements times weights, added from the first link of a row to its last in float64 and rounded once; NaN
/// of a row without links. A row that skips NaN leaves them out and divides by the sum of the other weights if there
/// were any; it is NaN if nothing is left. The parameters are the number of those that follow, the extent of the line,
/// the number of rows; for each row twice its number of links, and 1 more if it skips NaN; then for each link, row by
/// row, the position of the element and its weight.
struct SparseProduct : Common {
  static constexpr LineCode code{70};
  static constexpr std::string_view name = "sparse_product";
  static constexpr bool is_function = false;
  static constexpr bool own_length = true;
  static constexpr Meaning meaning = Meaning::quantile;
  static constexpr std::size_t parameters = any_number;
  static constexpr std::size_t first_row = 3;  ///< the parameter of row 0
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t extent) {
    if (!detail::tells_its_size(values) || values.size() < first_row || values[1] != static_cast<double>(extent) ||
        !detail::is_count(values[2]) || values[2] > static_cast<double>(values.size() - first_row))
      return false;
    const auto rows = static_cast<std::size_t>(values[2]);
    const std::size_t room = values.size() - first_row - rows;  // of links, two numbers each
    std::size_t links = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (!detail::is_count(values[first_row + row]) || values[first_row + row] > static_cast<double>(room) + 1)
        return false;
      links += static_cast<std::size_t>(values[first_row + row]) / 2;
      if (links > room / 2) return false;
    }
    if (room != 2 * links) return false;
    for (std::size_t i = first_row + rows; i < values.size(); i += 2)
      if (!detail::is_count(values[i]) || values[i] >= values[1]) return false;
    return true;
  }
  static constexpr std::string_view wanted =
      "a sparse matrix has as many columns as the line has elements, and the links that its rows count";
  static std::int64_t length(std::int64_t /*line*/, const double* values) {
    return static_cast<std::int64_t>(values[2]);
  }
  template <Element T>
  using result = std::conditional_t<std::is_same_v<T, float>, float, double>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out, Numbers values) {
    CHUNKWISE_STRICT_FLOATS
    std::size_t link = first_row + out.size();
    for (std::size_t row = 0; row < out.size(); ++row) {
      const auto head = static_cast<std::size_t>(values[first_row + row]);
      const std::size_t end = link + (head / 2) * 2;
      double sum = 0;
      for (std::size_t i = link; i < end; i += 2)
        sum += values[i + 1] * static_cast<double>(line[static_cast<std::size_t>(values[i])]);
      if (link == end) sum = std::numeric_limits<double>::quiet_NaN();
      if (head % 2 == 1 && aggregate::is_nan(sum)) sum = without_nan<T>(line, values, link, end, sum);
      out[row] = static_cast<result<T>>(sum);
      link = end;
    }
  }

 private:
  /// Returns the mean of the elements that are not NaN; `otherwise` if every element is one, or none.
  template <Element T>
  static double without_nan(std::span<const T> line, Numbers values, std::size_t link, std::size_t end,
                            double otherwise) {
    CHUNKWISE_STRICT_FLOATS
    double sum = 0, weights = 0;
    bool any = false, skipped = false;
    for (std::size_t i = link; i < end; i += 2) {
      const auto element = static_cast<double>(line[static_cast<std::size_t>(values[i])]);
      if (aggregate::is_nan(element)) {
        skipped = true;
        continue;
      }
      any = true;
      sum += values[i + 1] * element;
      weights += values[i + 1];
    }
    return any && skipped ? sum / weights : otherwise;
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
