#pragma once
/// Quantiles of lines whose elements have weights. expr/weighted.hpp makes the lines: elements, and their weights
/// behind them.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "chunkwise/op/line/search.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// The weighted quantile q, 0 to 1, as xarray has it: NumPy's `linear`, the number of elements being Kish's effective
/// size (sum w)^2 / sum w^2 (Akinshin, Weighted quantile estimators, 2023). A line has its elements in its first half
/// and their weights in its second. Elements of weight 0 do not count. NaN if any other element is, unless the second
/// parameter is 1, which leaves them out; of a weight that is NaN or below 0; and of no elements.
struct WeightedQuantile : Common {
  static constexpr LineCode code{71};
  static constexpr std::string_view name = "weighted_quantile";
  static constexpr bool is_function = false;
  static constexpr bool one_result = true;
  static constexpr Meaning meaning = Meaning::quantile;
  static constexpr std::size_t parameters = 2;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t extent) {
    return values[0] >= 0 && values[0] <= 1 && (values[1] == 0 || values[1] == 1) && extent % 2 == 0;
  }
  static constexpr std::string_view wanted = "a quantile is from 0 to 1, and there is a weight for each element";
  template <Element T>
  using result = aggregate::MeanOf<T>;
  template <Element T>
  static void apply(std::span<T> line, std::span<result<T>> out, const double* values) {
    CHUNKWISE_STRICT_FLOATS
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const double q = values[0];
    const std::span<const T> elements = line.first(line.size() / 2), weights = line.last(line.size() / 2);
    std::vector<std::pair<T, T>> kept;  // elements and weights
    kept.reserve(elements.size());
    double total = 0, squares = 0;
    out[0] = static_cast<result<T>>(nan);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto weight = static_cast<double>(weights[i]);
      if (weight == 0) continue;
      if (!(weight > 0)) return;
      if (aggregate::is_nan(elements[i])) {
        if (values[1] == 0) return;
        continue;
      }
      kept.emplace_back(elements[i], weights[i]);
      total += weight;
      squares += weight * weight;
    }
    if (kept.empty()) return;
    std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const double size = total * total / squares;
    const double h = (size - 1) * q + 1;
    const double first = (h - 1) / size, last = h / size;
    const auto part = [&](double share) { return std::max(first, std::min(last, share)) * size - h + 1; };
    double sum = 0, share = 0, before = part(0);
    for (const auto& [element, weight] : kept) {
      share += static_cast<double>(weight) / total;
      const double here = part(share);
      if (here != before) sum += static_cast<double>(element) * (here - before);
      before = here;
    }
    out[0] = static_cast<result<T>>(sum);
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
