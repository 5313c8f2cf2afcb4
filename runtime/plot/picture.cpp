#include "chunkwise/plot/picture.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/core/wide_axes.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/io/row_major.hpp"
#include "runtime/plot/limits.hpp"
#include "runtime/plot/save.hpp"
#include "runtime/plot/sides.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

using Kind = PictureOptions::Kind;

std::vector<double> values_of(const UntypedNdArray& array) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(array.shape.elements()));
  dispatch(array.dtype, [&]<class T>(T) {
    for_each_row(array, [&](const void* first, std::int64_t count, std::int64_t stride) {
      const auto* from = static_cast<const T*>(first);
      for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<double>(from[i * stride]));
    });
  });
  return values;
}

std::vector<double> transposed(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  std::vector<double> result(values.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) result[j * rows + i] = values[i * columns + j];
  return result;
}

/// Returns the places along dimensions that an index took away: ", time 2015-01-05 06:00, height 2 m".
std::string places_of_scalars(const Labels& labels) {
  std::string text;
  for (const std::string& name : scalar_coordinates(labels)) {
    const Coordinate one = scalar_coordinate(labels, name);
    if (!one || one.holds_stored_values()) continue;
    const std::optional<TimeUnits> time = time_units_of(one);
    const std::string units = text_attribute(one.attributes(), "units");
    text += ", " + name + " " + (time ? time_text(*time, one[0]) : number_text(one[0]));
    if (!time && !units.empty() && units != "1") text += " " + units;
  }
  return text;
}

/// Returns true for values on both sides of zero, if neither side is a mere trace.
bool is_two_sided(Limits limits) {
  constexpr double trace = 0.1;
  return limits.low < 0 && limits.high > 0 &&
         std::min(-limits.low, limits.high) > trace * std::max(-limits.low, limits.high);
}

std::string shape_text(const Shape& shape, const Labels& labels) {
  std::string text = "(";
  for (int axis = 0; axis < shape.rank(); ++axis)
    text += (axis > 0 ? ", " : "") + labels.dimension(axis) + (labels.dimension(axis).empty() ? "" : " ") +
            std::to_string(shape[axis]);
  return text + ")";
}

Kind kind_of(const Shape& shape, const PictureOptions& options) {
  return options.kind == Kind::automatic ? automatic_kind(shape) : options.kind;
}

class Picture {
 public:
  Picture(const UntypedNdArray& array, const Labels& labels, const PictureOptions& options)
      : array_(array),
        labels_(labels),
        options_(options),
        title_(options.title),
        label_(options.label),
        axes_(wide_axes(array.shape)) {
    if (title_.empty()) title_ = text_attribute(labels.attributes(), "long_name");
    if (title_.empty()) title_ = labels.name();
    if (options.title.empty() && !title_.empty()) title_ += places_of_scalars(labels);
    if (label_.empty()) label_ = quantity(labels.name(), labels.attributes());
    values_ = values_of(array);
  }

  [[nodiscard]] std::string draw() {
    switch (kind_of(array_.shape, options_)) {
      case Kind::histogram:
        return png(Histogram{values_, title_, options_.subtitle, label_, options_.limits, options_.bins},
                   options_.size);
      case Kind::profile:
        return profile();
      default:
        return map();
    }
  }

 private:
  [[nodiscard]] std::string name_of(std::size_t i) const {
    const std::string& name = labels_.dimension(axes_[i]);
    return name.empty() ? "axis " + std::to_string(axes_[i]) : name;
  }
  [[nodiscard]] Side side(std::size_t i) const { return side_of(labels_, axes_[i], array_.shape[axes_[i]]); }

  /// Chooses a map's colours by its values.
  void choose_colours(Map& map) const {
    const Limits limits = finite_extent(values_).value_or(Limits{0, 0});
    std::optional<bool> deviations = options_.deviations;
    if (!deviations) deviations = are_deviations(labels_);
    if (!deviations) deviations = is_two_sided(limits);
    map.colours = options_.colours.value_or(*deviations ? Colours::red_blue : Colours::viridis);
    map.symmetric = map.colours == Colours::red_blue && (*deviations || is_two_sided(limits));
    if (!options_.limits) map.categories = categories_of(values_, array_.dtype, labels_);
    map.smooth = !are_whole(values_);
  }

  [[nodiscard]] bool wants_coastlines() const {
    return options_.coastlines == PictureOptions::Coastlines::required ||
           (options_.coastlines == PictureOptions::Coastlines::available && has_coastlines());
  }

  /// Returns true if each value's own place is known.
  [[nodiscard]] bool is_curvilinear() const {
    return !options_.latitudes.empty() && options_.latitudes.size() == values_.size() &&
           options_.longitudes.size() == values_.size();
  }

