#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"
#include "runtime/plot/colours.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr Colour missing = {0.78, 0.78, 0.78};

/// A place between two of a coordinate's values.
struct Place {
  std::size_t before;
  std::size_t after;
  double fraction;
};

/// A coordinate in ascending order, which may go round.
class Positions {
 public:
  Positions(std::vector<double> values, bool round) : values_(std::move(values)), round_(round) {
    descending_ = values_.size() > 1 && values_.front() > values_.back();
    if (descending_) std::reverse(values_.begin(), values_.end());
  }

  [[nodiscard]] Place locate(double value) const {
    const std::size_t count = values_.size();
    if (round_) value -= 360 * std::floor((value - values_.front()) / 360);
    const auto after =
        static_cast<std::size_t>(std::upper_bound(values_.begin(), values_.end(), value) - values_.begin());
    if (after == 0) return {index(0), index(0), 0};
    if (after == count) {
      const double gap = values_.front() + 360 - values_.back();
      if (!round_ || gap <= 0) return {index(count - 1), index(count - 1), 0};
      return {index(count - 1), index(0), (value - values_.back()) / gap};
    }
    const double step = values_[after] - values_[after - 1];
    return {index(after - 1), index(after), (value - values_[after - 1]) / step};
  }

  /// From half a step before the first value to half a step after the last one.
  [[nodiscard]] Limits edges() const {
    const std::size_t count = values_.size();
    if (count == 1) return {values_[0] - 0.5, values_[0] + 0.5};
    return {values_[0] - (values_[1] - values_[0]) / 2,
            values_[count - 1] + (values_[count - 1] - values_[count - 2]) / 2};
  }

 private:
  [[nodiscard]] std::size_t index(std::size_t ascending) const {
    return descending_ ? values_.size() - 1 - ascending : ascending;
  }

  std::vector<double> values_;  // ascending
  bool descending_ = false;
  bool round_;
};

/// Does one more step after the last longitude lead to the first?
bool is_round(const std::vector<double>& longitudes) {
  if (longitudes.size() < 3) return false;
  const double step = longitudes[1] - longitudes[0];
  return std::abs(longitudes.back() + step - longitudes.front() - 360) < step / 2;
}

/// The least and greatest finite values, and those that leave out half a percent at each end.
struct Spread {
  Limits all;
  Limits most;
};

Spread spread(const Numbers& values) {
  std::vector<double> finite;
  for (const double value : values.copy()) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.empty()) return {{0, 1}, {0, 1}};
  const auto at = [&](double quantile) {
    const auto place = finite.begin() + static_cast<std::ptrdiff_t>(quantile * static_cast<double>(finite.size() - 1));
    std::nth_element(finite.begin(), place, finite.end());
    return *place;
  };
  return {{at(0), at(1)}, {at(0.005), at(0.995)}};
}

Limits limits_of(const Map& map, const Spread& found) {
  Limits limits = map.limits.value_or(found.most);
  if (!map.limits && map.symmetric) {
    limits.high = std::max(std::abs(limits.low), std::abs(limits.high));
    limits.low = -limits.high;
  }
  if (!(limits.high > limits.low)) return {limits.low - 0.5, limits.low + 0.5};  // a field of one value
  return limits;
}

void check(const Map& map) {
  const auto expected = map.latitudes.size() * map.longitudes.size();
  const auto grid =
      std::to_string(map.latitudes.size()) + " latitudes and " + std::to_string(map.longitudes.size()) + " longitudes";
  if (expected == 0) throw Error(ErrorCode::invalid_argument, "plot: a map of " + grid + "; give it coordinates");
  if (map.values.size() != expected) {
    throw Error(ErrorCode::invalid_argument, "plot: a map of " + grid + " needs " + std::to_string(expected) +
                                                 " values, not " + std::to_string(map.values.size()));
  }
  if (!map.outline.empty() && map.outline.size() != expected) {
    throw Error(ErrorCode::invalid_argument, "plot: a map of " + grid + " needs an outline of " +
                                                 std::to_string(expected) + " values, not " +
                                                 std::to_string(map.outline.size()));
  }
}

