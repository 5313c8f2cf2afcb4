#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"
#include "runtime/plot/limits.hpp"
#include "runtime/plot/marks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr Colour above = {0.698, 0.094, 0.169};  // the outer reds and blues of Colours::red_blue
constexpr Colour below = {0.129, 0.400, 0.675};
constexpr Colour neutral = {0.16, 0.42, 0.56};

class Drawing {
 public:
  Drawing(const Profile& profile, const Canvas& canvas)
      : profile_(profile), canvas_(canvas), cairo_(canvas.cairo()), xs_(profile.x.copy()), ys_(profile.y.copy()) {
    const auto found = finite_extent(ys_);
    along_ = apart(finite_extent(xs_).value_or(Limits{0, 1}));
    Limits values = found.value_or(Limits{0, 1});
    if (profile.zero_line) values = {std::min(values.low, 0.0), std::max(values.high, 0.0)};
    values_ = profile.limits.value_or(wider(apart(values), 0.07));
    unplaced_ = unplaced(ys_);
    if (!found)
      notice_ = nothing_there(unplaced_.missing, unplaced_.infinite);
    else if (profile.limits && !is_seen())
      notice_ = nothing_within(*found);

    // A first guess of the box; its left margin depends on the texts of the vertical axis.
    constexpr double top = 66, below = 54, right = 34;
    box_ = {0, top, 0, canvas.height() - top - below};
    up_ = marks_up(profile.upright ? profile.x_axis : Axis::number, vertical(), box_.height);
    const double left = std::max(64.0, canvas.left_margin(up_.texts));
    box_.left = left;
    box_.width = canvas.width() - left - right;
    across_ = marks_across(canvas, profile.upright ? Axis::number : profile.x_axis, horizontal(), box_,
                           profile.x_axis == Axis::latitude ? 13 : 12);
  }

  void draw() const {
    canvas_.heading(box_.left, profile_.title, subtitle());
    axes();
    if (!notice_.empty()) canvas_.notice(box_, notice_);
    if (profile_.limits) {
      cairo_rectangle(cairo_, box_.left, box_.top, box_.width, box_.height);
      cairo_clip(cairo_);
    }
    if (profile_.zero_line) {
      half(above, true);
      half(below, false);
      canvas_.colour(ink);
      cairo_set_line_width(cairo_, 0.9);
      const double zero = value_place(0);
      if (profile_.upright)
        canvas_.line(zero, box_.top, zero, box_.bottom());
      else
        canvas_.line(box_.left, zero, box_.right(), zero);
    } else {
      curve(neutral);
    }
  }

 private:
  struct Point {
    double x;
    double y;
  };
  [[nodiscard]] Limits horizontal() const { return profile_.upright ? values_ : along_; }
  [[nodiscard]] Limits vertical() const { return profile_.upright ? along_ : values_; }
  [[nodiscard]] double across(double value) const {
    return box_.left + box_.width * visible_fraction(horizontal(), value);
  }
  [[nodiscard]] double up(double value) const {
    const double part = visible_fraction(vertical(), value);
    return profile_.upright && profile_.downwards ? box_.top + box_.height * part : box_.bottom() - box_.height * part;
  }
  /// Returns the place of a value of y along its axis, whichever this is.
  [[nodiscard]] double value_place(double value) const { return profile_.upright ? across(value) : up(value); }
  [[nodiscard]] Point place(std::size_t i) const {
    return profile_.upright ? Point{across(ys_[i]), up(xs_[i])} : Point{across(xs_[i]), up(ys_[i])};
  }

  void axes() const {
    cairo_set_line_width(cairo_, 0.5);
    canvas_.colour(ink, 0.14);
    for (const double value : across_.ticks.values) canvas_.line(across(value), box_.top, across(value), box_.bottom());
    for (const double value : up_.ticks.values) canvas_.line(box_.left, up(value), box_.right(), up(value));

    for (std::size_t i = 0; i < across_.texts.size(); ++i)
      canvas_.text(middle_on_sheet(canvas_, across_.texts[i], across(across_.ticks.values[i])), box_.bottom() + 15,
                   across_.texts[i], {.align = Align::centre});
    for (std::size_t i = 0; i < up_.texts.size(); ++i)
      canvas_.text(box_.left - 8, up(up_.ticks.values[i]) + 3.4, up_.texts[i], {.align = Align::right});
    canvas_.horizontal_title(box_, profile_.upright ? profile_.y_label : profile_.x_label);
    canvas_.vertical_title(box_, profile_.upright ? profile_.x_label : profile_.y_label);
  }

  /// Calls `piece(first, last)` for each longest run of points that are numbers.
  template <class Piece>
  void pieces(const Piece& piece) const {
    for (std::size_t i = 0; i < ys_.size();) {
      std::size_t end = i;
      while (end < ys_.size() && std::isfinite(ys_[end]) && std::isfinite(xs_[end])) ++end;
      if (end > i) piece(i, end);
      i = std::max(end, i + 1);
    }
  }

  /// Returns true if a part of the curve lies within its limits.
  [[nodiscard]] bool is_seen() const {
    bool seen = false;
    pieces([&](std::size_t first, std::size_t last) {
      const auto [least, greatest] = std::minmax_element(ys_.begin() + static_cast<std::ptrdiff_t>(first),
                                                         ys_.begin() + static_cast<std::ptrdiff_t>(last));
      seen = seen || (*least <= values_.high && *greatest >= values_.low);
    });
    return seen;
  }

