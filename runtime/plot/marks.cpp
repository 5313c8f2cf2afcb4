#include "runtime/plot/marks.hpp"

#include <algorithm>

#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

Marks marks(Axis axis, Limits limits, int about) {
  axis = checked_axis(axis, limits);
  const Ticks places = ticks(axis, limits, about);
  return {places, labels(axis, places)};
}

/// Empties each text that would touch the last one that stays. Returns true if there was any.
bool thin_out(const Canvas& canvas, Marks& marks, Limits limits, const Box& box) {
  constexpr double between = 7;
  bool any = false;
  double end = -1e9;
  for (std::size_t i = 0; i < marks.texts.size(); ++i) {
    const double half = canvas.text_width(marks.texts[i], {}) / 2;
    const double middle =
        middle_on_sheet(canvas, marks.texts[i], box.left + fraction(limits, marks.ticks.values[i]) * box.width);
    if (middle - half < end + between) {
      marks.texts[i].clear();
      any = true;
    } else {
      end = middle + half;
    }
  }
  return any;
}

}  // namespace

Marks marks_across(const Canvas& canvas, Axis axis, Limits limits, const Box& box, int about) {
  Marks result;
  for (; about >= 2; about = about * 4 / 5) {
    result = marks(axis, limits, about);
    if (!thin_out(canvas, result, limits, box)) return result;
  }
  return result;
}

double middle_on_sheet(const Canvas& canvas, const std::string& text, double x) {
  constexpr double air = 3;
  const double half = canvas.text_width(text, {}) / 2 + air;
  return std::max(std::min(x, canvas.width() - half), half);
}

Marks marks_up(Axis axis, Limits limits, double height) {
  constexpr double apart = 34;
  return marks(axis, limits, std::clamp(static_cast<int>(height / apart), 2, 20));
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
