#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/bar.hpp"
#include "runtime/plot/cells.hpp"
#include "runtime/plot/coastlines.hpp"
#include "runtime/plot/field.hpp"
#include "runtime/plot/limits.hpp"
#include "runtime/plot/marks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

bool is_geographic(const Map& map) {
  return map.row_length > 0 || (map.rows == Axis::latitude && map.columns == Axis::longitude);
}

void check_ascending(const Numbers& positions, const char* name) {
  for (std::size_t i = 0; i < positions.size(); ++i)
    if (!std::isfinite(positions[i]) || (i > 0 && (positions[i] == positions[i - 1] ||
                                                   (positions[i] > positions[i - 1]) != (positions[1] > positions[0]))))
      throw Error(ErrorCode::invalid_argument,
                  std::string("plot: the ") + name +
                      " of a map are finite, and ascend or descend; they do not at index " + std::to_string(i));
}

void check(const Map& map) {
  std::string grid =
      std::to_string(map.latitudes.size()) + " latitudes and " + std::to_string(map.longitudes.size()) + " longitudes";
  const auto fail = [](const std::string& text) { throw Error(ErrorCode::invalid_argument, "plot: " + text); };
  std::size_t expected = map.latitudes.size() * map.longitudes.size();
  if (expected == 0) fail("a map of " + grid + "; give it coordinates");
  if (map.row_length > 0) {
    grid += " for cells in rows of " + std::to_string(map.row_length);
    expected = map.latitudes.size();
    if (map.longitudes.size() != expected || expected % map.row_length != 0)
      fail("a map of " + grid + "; give it one of each for each value");
  }
  if (map.values.size() != expected)
    fail("a map of " + grid + " needs " + std::to_string(expected) + " values, not " +
         std::to_string(map.values.size()));
  if (!map.outline.empty() && (map.row_length > 0 || map.outline.size() != expected))
    fail("a map of " + grid + " needs an outline of " + std::to_string(map.row_length > 0 ? 0 : expected) +
         " values, not " + std::to_string(map.outline.size()));
  if (map.coastlines && !is_geographic(map)) fail("coastlines need a map of latitudes and longitudes");
  for (const Category& category : map.categories)
    if (!std::isfinite(category.value)) fail("the category '" + category.label + "' of a map has no finite value");
  if (map.limits) check_range(*map.limits);
  if (map.row_length > 0) return;
  check_ascending(map.latitudes, is_geographic(map) ? "latitudes" : "rows' coordinates");
  check_ascending(map.longitudes, is_geographic(map) ? "longitudes" : "columns' coordinates");
}

/// Returns the ratio of the map's width to its height.
double aspect_of(const Map& map, Limits east, Limits north, const Box& room) {
  const double whole = room.width / room.height;
  if (!is_geographic(map) && !map.same_scale) return whole;
  double width = east.high - east.low;
  const double height = north.high - north.low;
  // If a map shows a part of the world, degrees of longitude are as short as in its middle.
  if (is_geographic(map) && width < 180) {
    constexpr double degree = 3.14159265358979323846 / 180;
    width *= std::max(std::cos((north.low + north.high) / 2 * degree), 0.1);
  }
  // A strip is stretched, so that there is something to see.
  constexpr double widest = 4, narrowest = 0.3;
  const double aspect = width / height;
  return std::isfinite(aspect) ? std::clamp(aspect, narrowest, widest) : whole;
}

/// Returns the part of an axis that a map shows. Colours that are made from two neighbours reach a little beyond the
/// last of them, and a quantity without negative values never becomes negative.
Limits shown(const Positions& positions, Axis axis, bool smooth, bool downwards) {
  const Limits edges = positions.edges(), extent = positions.extent();
  if (axis == Axis::latitude || axis == Axis::longitude || !is_range(extent)) return edges;
  constexpr double most = 0.05;
  const Limits most_edges = smooth ? wider(extent, most) : edges;
  Limits result{std::max(edges.low, most_edges.low), std::min(edges.high, most_edges.high)};
  const bool positive = axis == Axis::number && (extent.low > 0 || (downwards && extent.low == 0));
  if (positive) result.low = std::max(result.low, 0.0);
  return is_range(result) ? result : edges;
}