  std::string map() {
    Map map;
    map.title = title_;
    map.subtitle = options_.subtitle;
    map.label = label_;
    map.limits = options_.limits;
    choose_colours(map);
    if (is_curvilinear()) {
      map.values = values_;
      map.latitudes = options_.latitudes;
      map.longitudes = options_.longitudes;
      map.row_length = static_cast<std::size_t>(array_.shape[axes_[1]]);
      map.coastlines = wants_coastlines();
      return png(map, options_.size);
    }
    Side rows = side(0);
    Side columns = side(1);
    if (lies_across(rows, columns)) {
      values_ = transposed(values_, rows.positions.size(), columns.positions.size());
      std::swap(rows, columns);
    }
    map.values = values_;
    map.latitudes = rows.positions;
    map.longitudes = columns.positions;
    map.rows = rows.axis;
    map.columns = columns.axis;
    map.x_label = columns.label;
    map.y_label = rows.label;
    map.rows_downwards = rows.downwards;
    map.same_scale = !rows.units.empty() && rows.units == columns.units && !rows.vertical;
    if (rows.axis == Axis::latitude && columns.axis == Axis::longitude)
      map.coastlines = wants_coastlines();
    else if (options_.coastlines == PictureOptions::Coastlines::required)
      throw Error(ErrorCode::invalid_argument, "coastlines need a map of latitudes and longitudes, and its axes are " +
                                                   name_of(0) + " and " + name_of(1));
    return png(map, options_.size);
  }

  std::string profile() {
    const Side along = side(0);
    const Limits limits = finite_extent(values_).value_or(Limits{0, 0});
    return png(Profile{.x = along.positions,
                       .y = values_,
                       .title = title_,
                       .subtitle = options_.subtitle,
                       .x_label = along.label.empty() ? labels_.dimension(axes_[0]) : along.label,
                       .y_label = label_,
                       .x_axis = along.axis,
                       .zero_line = limits.low < 0 && limits.high > 0,
                       .limits = options_.limits,
                       .upright = along.vertical,
                       .downwards = along.downwards},
               options_.size);
  }

  const UntypedNdArray& array_;
  const Labels& labels_;
  const PictureOptions& options_;
  std::string title_;
  std::string label_;
  std::vector<int> axes_;  // of more than one element
  std::vector<double> values_;
};

}  // namespace

std::optional<bool> are_deviations(const Labels& labels) {
  const std::string text = lower_case(labels.name() + " " + text_attribute(labels.attributes(), "long_name") + " " +
                                      text_attribute(labels.attributes(), "standard_name"));
  for (const char* word :
       {"anom", "deviation", "departure", "difference", "tendency", "eastward", "northward", "zonal", "meridional",
        "component", "vorticity", "divergence", "vertical velocity", "omega", "zscore", "z-score", "bias"})
    if (text.find(word) != std::string::npos) return true;
  // Zero is a number like another on these scales.
  std::string units = text_attribute(labels.attributes(), "units");
  for (const char* word : {"K", "degC", "deg_C", "degree_C", "degrees_C", "Celsius", "celsius", "degree_Celsius",
                           "degrees_Celsius", "degF", "kelvin", "Kelvin", "C", "°C"})
    if (units == word) return false;
  return std::nullopt;
}

PictureOptions::Kind automatic_kind(const Shape& shape) {
  return wide_axes(shape).size() == 1 ? Kind::profile : Kind::map;
}

void require_drawable(const Shape& shape, const Labels& labels, const PictureOptions& options) {
  const std::string text = "the array " + shape_text(shape, labels);
  if (shape.elements() == 0)
    throw Error(ErrorCode::invalid_argument, "there is nothing to draw: " + text + " is empty");
  if (options.limits) check_range(*options.limits);
  const Kind kind = kind_of(shape, options);
  const std::size_t wanted = kind == Kind::map ? 2 : 1;
  const std::size_t there = wide_axes(shape).size();
  if (options.latitudes.size() != options.longitudes.size())
    throw Error(ErrorCode::invalid_argument,
                "a picture of cells with places of their own has as many latitudes as "
                "longitudes, not " +
                    std::to_string(options.latitudes.size()) + " and " + std::to_string(options.longitudes.size()));
  if (!options.latitudes.empty() && kind == Kind::map && there == wanted &&
      std::cmp_not_equal(options.latitudes.size(), shape.elements()))
    throw Error(ErrorCode::invalid_argument, text + " has " + std::to_string(shape.elements()) +
                                                 " elements, and there are places for " +
                                                 std::to_string(options.latitudes.size()));
  if (kind == Kind::histogram || there == wanted) return;
  if (there == 0) throw Error(ErrorCode::invalid_argument, text + " is a single number, which makes no picture");
  throw Error(ErrorCode::invalid_argument, (wanted == 2 ? "a map has 2 axes" : "a profile has 1 axis") +
                                               std::string(" of more than one element, ") + text + " has " +
                                               std::to_string(there) +
                                               "; index or reduce it, or draw a histogram, which shows any array");
}

std::string png(const UntypedNdArray& array, const Labels& labels, const PictureOptions& options) {
  require_readable(array);
  require_drawable(array.shape, labels, options);
  return Picture(array, labels, options).draw();
}

void save(const UntypedNdArray& array, const Labels& labels, const TextArgument& path, const PictureOptions& options,
          bool overwrite) {
  save_bytes(png(array, labels, options), path, overwrite);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
