#pragma once
/// Numbers beside a line that suit each line function of the catalogue.
#include <cstdint>
#include <iterator>
#include <vector>

#include "chunkwise/op/line/catalog.hpp"

namespace chunkwise_test {

/// Returns parameters for lines of an extent; `pick(n)` chooses one of 0, ..., n - 1.
template <class Pick>
[[nodiscard]] std::vector<double> some_parameters(const chunkwise::linewise::Description& function, std::int64_t extent,
                                                  Pick&& pick) {
  using namespace chunkwise;
  const auto quarters = [&](std::int64_t n) { return static_cast<double>(pick(n)) / 4; };
  if (function.code == linewise::InterpolateNan::code) {
    if (pick(2) == 0) return {0};
    std::vector<double> numbers{1};
    const double way = pick(2) == 0 ? 1 : -1;
    double place = quarters(40);
    for (std::int64_t i = 0; i < extent; ++i) numbers.push_back(place += way * (0.25 + quarters(9)));
    return numbers;
  }
  if (function.code == linewise::Interp::code) {
    const std::int64_t points = 1 + pick(5);
    std::vector<double> numbers{static_cast<double>(points), quarters(9), -quarters(9)};
    double place = quarters(9) - 1;
    for (std::int64_t i = 0; i < points; ++i) numbers.push_back(place += quarters(9));
    for (std::int64_t i = 0; i < points; ++i) numbers.push_back(quarters(40) - 5);
    return numbers;
  }
  if (function.code == linewise::Unwrap::code) return {quarters(20), 0.25 + quarters(20)};
  if (function.code == linewise::Windows::code) {
    auto aggregate = aggregate::descriptions[0].code;
    do aggregate = aggregate::descriptions[static_cast<std::size_t>(pick(std::ssize(aggregate::descriptions)))].code;
    while (linewise::window_aggregate(aggregate) < 0);
    const std::int64_t places = 1 + pick(pick(4) == 0 ? 40 : 6);
    return {static_cast<double>(aggregate), static_cast<double>(places), -static_cast<double>(pick(places)),
            pick(4) == 0 ? static_cast<double>(pick(3)) : 0.0};
  }
  if (function.parameters == 0) return {};
  if (function.parameters == 1) return {0.75};
  return {quarters(5), static_cast<double>(pick(std::ssize(quantile_methods)))};
}

}  // namespace chunkwise_test
