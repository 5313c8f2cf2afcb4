#include <algorithm>
#include <cmath>
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
    empty_ = !found;

    // A first guess of the box; its left margin depends on the texts of the vertical axis.
    constexpr double top = 66, below = 54, right = 34;
    box_ = {0, top, 0, canvas.height() - top - below};
    up_ = marks_up(profile.upright ? profile.x_axis : Axis::number, vertical(), box_.height);
    const double left = std::max(64.0, canvas.left_margin(up_.texts));
    box_.left = left;
    box_.width = canvas.width() - left - right;
    across_ = marks_across(canvas, profile.upright ? Axis::number : profile.x_axis, horizontal(), box_.width,
                           profile.x_axis == Axis::latitude ? 13 : 12);
  }

  void draw() const {
    canvas_.heading(box_.left, profile_.title, profile_.subtitle);
    axes();
    if (empty_) canvas_.notice(box_, nothing_there(ys_.size()));
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
  /// Where a value of y lies along its axis, whichever this is.
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
      canvas_.text(across(across_.ticks.values[i]), box_.bottom() + 15, across_.texts[i], {.align = Align::centre});
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

  void trace(std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i) {
      const Point point = place(i);
      cairo_line_to(cairo_, point.x, point.y);
    }
  }

  void curve(Colour colour) const {
    canvas_.colour(colour);
    cairo_set_line_width(cairo_, 1.8);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    pieces([&](std::size_t first, std::size_t last) {
      cairo_new_sub_path(cairo_);
      trace(first, last);
      if (last - first == 1) trace(first, last);  // a point between gaps is a dot
    });
    cairo_stroke(cairo_);
  }

  /// The curve and its area on one side of zero.
  void half(Colour colour, bool positive) const {
    cairo_save(cairo_);
    const double zero = value_place(0);
    const double air = 2;  // for the width of the curve at the chart's ends
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
  bool empty_ = false;
  Limits along_{};   // of x
  Limits values_{};  // of y
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
