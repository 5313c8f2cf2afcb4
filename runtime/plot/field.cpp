#include "runtime/plot/field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

/// Returns a value between four neighbours; beside a non-finite value the nearest one, so that gaps keep their size.
double interpolate(const Numbers& values, std::size_t columns, Place row, Place column) {
  if (row.in_gap || column.in_gap) return std::numeric_limits<double>::quiet_NaN();
  const double a = values[row.before * columns + column.before], b = values[row.before * columns + column.after];
  const double c = values[row.after * columns + column.before], d = values[row.after * columns + column.after];
  if (std::isfinite(a) && std::isfinite(b) && std::isfinite(c) && std::isfinite(d)) {
    const auto between = [](double from, double to, double t) { return from * (1 - t) + to * t; };
    return between(between(a, b, column.fraction), between(c, d, column.fraction), row.fraction);
  }
  if (row.fraction < 0.5) return column.fraction < 0.5 ? a : b;
  return column.fraction < 0.5 ? c : d;
}

Place nearest(Place place) {
  if (place.fraction >= 0.5) place.before = place.after;
  return {place.before, place.before, 0, place.in_gap};
}

}  // namespace

Positions::Positions(std::vector<double> values, Axis axis)
    : values_(std::move(values)),
      longitudes_(axis == Axis::longitude),
      widest_(std::numeric_limits<double>::infinity()) {
  descending_ = values_.size() > 1 && values_.front() > values_.back();
  if (descending_) std::reverse(values_.begin(), values_.end());
  const std::size_t count = values_.size();
  if (axis == Axis::number || count < 3) return;
  // The longitudes do not cover the widest gap on the way round the world.
  std::vector<double> gaps;
  for (std::size_t i = 1; i < count; ++i) gaps.push_back(values_[i] - values_[i - 1]);
  const double rest = 360 - (values_.back() - values_.front());
  if (longitudes_) gaps.push_back(rest);
  std::vector<double> sorted = gaps;
  std::sort(sorted.begin(), sorted.end());
  typical_ = sorted[sorted.size() / 2];
  constexpr double much = 5;
  widest_ = much * typical_;
  if (!longitudes_) return;
  if (rest < -typical_ / 2) {  // more than once round
    longitudes_ = false;
    return;
  }
  const auto widest = static_cast<std::size_t>(std::max_element(gaps.begin(), gaps.end()) - gaps.begin());
  round_ = gaps[widest] <= 1.5 * typical_;
  if (round_ || widest == count - 1) return;
  first_ = widest + 1;
  std::rotate(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_), values_.end());
  for (std::size_t i = 0; i < count - first_; ++i) values_[i] -= 360;
}

Place Positions::locate(double value) const {
  const std::size_t count = values_.size();
  if (longitudes_) {
    // The turn that begins half a step before the first value.
    const double start = round_ ? values_.front() : edges().low;
    value -= 360 * std::floor((value - start) / 360);
  }
  const auto after =
      static_cast<std::size_t>(std::upper_bound(values_.begin(), values_.end(), value) - values_.begin());
  if (after == 0) return {index(0), index(0), 0};
  if (after == count) {
    const double gap = values_.front() + 360 - values_.back();
    if (!round_ || gap <= 0) return {index(count - 1), index(count - 1), 0};
    return {index(count - 1), index(0), (value - values_.back()) / gap};
  }
  const double step = values_[after] - values_[after - 1];
  if (step > widest_) {
    const bool follows = value - values_[after - 1] <= typical_ / 2, leads = values_[after] - value <= typical_ / 2;
    if (follows) return {index(after - 1), index(after - 1), 0};
    return {index(after), index(after), 0, !leads};
  }
  return {index(after - 1), index(after), fraction({values_[after - 1], values_[after]}, value)};
}

double Positions::reach(std::size_t step) const {
  const double half = values_[step + 1] / 2 - values_[step] / 2;
  return half > widest_ / 2 ? typical_ / 2 : half;
}

Limits Positions::edges() const {
  const std::size_t count = values_.size();
  constexpr double greatest = std::numeric_limits<double>::max();
  if (count == 1) {
    const double half = std::max(0.5, std::abs(values_[0]) * 1e-9);
    return {std::max(values_[0] - half, -greatest), std::min(values_[0] + half, greatest)};
  }
  double before = reach(0), after = reach(count - 2);
  if (longitudes_) {
    const double rest = std::max((360 - (values_.back() - values_.front())) / 2, 0.0);
    before = std::min(before, rest);
    after = std::min(after, rest);
  }
  const double low = std::max(values_[0] - before, -greatest), high = std::min(values_[count - 1] + after, greatest);
  const double turn = low + 360;
  return {low, longitudes_ && turn > low ? std::min(high, turn) : high};
}

void paint_field(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint, const Positions& rows,
                 const Positions& columns) {
  const bool smooth = map.smooth && map.categories.empty();
  std::vector<Place> across;
  for (int x = 0; x < pixels.width; ++x) {
    const Place place = columns.locate(value_at(frame.east, (x + 0.5) / pixels.width));
    across.push_back(smooth ? place : nearest(place));
  }
  for (int y = 0; y < pixels.height; ++y) {
    const Place place = rows.locate(frame.down((y + 0.5) / pixels.height));
    const Place down = smooth ? place : nearest(place);
    std::uint32_t* const line = pixels.row(y);
    for (int x = 0; x < pixels.width; ++x)
      line[x] = paint(interpolate(map.values, map.longitudes.size(), down, across[static_cast<std::size_t>(x)]));
  }
}

// By marching squares.
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

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