/// A map on its sheet: the largest box that leaves room for the rest.
class Drawing {
 public:
  Drawing(const Map& map, const Canvas& canvas, Limits east, Limits north)
      : map_(map), canvas_(canvas), paint_(map), bar_(canvas, map, paint_, canvas.height() - 120) {
    const double top = 64, bottom = map.x_label.empty() ? 34 : 54;
    const double beside = map.y_label.empty() ? 16 : 42;
    const double height = canvas.height() - top - bottom;
    const double left = std::max(48.0, canvas.widest(marks_up(rows_axis(), north, height).texts) + beside);
    const Box room{left, top, std::max(canvas.width() - left - bar_.width(), 60.0), height};
    const double aspect = aspect_of(map, east, north, room);
    const double wide = std::min(room.width, room.height * aspect), high = wide / aspect;
    // The box lies on whole pixels, so that the field's edges are sharp.
    const double pixel = 1 / canvas.pixels_per_unit();
    const auto whole = [&](double value) { return std::round(value / pixel) * pixel; };
    frame_ = {{whole(room.left + (room.width - wide) / 2), whole(room.top + (room.height - high) / 3), whole(wide),
               whole(high)},
              east,
              north,
              map.rows_downwards};
  }

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] const Paint& paint() const { return paint_; }

  void draw_beside() const {
    // A heading that is longer than the map begins at the sheet's left.
    const Canvas::Text style{.size = 16, .bold = true};
    const double room = canvas_.width() - frame_.box.left - 12;
    canvas_.heading(canvas_.text_width(map_.title, style) > room ? std::min(frame_.box.left, 48.0) : frame_.box.left,
                    map_.title, map_.subtitle);
    draw_axes();
    if (!paint_.is_empty()) bar_.draw(frame_.box);
    if (!paint_.is_empty()) return;
    const Unplaced count = unplaced(map_.values);
    canvas_.notice(frame_.box, nothing_there(count.missing, count.infinite));
  }

 private:
  [[nodiscard]] Axis rows_axis() const { return map_.row_length > 0 ? Axis::latitude : map_.rows; }
  [[nodiscard]] Axis columns_axis() const { return map_.row_length > 0 ? Axis::longitude : map_.columns; }

  void draw_axes() const {
    const Box& box = frame_.box;
    const Axis across = columns_axis();
    const Marks east =
        marks_across(canvas_, across, frame_.east, box, static_cast<int>(box.width / (across == Axis::date ? 80 : 50)));
    const Marks north = marks_up(rows_axis(), frame_.north, box.height);
    cairo_t* const cairo = canvas_.cairo();

    cairo_set_line_width(cairo, 0.4);
    canvas_.colour(ink, 0.22);
    for (const double value : east.ticks.values) canvas_.line(frame_.x(value), box.top, frame_.x(value), box.bottom());
    for (const double value : north.ticks.values) canvas_.line(box.left, frame_.y(value), box.right(), frame_.y(value));

    cairo_set_line_width(cairo, 0.7);
    canvas_.colour(ink);
    cairo_rectangle(cairo, box.left, box.top, box.width, box.height);
    cairo_stroke(cairo);
    for (std::size_t i = 0; i < east.texts.size(); ++i) {
      const double x = frame_.x(east.ticks.values[i]);
      canvas_.line(x, box.bottom(), x, box.bottom() + 3);
      canvas_.text(middle_on_sheet(canvas_, east.texts[i], x), box.bottom() + 14, east.texts[i],
                   {.align = Align::centre});
      canvas_.colour(ink);
    }
    for (std::size_t i = 0; i < north.texts.size(); ++i) {
      const double y = frame_.y(north.ticks.values[i]);
      canvas_.line(box.left - 3, y, box.left, y);
      canvas_.text(box.left - 6, y + 3.4, north.texts[i], {.align = Align::right});
      canvas_.colour(ink);
    }
    canvas_.horizontal_title(box, map_.x_label);
    if (map_.y_label.empty()) return;
    const double labels = canvas_.widest(north.texts) + 20;
    const double middle = box.top + box.height / 2;
    canvas_.text_within(2 * std::min(middle - 60, canvas_.height() - middle - 8), box.left - labels, middle,
                        map_.y_label, {.size = 10, .align = Align::centre, .upwards = true});
  }

  const Map& map_;
  const Canvas& canvas_;
  Paint paint_;
  ColourBar bar_;
  Frame frame_{};
};

void draw_coasts(const Canvas& canvas, const Map& map, const Drawing& drawing) {
  if (!map.coastlines) return;
  const Frame& frame = drawing.frame();
  const double degrees = std::min(frame.east.high - frame.east.low, 2 * (frame.north.high - frame.north.low));
  const auto coastlines = read_coastlines(degrees);
  if (!drawing.paint().is_empty()) draw_coastlines(canvas, frame, *coastlines);
}

std::string png_of_cells(const Map& map, Size size) {
  const Coverage covered = coverage(map);
  const Canvas canvas(size);
  const Drawing drawing(map, canvas, covered.east, covered.north);
  bool painted = false;
  canvas.paint_pixels(drawing.frame().box, [&](const Pixels& pixels) {
    painted = paint_cells(pixels, map, drawing.frame(), drawing.paint());
  });
  draw_coasts(canvas, map, drawing);
  drawing.draw_beside();
  if (!painted && !drawing.paint().is_empty())
    canvas.notice(drawing.frame().box, "all values lie at one place, where they cover no area");
  return canvas.png();
}

}  // namespace

std::string png(const Map& map, Size size) {
  check(map);
  if (map.row_length > 0) return png_of_cells(map, size);
  const bool geographic = is_geographic(map);
  const Positions columns(map.longitudes.copy(), map.columns);
  const Positions rows(map.latitudes.copy(), map.rows == Axis::longitude ? Axis::number : map.rows);
  const auto places = [](Limits edges, Limits most) {
    const Limits cut{std::max(edges.low, most.low), std::min(edges.high, most.high)};
    return cut.low < cut.high ? cut : edges;
  };
  const bool smooth = map.smooth && map.categories.empty();
  const Limits up = shown(rows, map.rows, smooth, map.rows_downwards);
  const Limits north = geographic ? places(up, {-90, 90}) : up;
  const Limits east = columns.go_round() ? Limits{-180, 180} : shown(columns, map.columns, smooth, false);

  const Canvas canvas(size);
  const Drawing drawing(map, canvas, east, north);
  const Frame& frame = drawing.frame();
  canvas.paint_pixels(frame.box,
                      [&](const Pixels& pixels) { paint_field(pixels, map, frame, drawing.paint(), rows, columns); });
  draw_outline(canvas, map, frame, columns.go_round());
  draw_coasts(canvas, map, drawing);
  drawing.draw_beside();
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