bool is_geographic(const Map& map) { return map.rows == Axis::latitude && map.columns == Axis::longitude; }

/// The map as it is laid out: which coordinates go where.
struct Frame {
  Box box;
  Limits east;   // at the left and right edges
  Limits north;  // at the lower and upper edges

  [[nodiscard]] double x(double longitude) const {
    return box.left + box.width * (longitude - east.low) / (east.high - east.low);
  }
  [[nodiscard]] double y(double latitude) const {
    return box.top + box.height * (north.high - latitude) / (north.high - north.low);
  }
};

/// The largest box for the map that leaves room for the rest, on whole pixels so that the field's edges are sharp.
Frame lay_out(const Canvas& canvas, const Map& map, Limits east, Limits north) {
  const double left = map.y_label.empty() ? 48 : 68, bottom = map.x_label.empty() ? 34 : 52;
  const Box room = {left, 64, canvas.width() - left - 88, canvas.height() - 64 - bottom};
  // A degree is as long either way; other quantities have nothing in common, and fill the sheet.
  const double aspect = is_geographic(map) ? std::clamp((east.high - east.low) / (north.high - north.low), 0.2, 8.0)
                                           : room.width / room.height;
  const double width = std::min(room.width, room.height * aspect);
  const double height = width / aspect;
  const double pixel = 1 / canvas.pixels_per_unit();
  const auto whole = [&](double value) { return std::round(value / pixel) * pixel; };
  const Box box = {whole(room.left + (room.width - width) / 2), whole(room.top + (room.height - height) / 3),
                   whole(width), whole(height)};
  return {box, east, north};
}

std::uint32_t pixel_of(Colour colour) {
  const auto byte = [](double value) { return static_cast<std::uint32_t>(value * 255 + 0.5); };
  return byte(colour.red) << 16U | byte(colour.green) << 8U | byte(colour.blue);
}

/// Between four neighbours; beside a NaN the nearest one, so that gaps keep their size.
double interpolate(const Numbers& values, std::size_t columns, Place row, Place column) {
  const double a = values[row.before * columns + column.before], b = values[row.before * columns + column.after];
  const double c = values[row.after * columns + column.before], d = values[row.after * columns + column.after];
  const double upper = a + (b - a) * column.fraction;
  const double lower = c + (d - c) * column.fraction;
  const double value = upper + (lower - upper) * row.fraction;
  if (!std::isnan(value)) return value;
  if (row.fraction < 0.5) return column.fraction < 0.5 ? a : b;
  return column.fraction < 0.5 ? c : d;
}

