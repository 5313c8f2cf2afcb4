#pragma once
/// Pictures of numbers: a map of a field, a profile of a quantity along an axis, a histogram. Needs the library
/// chunkwise::plot, which brings cairo.
///
/// A picture is a plain struct; fill in the fields that matter, then `save` it as PNG. It only looks at the numbers it
/// is given and never copies or keeps them. Nothing here knows of arrays and files; plot/picture.hpp chooses a picture
/// for one.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/text_argument.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Borrowed numbers, float or double: anything contiguous converts to it. They must outlive the picture.
class Numbers {
 public:
  Numbers() = default;
  /// A vector, an array, a span, ...
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
  /// Returns the numbers in memory of their own.
  [[nodiscard]] std::vector<double> copy() const {
    return std::visit([](auto numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, numbers_);
  }

 private:
  std::variant<std::span<const double>, std::span<const float>> numbers_;
};

/// The scale that turns values into colours.
enum class Colours {
  viridis,   ///< From dark blue to yellow: for quantities.
  red_blue,  ///< Blue below, white in the middle, red above: for deviations.
  heat,      ///< From pale yellow to dark red: for amounts that begin at nothing.
  blues,     ///< From white to dark blue: for water.
  greys,     ///< From black to white.
};

/// The values at the two ends of a colour bar or an axis.
struct Limits {
  double low;   ///< at the one end
  double high;  ///< at the other
};

/// The picture's size in pixels, each side from 1 to 32767 and together at most 400 million. Type is sized for the
/// shorter side: half as many pixels is half as large a font.
struct Size {
  int width = 1600;  ///< from left to right
  int height = 900;  ///< from top to bottom
};

/// The way an axis writes its numbers.
enum class Axis {
  number,
  latitude,   ///< in degrees, with N and S
  longitude,  ///< in degrees, with E and W
  date,       ///< seconds since 1970-01-01 00:00 UTC
};

/// A value that stands for a thing, such as the code of a kind of ground, and its text in the legend.
struct Category {
  double value = 0;        ///< of elements of this category
  std::string label = {};  ///< its text in the legend
  /// Counts colours from 0: of the first eight and the first twenty each differs plainly from the others. Without it,
  /// the value chooses: a code has one colour in every picture.
  std::optional<std::uint64_t> colour = {};
};

/// A field on a grid of latitudes and longitudes, in the equirectangular projection: a degree of longitude is as wide
/// as at the middle latitude if the map shows less than half of the world. A field around the whole world is centred on
/// Greenwich wherever it starts. A NaN is grey. With other axes it is a field in any two quantities.
struct Map {
  Numbers values = {};                 ///< latitudes x longitudes, row by row
  Numbers latitudes = {};              ///< degrees north, in either order; if row_length is set, one for each value
  Numbers longitudes = {};             ///< degrees east, in either order; if row_length is set, one for each value
  std::string title = {};              ///< the first line above the map; may be empty
  std::string subtitle = {};           ///< the line below it; may be empty
  std::string label = {};              ///< beside the colour bar: the quantity and its unit
  Colours colours = Colours::viridis;  ///< of values, without categories
  std::optional<Limits> limits = {};   ///< without it, from the values but for half a percent at each end
  bool symmetric = false;              ///< limits found automatically are as far below zero as above
  Numbers outline = {};                ///< on the same grid: a line is drawn where it crosses one half; may be empty
  Axis rows = Axis::latitude;          ///< the true kind of `latitudes`
  Axis columns = Axis::longitude;      ///< the true kind of `longitudes`
  std::string x_label = {}, y_label = {};  ///< of the axes, if they do not speak for themselves
  bool rows_downwards = false;             ///< the quantity in `latitudes` grows downwards, as depth and pressure do
  bool same_scale = false;                 ///< axes that are no angles have one unit, which is as long either way
  bool smooth = true;  ///< colours change between the grid's points; false: a value has a cell of one colour
  /// If there are any: each value has a colour of its own and a line of the legend, which stands in place of the colour
  /// bar; other values are drawn as missing. Nothing is smoothed.
  std::vector<Category> categories = {};
  /// Not 0: a curvilinear grid whose rows have this many values. Each value is a cell around its own latitude and
  /// longitude, which reaches half the way to its neighbours.
  std::size_t row_length = 0;
  /// Draws the coasts of the earth, from the files of GSHHG (Debian's package gmt-gshhg-low); has_coastlines tells
  /// whether they are there. Only with latitudes and longitudes.
  bool coastlines = false;
};

/// Returns true if this machine has files of coastlines: in the folder that the environment variable
/// CHUNKWISE_COASTLINES names, else where packages of GSHHG put them.
[[nodiscard]] bool has_coastlines();

/// A curve y(x) with a grid, its zero line, and the area between them. A NaN is a gap, and so is an infinity: the
/// subtitle says how many infinities there are.
struct Profile {
  Numbers x = {};                     ///< the positions of the curve's points
  Numbers y = {};                     ///< as many as x
  std::string title = {};             ///< the first line above the curve; may be empty
  std::string subtitle = {};          ///< the line below it; may be empty
  std::string x_label = {};           ///< the quantity and its unit
  std::string y_label = {};           ///< the same
  Axis x_axis = Axis::number;         ///< the kind of x
  bool zero_line = true;              ///< the y axis includes zero, which is a line; reds lie above it and blues below
  std::optional<Limits> limits = {};  ///< of the y axis; without it, from the values
  bool upright = false;    ///< x runs along the vertical axis and y along the horizontal one: a sounding, a cast
  bool downwards = false;  ///< if it is upright: x grows downwards, as depth and pressure do
};

/// The number of values in each of many intervals of one width. NaN and infinities are not counted, and the subtitle
/// says how many there are.
struct Histogram {
  Numbers values = {};                ///< the values that are counted
  std::string title = {};             ///< the first line above the bars; may be empty
  std::string subtitle = {};          ///< the line below it; may be empty
  std::string label = {};             ///< the quantity and its unit
  std::optional<Limits> limits = {};  ///< without it, from the least value to the greatest
  /// 0: as many as the count of values can fill (the square root, 10 to 100), and if all values are whole numbers,
  /// intervals that hold equally many of them. At most 100,000.
  int bins = 0;
};

/// Returns the picture as the bytes of a PNG file, whatever its numbers are. Throws invalid_argument if the sizes of
/// its parts disagree, if limits are not two finite numbers of which the first is lower, and for a size that no picture
/// can have; memory_limit if there is no memory for it; not_found for coastlines that this machine does not have.
[[nodiscard]] std::string png(const Map& map, Size size = {});
[[nodiscard]] std::string png(const Profile& profile, Size size = {});
[[nodiscard]] std::string png(const Histogram& histogram, Size size = {});

/// Draws the picture into a PNG file, which appears when it is complete. Throws as png does, and io, not_found or
/// invalid_argument if the file cannot be written.
void save(const Map& map, const TextArgument& path, Size size = {});
void save(const Profile& profile, const TextArgument& path, Size size = {});
void save(const Histogram& histogram, const TextArgument& path, Size size = {});

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
