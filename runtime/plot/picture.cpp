#include "chunkwise/plot/picture.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/io/row_major.hpp"
#include "runtime/plot/save.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

using Kind = PictureOptions::Kind;

std::string text_of(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name)
      if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  return {};
}

/// "2 metre temperature, K"
std::string quantity(const std::string& name, const Attributes& attributes) {
  std::string text = text_of(attributes, "long_name");
  if (text.empty()) text = name;
  const std::string units = text_of(attributes, "units");
  return text + (text.empty() || units.empty() ? "" : ", ") + units;
}

/// One axis of a picture.
struct Side {
  Axis axis = Axis::number;
  std::vector<double> positions;
  std::string label;  // empty where the axis speaks for itself
};

bool is_strictly_monotonic(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) ||
        (i > 0 && (values[i] == values[i - 1] || (values[i] > values[i - 1]) != (values[1] > values[0]))))
      return false;
  return !values.empty();
}

Axis axis_of(const std::string& name, const std::string& units) {
  if (units == "degrees_north" || units == "degree_north" || units == "degrees_N") return Axis::latitude;
  if (units == "degrees_east" || units == "degree_east" || units == "degrees_E") return Axis::longitude;
  if (name == "latitude" || name == "lat") return Axis::latitude;
  if (name == "longitude" || name == "lon") return Axis::longitude;
  return Axis::number;
}

Side side_of(const Labels& labels, int axis, std::int64_t extent) {
  Side side;
  const std::string& name = labels.dimension(axis);
  const Coordinate& coordinate = labels.coordinate(axis);
  if (coordinate && coordinate.size() == extent) side.positions = coordinate.to_vector();
  if (is_strictly_monotonic(side.positions)) {
    if (const auto time = time_units_of(coordinate)) {
      side.axis = Axis::date;
      for (double& position : side.positions) position = gregorian_seconds(*time, position);
    } else {
      side.axis = axis_of(name, text_of(coordinate.attributes(), "units"));
    }
    if (side.axis == Axis::number) side.label = quantity(name, coordinate.attributes());
    return side;
  }
  side.positions.resize(static_cast<std::size_t>(extent));
  std::iota(side.positions.begin(), side.positions.end(), 0.0);
  side.label = name.empty() ? "index along axis " + std::to_string(axis) : "index along " + name;
  return side;
}

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

Limits extent(const std::vector<double>& values) {
  Limits limits{0, 0};
  bool found = false;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    limits = found ? Limits{std::min(limits.low, value), std::max(limits.high, value)} : Limits{value, value};
    found = true;
  }
  return limits;
}

/// Values on both sides of zero, and neither side a mere trace.
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

/// The axes of more than one element.
std::vector<int> wide_axes(const Shape& shape) {
  std::vector<int> axes;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] > 1) axes.push_back(axis);
  return axes;
}

Kind kind_of(const Shape& shape, const PictureOptions& options) {
  if (options.kind != Kind::automatic) return options.kind;
  return wide_axes(shape).size() == 1 ? Kind::profile : Kind::map;
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
    if (title_.empty()) title_ = text_of(labels.attributes(), "long_name");
    if (title_.empty()) title_ = labels.name();
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
  [[nodiscard]] Side side(std::size_t i) const { return side_of(labels_, axes_[i], array_.shape[axes_[i]]); }

  std::string map() {
    Side rows = side(0);
    Side columns = side(1);
    // Latitudes go up and longitudes across, whichever comes first in the array.
    if (rows.axis == Axis::longitude || (columns.axis == Axis::latitude && rows.axis != Axis::latitude)) {
      values_ = transposed(values_, rows.positions.size(), columns.positions.size());
      std::swap(rows, columns);
    }
    const bool two_sided = is_two_sided(extent(values_));
    const Colours colours = options_.colours.value_or(two_sided ? Colours::red_blue : Colours::viridis);
    return png(Map{.values = values_,
                   .latitudes = rows.positions,
                   .longitudes = columns.positions,
                   .title = title_,
                   .subtitle = options_.subtitle,
                   .label = label_,
                   .colours = colours,
                   .limits = options_.limits,
                   .symmetric = two_sided && colours == Colours::red_blue,
                   .outline = {},
                   .rows = rows.axis,
                   .columns = columns.axis,
                   .x_label = columns.label,
                   .y_label = rows.label},
               options_.size);
  }

  std::string profile() {
    const Side across = side(0);
    const Limits limits = extent(values_);
    return png(Profile{.x = across.positions,
                       .y = values_,
                       .title = title_,
                       .subtitle = options_.subtitle,
                       .x_label = across.label.empty() ? labels_.dimension(axes_[0]) : across.label,
                       .y_label = label_,
                       .x_axis = across.axis,
                       .zero_line = limits.low < 0 && limits.high > 0,
                       .limits = options_.limits},
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

void require_drawable(const Shape& shape, const Labels& labels, const PictureOptions& options) {
  const std::string text = "the array " + shape_text(shape, labels);
  if (shape.elements() == 0)
    throw Error(ErrorCode::invalid_argument, "there is nothing to draw: " + text + " is empty");
  if (options.limits && !(options.limits->low < options.limits->high))
    throw Error(ErrorCode::invalid_argument, "a picture's range begins at its lower end");
  const Kind kind = kind_of(shape, options);
  const std::size_t wanted = kind == Kind::map ? 2 : 1;
  const std::size_t there = wide_axes(shape).size();
  if (kind == Kind::histogram || there == wanted) return;
  if (there == 0) throw Error(ErrorCode::invalid_argument, text + " is a single number, which makes no picture");
  throw Error(ErrorCode::invalid_argument, (wanted == 2 ? "a map has 2 axes" : "a profile has 1 axis") +
                                               std::string(" of more than one element, ") + text + " has " +
                                               std::to_string(there) +
                                               "; index or reduce it, or draw a histogram, which shows any array");
}

std::string png(const UntypedNdArray& array, const Labels& labels, const PictureOptions& options) {
  require_drawable(array.shape, labels, options);
  return Picture(array, labels, options).draw();
}

void save(const UntypedNdArray& array, const Labels& labels, const std::string& path, const PictureOptions& options,
          bool overwrite) {
  save_bytes(png(array, labels, options), path, overwrite);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
