#pragma once
/// An axis as it is drawn: where its ticks are, and texts that do not lie on one another.
#include <string>
#include <vector>

#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

struct Marks {
  Ticks ticks;
  std::vector<std::string> texts;  // one a tick; empty where it would lie on its neighbour
};

/// About so many marks on a horizontal axis of this width, fewer where their texts would touch.
[[nodiscard]] Marks marks_across(const Canvas& canvas, Axis axis, Limits limits, double width, int about);
/// Marks on a vertical axis of this height.
[[nodiscard]] Marks marks_up(Axis axis, Limits limits, double height);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
