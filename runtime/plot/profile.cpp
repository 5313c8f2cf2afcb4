#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr Colour above = {0.698, 0.094, 0.169};  // the outer reds and blues of Colours::red_blue
constexpr Colour below = {0.129, 0.400, 0.675};
constexpr Colour neutral = {0.16, 0.42, 0.56};

/// The finite values' limits, or 0 and 1 if there are none.
Limits extent(const std::vector<double>& values) {
  bool found = false;
  Limits limits = {0, 1};
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    limits = found ? Limits{std::min(limits.low, value), std::max(limits.high, value)} : Limits{value, value};
    found = true;
  }
  if (limits.low == limits.high) return {limits.low - 0.5, limits.high + 0.5};
  return limits;
}

/// Wider by a little, so that the curve keeps clear of the frame.
Limits with_air(Limits limits) {
  const double air = 0.07 * (limits.high - limits.low);
  return {limits.low - air, limits.high + air};
}

class Drawing {
 public:
  Drawing(const Profile& profile, const Canvas& canvas)
      : profile_(profile), canvas_(canvas), cairo_(canvas.cairo()), xs_(profile.x.copy()), ys_(profile.y.copy()) {
    across_ = extent(xs_);
    Limits y = extent(ys_);
    if (profile.zero_line) y = {std::min(y.low, 0.0), std::max(y.high, 0.0)};
    up_ = profile.limits.value_or(with_air(y));
    rows_ = ticks(up_, 8);
    for (const double value : rows_.values) row_labels_.push_back(label(value, rows_.step));
    const double left = canvas.left_margin(row_labels_);
    box_ = {left, 66, canvas.width() - left - 30, canvas.height() - 66 - 54};
  }

  void draw() const {
    canvas_.heading(box_.left, profile_.title, profile_.subtitle);
    axes();
    if (profile_.limits) {
      cairo_rectangle(cairo_, box_.left, box_.top, box_.width, box_.height);
      cairo_clip(cairo_);
    }
    if (profile_.zero_line) {
      half(above, true);
      half(below, false);
      canvas_.colour(ink);
      cairo_set_line_width(cairo_, 0.9);
      canvas_.line(box_.left, y(0), box_.right(), y(0));
    } else {
      curve(neutral);
    }
  }

 private:
  [[nodiscard]] double x(double value) const {
    return box_.left + box_.width * (value - across_.low) / (across_.high - across_.low);
  }
  [[nodiscard]] double y(double value) const {
    return box_.bottom() - box_.height * (value - up_.low) / (up_.high - up_.low);
  }

  void axes() const {
    const auto columns = ticks(profile_.x_axis, across_, profile_.x_axis == Axis::latitude ? 13 : 12);
    cairo_set_line_width(cairo_, 0.5);
    canvas_.colour(ink, 0.14);
    for (const double value : columns.values) canvas_.line(x(value), box_.top, x(value), box_.bottom());
    for (const double value : rows_.values) canvas_.line(box_.left, y(value), box_.right(), y(value));

    for (const double value : columns.values) {
      const auto text = label(profile_.x_axis, value, columns.step);
      canvas_.text(x(value), box_.bottom() + 15, text, {.align = Align::centre});
    }
    for (std::size_t i = 0; i < row_labels_.size(); ++i)
      canvas_.text(box_.left - 8, y(rows_.values[i]) + 3.4, row_labels_[i], {.align = Align::right});
    canvas_.text(box_.left + box_.width / 2, box_.bottom() + 34, profile_.x_label,
                 {.size = 10, .align = Align::centre});
    canvas_.text(22, box_.top + box_.height / 2, profile_.y_label,
                 {.size = 10, .align = Align::centre, .upwards = true});
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
    for (std::size_t i = first; i < last; ++i) cairo_line_to(cairo_, x(xs_[i]), y(ys_[i]));
  }

  void curve(Colour colour) const {
    canvas_.colour(colour);
    cairo_set_line_width(cairo_, 1.8);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    pieces([&](std::size_t first, std::size_t last) {
      cairo_new_sub_path(cairo_);
      trace(first, last);
    });
    cairo_stroke(cairo_);
  }

  /// The curve and its area on one side of zero.
  void half(Colour colour, bool upper) const {
    cairo_save(cairo_);
    const double zero = y(0);
    if (upper) {
      cairo_rectangle(cairo_, box_.left - 2, box_.top, box_.width + 4, zero - box_.top);
    } else {
      cairo_rectangle(cairo_, box_.left - 2, zero, box_.width + 4, box_.bottom() - zero);
    }
    cairo_clip(cairo_);
    pieces([&](std::size_t first, std::size_t last) {
      cairo_move_to(cairo_, x(xs_[first]), zero);
      trace(first, last);
      cairo_line_to(cairo_, x(xs_[last - 1]), zero);
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
  Box box_{};
  Limits across_{};
  Limits up_{};
  Ticks rows_;
  std::vector<std::string> row_labels_;
};

}  // namespace

std::string png(const Profile& profile, Size size) {
  if (profile.x.size() != profile.y.size() || profile.x.empty())
    throw Error(ErrorCode::invalid_argument, "plot: a profile of " + std::to_string(profile.x.size()) + " x and " +
                                                 std::to_string(profile.y.size()) +
                                                 " y values; give it as many of both");
  const Canvas canvas(size);
  Drawing(profile, canvas).draw();
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
