#pragma once
/// An axis as it is drawn: the places of its ticks, and texts that do not overlap.
#include <string>
#include <vector>

#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

struct Marks {
  Ticks ticks;
  std::vector<std::string> texts;  // one a tick; empty if it would overlap its neighbour
};

/// Returns about so many marks on the horizontal axis of a chart, fewer if their texts would touch.
[[nodiscard]] Marks marks_across(const Canvas& canvas, Axis axis, Limits limits, const Box& box, int about);
/// Returns the middle of a text: x, or as near to it as the text is wholly on the sheet.
[[nodiscard]] double middle_on_sheet(const Canvas& canvas, const std::string& text, double x);
/// Returns the marks on a vertical axis of this height.
[[nodiscard]] Marks marks_up(Axis axis, Limits limits, double height);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
