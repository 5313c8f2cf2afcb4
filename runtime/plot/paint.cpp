#include "runtime/plot/paint.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

/// Returns the number of a value's colour: that of a small whole number is the value, that of any other its bits.
std::uint64_t colour_number(double value) {
  constexpr double most = 9007199254740992.0;
  if (value >= 0 && value < most && value == std::floor(value)) return static_cast<std::uint64_t>(value);
  return std::bit_cast<std::uint64_t>(value);
}

std::uint32_t pixel_of(Colour colour) {
  const auto byte = [](double value) { return static_cast<std::uint32_t>(value * 255 + 0.5); };
  return byte(colour.red) << 16U | byte(colour.green) << 8U | byte(colour.blue);
}

/// The least and greatest values, and those that leave out half a percent at each end: none of fewer than 200.
struct Spread {
  Limits all;
  Limits most;
};

Spread spread(std::vector<double> finite) {
  const auto at = [&](std::size_t index) {
    const auto place = finite.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(finite.begin(), place, finite.end());
    return *place;
  };
  const std::size_t last = finite.size() - 1, left_out = finite.size() / 200;
  const Spread found{{at(0), at(last)}, {at(left_out), at(last - left_out)}};
  // If nearly all values are one, the others are the ones to see.
  return found.most.low < found.most.high ? found : Spread{found.all, found.all};
}

Limits limits_of(const Map& map, const Spread& found) {
  if (map.limits) return *map.limits;
  if (!map.symmetric) return apart(found.most);
  const double largest = std::max(std::abs(found.most.low), std::abs(found.most.high));
  return largest == 0 ? apart({0, 0}) : Limits{-largest, largest};
}

/// Returns one colour for each category: of the colour map if one was chosen, else the category's own, which does not
/// depend on the other categories.
std::vector<Colour> colours_of(const Map& map) {
  const auto& categories = map.categories;
  std::vector<Colour> colours;
  if (map.colours != Colours::viridis) {
    const ColourTable& table = colour_table(map.colours);
    for (std::size_t i = 0; i < categories.size(); ++i)
      colours.push_back(table[categories.size() == 1 ? 128 : i * 255 / (categories.size() - 1)]);
    return colours;
  }
  for (const Category& category : categories)
    colours.push_back(category_colour(category.colour.value_or(colour_number(category.value))));
  return colours;
}

}  // namespace

Paint::Paint(const Map& map) {
  std::vector<double> finite;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const double value = map.values[i];
    if (std::isfinite(value)) finite.push_back(value);
    if (std::isinf(value)) (value < 0 ? below_ : above_) = true;
  }
  empty_ = finite.empty();
  const Spread found = finite.empty() ? Spread{{0, 1}, {0, 1}} : spread(std::move(finite));
  limits_ = limits_of(map, found);
  below_ = below_ || (!empty_ && found.all.low < limits_.low);
  above_ = above_ || (!empty_ && found.all.high > limits_.high);
  for (const Colour& colour : colour_table(map.colours)) palette_.push_back(pixel_of(colour));

  if (map.categories.empty()) return;
  category_colours_ = colours_of(map);
  std::vector<std::size_t> order(map.categories.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return map.categories[a].value < map.categories[b].value; });
  for (const std::size_t i : order) {
    categories_.push_back(map.categories[i].value);
    category_pixels_.push_back(pixel_of(category_colours_[i]));
  }
}

std::uint32_t Paint::operator()(double value) const {
  if (std::isnan(value) || empty_) return pixel_of(missing_grey);
  if (!categories_.empty()) {
    const auto at = std::lower_bound(categories_.begin(), categories_.end(), value);
    if (at == categories_.end() || *at != value) return pixel_of(missing_grey);
    return category_pixels_[static_cast<std::size_t>(at - categories_.begin())];
  }
  const double last = static_cast<double>(palette_.size()) - 1;
  const double scaled = std::clamp(fraction(limits_, value), 0.0, 1.0) * last;
  return palette_[static_cast<std::size_t>(scaled + 0.5)];
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
