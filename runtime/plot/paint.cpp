#include "runtime/plot/paint.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

std::uint32_t pixel_of(Colour colour) {
  const auto byte = [](double value) { return static_cast<std::uint32_t>(value * 255 + 0.5); };
  return byte(colour.red) << 16U | byte(colour.green) << 8U | byte(colour.blue);
}

/// The least and greatest values, and those that leave out half a percent at each end.
struct Spread {
  Limits all;
  Limits most;
};

Spread spread(std::vector<double> finite) {
  const auto at = [&](double quantile) {
    const auto place = finite.begin() + static_cast<std::ptrdiff_t>(quantile * static_cast<double>(finite.size() - 1));
    std::nth_element(finite.begin(), place, finite.end());
    return *place;
  };
  const Spread found{{at(0), at(1)}, {at(0.005), at(0.995)}};
  // Where nearly all values are one, the others are what there is to see.
  return found.most.low < found.most.high ? found : Spread{found.all, found.all};
}

Limits limits_of(const Map& map, const Spread& found) {
  if (map.limits) return *map.limits;
  if (!map.symmetric) return apart(found.most);
  const double largest = std::max(std::abs(found.most.low), std::abs(found.most.high));
  return largest == 0 ? apart({0, 0}) : Limits{-largest, largest};
}

/// One colour for each of so many categories: of the colour map where one was chosen, else colours that differ.
std::vector<Colour> colours_of(const Map& map) {
  const auto& categories = map.categories;
  std::vector<Colour> colours;
  if (map.colours != Colours::viridis) {
    const ColourTable& table = colour_table(map.colours);
    for (std::size_t i = 0; i < categories.size(); ++i)
      colours.push_back(table[categories.size() == 1 ? 128 : i * 255 / (categories.size() - 1)]);
    return colours;
  }
  const auto distinct = category_palette(categories.size());
  // A code keeps its colour in whatever company it is found, if no other one is in its way.
  std::vector<std::size_t> places;
  for (const Category& category : categories) {
    const auto count = static_cast<double>(distinct.size());
    const double place = std::clamp(category.value - count * std::floor(category.value / count), 0.0, count - 1);
    places.push_back(static_cast<std::size_t>(place));
  }
  std::vector<std::size_t> sorted = places;
  std::sort(sorted.begin(), sorted.end());
  const bool free = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  for (std::size_t i = 0; i < categories.size(); ++i)
    colours.push_back(distinct[free ? places[i] : i % distinct.size()]);
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
  empty_ = finite.empty() && !below_ && !above_;
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
  if (std::isnan(value)) return pixel_of(missing_grey);
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
