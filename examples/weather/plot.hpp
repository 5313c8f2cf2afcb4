#pragma once

/// \file
/// Two pictures that a study of the weather needs: a map of a field, and a profile of a quantity along an axis.
///
/// A picture is a plain struct; fill in what matters, then `save` it as PNG. It only looks at the numbers it is given
/// and never copies or keeps them. Nothing here knows of arrays, files or weather.

#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace plot {

/// Borrowed numbers, float or double: anything contiguous converts to it. They must outlive the picture.
class Numbers {
 public:
  Numbers() = default;
  template <std::ranges::contiguous_range Range>
  requires(std::same_as<std::ranges::range_value_t<Range>, float> ||
           std::same_as<std::ranges::range_value_t<Range>, double>)
      Numbers(const Range& range)  // NOLINT(google-explicit-constructor): a picture's fields read better without a name
      : numbers_(
            std::span<const std::ranges::range_value_t<Range>>(std::ranges::data(range), std::ranges::size(range))) {}

  [[nodiscard]] std::size_t size() const {
    return std::visit([](auto numbers) { return numbers.size(); }, numbers_);
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] double operator[](std::size_t i) const {
    return std::visit([i](auto numbers) { return static_cast<double>(numbers[i]); }, numbers_);
  }
  [[nodiscard]] std::vector<double> copy() const {
    return std::visit([](auto numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, numbers_);
  }

 private:
  std::variant<std::span<const double>, std::span<const float>> numbers_;
};

/// How values become colours.
enum class Colours {
  viridis,   ///< From dark blue to yellow: for quantities.
  red_blue,  ///< Blue below, white in the middle, red above: for deviations.
};

/// The values at the two ends of a colour bar or an axis.
struct Limits {
  double low;
  double high;
};

/// The picture's size in pixels. Type is sized for it: half as many pixels is half as large a font.
struct Size {
  int width = 1600;
  int height = 900;
};

/// A field on a grid of latitudes and longitudes, in the equirectangular projection. A field around the whole world is
/// centred on Greenwich wherever it starts. A NaN is grey.
struct Map {
  Numbers values;      ///< latitudes x longitudes, row by row
  Numbers latitudes;   ///< degrees north, in either order
  Numbers longitudes;  ///< degrees east, ascending, over 360 degrees at most
  std::string title;
  std::string subtitle;
  std::string label;  ///< beside the colour bar: the quantity and its unit
  Colours colours = Colours::viridis;
  std::optional<Limits> limits = {};  ///< without it, from the values but for half a percent at each end
  bool symmetric = false;             ///< limits found automatically are as far below zero as above
  Numbers outline;                    ///< on the same grid: a line is drawn where it crosses one half; may be empty
};

/// How an axis writes its numbers.
enum class Axis {
  number,
  latitude,  ///< in degrees, with N and S
};

/// A curve y(x) with a grid, its zero line, and the area between them. A NaN is a gap.
struct Profile {
  Numbers x;
  Numbers y;  ///< as many as x
  std::string title;
  std::string subtitle;
  std::string x_label;  ///< the quantity and its unit
  std::string y_label;
  Axis x_axis = Axis::number;
  bool zero_line = true;  ///< the y axis includes zero, which is a line; reds lie above it and blues below
};

/// Draws the picture into a PNG file. Throws std::runtime_error if the sizes of its parts disagree or the file cannot
/// be written.
void save(const Map& map, const std::string& path, Size size = {});
void save(const Profile& profile, const std::string& path, Size size = {});

}  // namespace plot
