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

/// Returns about so many marks for a horizontal axis of this width, fewer if their texts would touch.
[[nodiscard]] Marks marks_across(const Canvas& canvas, Axis axis, Limits limits, double width, int about);
/// Returns marks for a vertical axis of this height.
[[nodiscard]] Marks marks_up(Axis axis, Limits limits, double height);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