  [[nodiscard]] std::string subtitle() const {
    std::string text = profile_.subtitle;
    if (unplaced_.infinite > 0 && notice_.empty())
      text += (text.empty() ? "" : "; ") + grouped(static_cast<std::int64_t>(unplaced_.infinite)) +
              (unplaced_.infinite == 1 ? " infinite value is a gap" : " infinite values are gaps");
    return text;
  }

  /// Returns the points of a piece that can be told from the others: of points that follow one another within one
  /// column of pixels (a row if x is upright) the first, the lowest, the highest and the last.
  [[nodiscard]] std::vector<Point> visible_points(std::size_t first, std::size_t last) const {
    const auto column = [&](const Point& point) {
      return std::floor((profile_.upright ? point.y : point.x) * canvas_.pixels_per_unit());
    };
    const auto height = [&](const Point& point) { return profile_.upright ? point.x : point.y; };
    std::vector<Point> points;
    for (std::size_t i = first; i < last;) {
      const Point begin = place(i);
      std::size_t least = i, greatest = i, end = i + 1;
      double low = height(begin), high = low;
      Point final = begin;
      for (; end < last; ++end) {
        const Point point = place(end);
        if (column(point) != column(begin)) break;
        final = point;
        if (height(point) < low) low = height(point), least = end;
        if (height(point) > high) high = height(point), greatest = end;
      }
      points.push_back(begin);
      for (const std::size_t at : {std::min(least, greatest), std::max(least, greatest)})
        if (at > i && at + 1 < end) points.push_back(place(at));
      if (end > i + 1) points.push_back(final);
      i = end;
    }
    return points;
  }

  void trace(std::size_t first, std::size_t last) const {
    for (const Point& point : visible_points(first, last)) cairo_line_to(cairo_, point.x, point.y);
  }

  void curve(Colour colour) const {
    canvas_.colour(colour);
    cairo_set_line_width(cairo_, 1.8);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    cairo_new_path(cairo_);  // a text leaves its end as a point
    pieces([&](std::size_t first, std::size_t last) {
      const std::vector<Point> points = visible_points(first, last);
      if (points.size() == 1) {  // a point between gaps is a dot
        constexpr double radius = 2.8;
        constexpr double round = 6.283185307179586;
        cairo_arc(cairo_, points[0].x, points[0].y, radius, 0, round);
        cairo_fill(cairo_);
        return;
      }
      // The time that a stroke takes grows faster than the length of its path.
      constexpr std::size_t most = 128;
      for (std::size_t begin = 0; begin + 1 < points.size(); begin += most) {
        const std::size_t end = std::min(begin + most + 1, points.size());
        for (std::size_t i = begin; i < end; ++i) cairo_line_to(cairo_, points[i].x, points[i].y);
        cairo_stroke(cairo_);
      }
    });
  }

  /// Draws the curve and its area on one side of zero.
  void half(Colour colour, bool positive) const {
    cairo_save(cairo_);
    const double zero = value_place(0);
    const double air = 3;  // for the width of the curve, and for dots, at the chart's ends
    if (profile_.upright) {
      const double left = positive ? zero : box_.left - box_.width, right = positive ? box_.right() + box_.width : zero;
      cairo_rectangle(cairo_, left, box_.top - air, right - left, box_.height + 2 * air);
    } else {
      const double top = positive ? box_.top - box_.height : zero, end = positive ? zero : box_.bottom() + box_.height;
      cairo_rectangle(cairo_, box_.left - air, top, box_.width + 2 * air, end - top);
    }
    cairo_clip(cairo_);
    const auto foot = [&](std::size_t i) {
      const Point point = place(i);
      return profile_.upright ? Point{zero, point.y} : Point{point.x, zero};
    };
    pieces([&](std::size_t first, std::size_t last) {
      cairo_move_to(cairo_, foot(first).x, foot(first).y);
      trace(first, last);
      cairo_line_to(cairo_, foot(last - 1).x, foot(last - 1).y);
      cairo_close_path(cairo_);
    });
    canvas_.colour(colour, 0.16);
    cairo_fill(cairo_);
    curve(colour);
    cairo_restore(cairo_);
  }

  const Profile& profile_;
  const Canvas& canvas_;
  cairo_t* cairo_;
  std::vector<double> xs_;
  std::vector<double> ys_;
  Unplaced unplaced_;
  std::string notice_;  // the reason why no curve is seen
  Limits along_{};      // of x
  Limits values_{};     // of y
  Box box_{};
  Marks across_;
  Marks up_;
};

}  // namespace

std::string png(const Profile& profile, Size size) {
  if (profile.x.size() != profile.y.size() || profile.x.empty())
    throw Error(ErrorCode::invalid_argument, "plot: a profile of " + std::to_string(profile.x.size()) + " x and " +
                                                 std::to_string(profile.y.size()) +
                                                 " y values; give it as many of both");
  if (profile.limits) check_range(*profile.limits);
  const Canvas canvas(size);
  Drawing(profile, canvas).draw();
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