void draw_field(const Canvas& canvas, const Map& map, const Frame& frame, Limits limits, const Positions& rows,
                const Positions& columns) {
  const int width = static_cast<int>(std::lround(frame.box.width * canvas.pixels_per_unit()));
  const int height = static_cast<int>(std::lround(frame.box.height * canvas.pixels_per_unit()));
  std::vector<Place> across;
  for (int x = 0; x < width; ++x) {
    across.push_back(columns.locate(frame.east.low + (frame.east.high - frame.east.low) * (x + 0.5) / width));
  }

  std::vector<std::uint32_t> palette;
  for (const Colour& colour : colour_table(map.colours)) palette.push_back(pixel_of(colour));
  const double last = static_cast<double>(palette.size()) - 1;

  cairo_surface_t* const image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  cairo_surface_flush(image);
  auto* const bytes = cairo_image_surface_get_data(image);
  const int stride = cairo_image_surface_get_stride(image);
  for (int y = 0; y < height; ++y) {
    const Place down = rows.locate(frame.north.high - (frame.north.high - frame.north.low) * (y + 0.5) / height);
    auto* const line = reinterpret_cast<std::uint32_t*>(bytes + static_cast<std::ptrdiff_t>(y) * stride);
    for (int x = 0; x < width; ++x) {
      const Place& at = across[static_cast<std::size_t>(x)];
      const double value = interpolate(map.values, map.longitudes.size(), down, at);
      const double scaled = std::clamp((value - limits.low) / (limits.high - limits.low), 0.0, 1.0) * last;
      line[x] = std::isnan(value) ? pixel_of(missing) : palette[static_cast<std::size_t>(scaled + 0.5)];
    }
  }
  cairo_surface_mark_dirty(image);

  cairo_t* const cairo = canvas.cairo();
  cairo_save(cairo);
  cairo_translate(cairo, frame.box.left, frame.box.top);
  cairo_scale(cairo, 1 / canvas.pixels_per_unit(), 1 / canvas.pixels_per_unit());
  cairo_set_source_surface(cairo, image, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
  cairo_paint(cairo);
  cairo_restore(cairo);
  cairo_surface_destroy(image);
}

/// The line where the outline's values cross one half, by marching squares.
void draw_outline(const Canvas& canvas, const Map& map, const Frame& frame, bool round) {
  if (map.outline.empty()) return;
  const std::size_t rows = map.latitudes.size();
  const std::size_t columns = map.longitudes.size();
  const double step = columns > 1 ? map.longitudes[1] - map.longitudes[0] : 1;

  cairo_t* const cairo = canvas.cairo();
  cairo_save(cairo);
  cairo_rectangle(cairo, frame.box.left, frame.box.top, frame.box.width, frame.box.height);
  cairo_clip(cairo);
  for (std::size_t i = 0; i + 1 < rows; ++i) {
    for (std::size_t j = 0; j + (round ? 0 : 1) < columns; ++j) {
      const std::size_t k = (j + 1) % columns;
      const double a = map.outline[i * columns + j] - 0.5, b = map.outline[i * columns + k] - 0.5;
      const double c = map.outline[(i + 1) * columns + k] - 0.5, d = map.outline[(i + 1) * columns + j] - 0.5;
      if ((a > 0) == (b > 0) && (b > 0) == (c > 0) && (c > 0) == (d > 0)) continue;

      double west = map.longitudes[j];
      west -= 360 * std::floor((west - frame.east.low) / 360);
      const double left = frame.x(west);
      const double right = frame.x(k > j ? west + (map.longitudes[k] - map.longitudes[j]) : west + step);
      const double top = frame.y(map.latitudes[i]), bottom = frame.y(map.latitudes[i + 1]);

      // Round the square; two crossings make a piece of the line, and four make two.
      int crossings = 0;
      const auto cross = [&](double from, double to, double x0, double y0, double x1, double y1) {
        if ((from > 0) == (to > 0)) return;
        const double t = from / (from - to);
        const double x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0);
        if (crossings++ % 2 == 0) {
          cairo_move_to(cairo, x, y);
        } else {
          cairo_line_to(cairo, x, y);
        }
      };
      cross(a, b, left, top, right, top);
      cross(b, c, right, top, right, bottom);
      cross(c, d, right, bottom, left, bottom);
      cross(d, a, left, bottom, left, top);
    }
  }
  canvas.colour(ink, 0.75);
  cairo_set_line_width(cairo, 0.5);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

void draw_axes(const Canvas& canvas, const Map& map, const Frame& frame) {
  const Box& box = frame.box;
  const auto east = ticks(map.columns, frame.east, static_cast<int>(box.width / (map.columns == Axis::date ? 80 : 50)));
  const auto north = ticks(map.rows, frame.north, static_cast<int>(box.height / 45));
  cairo_t* const cairo = canvas.cairo();

  cairo_set_line_width(cairo, 0.4);
  canvas.colour(ink, 0.22);
  for (const double value : east.values) canvas.line(frame.x(value), box.top, frame.x(value), box.bottom());
  for (const double value : north.values) canvas.line(box.left, frame.y(value), box.right(), frame.y(value));

  cairo_set_line_width(cairo, 0.7);
  canvas.colour(ink);
  cairo_rectangle(cairo, box.left, box.top, box.width, box.height);
  cairo_stroke(cairo);
  for (const double value : east.values) {
    canvas.line(frame.x(value), box.bottom(), frame.x(value), box.bottom() + 3);
    canvas.text(frame.x(value), box.bottom() + 14, label(map.columns, value, east.step), {.align = Align::centre});
    canvas.colour(ink);
  }
  for (const double value : north.values) {
    canvas.line(box.left - 3, frame.y(value), box.left, frame.y(value));
    canvas.text(box.left - 6, frame.y(value) + 3.4, label(map.rows, value, north.step), {.align = Align::right});
    canvas.colour(ink);
  }
  if (!map.x_label.empty())
    canvas.text(box.left + box.width / 2, box.bottom() + 32, map.x_label, {.size = 10, .align = Align::centre});
  if (!map.y_label.empty())
    canvas.text(18, box.top + box.height / 2, map.y_label, {.size = 10, .align = Align::centre, .upwards = true});
}

/// The colour bar; an end beyond which there are values is a point.
void draw_colour_bar(const Canvas& canvas, const Map& map, const Frame& frame, Limits limits, Limits all) {
  const double point = 9;
  const Box bar = {frame.box.right() + 14, frame.box.top + point, 12, frame.box.height - 2 * point};
  cairo_t* const cairo = canvas.cairo();
  const auto& colours = colour_table(map.colours);

  const double lower_end = all.low < limits.low ? bar.bottom() + point : bar.bottom();
  const double upper_end = all.high > limits.high ? bar.top - point : bar.top;
  cairo_move_to(cairo, bar.left, bar.bottom());
  cairo_line_to(cairo, bar.left + bar.width / 2, lower_end);
  cairo_line_to(cairo, bar.right(), bar.bottom());
  cairo_line_to(cairo, bar.right(), bar.top);
  cairo_line_to(cairo, bar.left + bar.width / 2, upper_end);
  cairo_line_to(cairo, bar.left, bar.top);
  cairo_close_path(cairo);
  cairo_path_t* const shape = cairo_copy_path(cairo);

  cairo_pattern_t* const gradient = cairo_pattern_create_linear(0, bar.bottom(), 0, bar.top);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const double offset = static_cast<double>(i) / (static_cast<double>(colours.size()) - 1);
    cairo_pattern_add_color_stop_rgb(gradient, offset, colours[i].red, colours[i].green, colours[i].blue);
  }
  cairo_set_source(cairo, gradient);
  cairo_fill(cairo);
  cairo_pattern_destroy(gradient);

  cairo_append_path(cairo, shape);
  cairo_path_destroy(shape);
  canvas.colour(ink);
  cairo_set_line_width(cairo, 0.7);
  cairo_stroke(cairo);

  const auto marks = ticks(limits, static_cast<int>(bar.height / 32));
  double widest = 0;
  for (const double value : marks.values) {
    const double y = bar.bottom() - bar.height * (value - limits.low) / (limits.high - limits.low);
    const std::string text = label(value, marks.step);
    canvas.colour(ink);
    canvas.line(bar.right(), y, bar.right() + 3, y);
    canvas.text(bar.right() + 6, y + 3.4, text, {});
    widest = std::max(widest, canvas.text_width(text, {}));
  }
  canvas.text(std::min(bar.right() + 6 + widest + 14, canvas.width() - 5), bar.top + bar.height / 2, map.label,
              {.size = 10, .align = Align::centre, .upwards = true});
}

}  // namespace

std::string png(const Map& map, Size size) {
  check(map);
  const bool geographic = is_geographic(map);
  const auto longitudes = map.longitudes.copy();
  const bool round = geographic && is_round(longitudes);
  const Positions columns(longitudes, round);
  const Positions rows(map.latitudes.copy(), false);
  Limits north = rows.edges();
  if (geographic) north = {std::max(north.low, -90.0), std::min(north.high, 90.0)};
  const Limits east = round ? Limits{-180, 180} : columns.edges();
  const Spread found = spread(map.values);
  const Limits limits = limits_of(map, found);

  const Canvas canvas(size);
  const Frame frame = lay_out(canvas, map, east, north);
  canvas.heading(frame.box.left, map.title, map.subtitle);
  draw_field(canvas, map, frame, limits, rows, columns);
  draw_outline(canvas, map, frame, round);
  draw_axes(canvas, map, frame);
  draw_colour_bar(canvas, map, frame, limits, found.all);
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
