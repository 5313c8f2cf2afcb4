#pragma once
/// The layout of a map: maps coordinates to points of the sheet.
#include "runtime/plot/canvas.hpp"
#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

struct Frame {
  Box box;
  Limits east;             // at the left and right edges
  Limits north;            // at the lower and upper edges, or the other way round
  bool downwards = false;  // the least is at the upper edge

  [[nodiscard]] double x(double longitude) const { return box.left + box.width * visible_fraction(east, longitude); }
  [[nodiscard]] double y(double latitude) const {
    const double part = visible_fraction(north, latitude);
    return box.top + box.height * (downwards ? part : 1 - part);
  }
  /// Returns the value of the vertical axis at this fraction of the way from the upper edge down.
  [[nodiscard]] double down(double part) const { return value_at(north, downwards ? part : 1 - part); }
};

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
