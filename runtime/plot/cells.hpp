#pragma once
/// Draws the values of a map as pixels if each value has a latitude and a longitude of its own (a curvilinear grid).
#include "runtime/plot/frame.hpp"
#include "runtime/plot/paint.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// The longitudes, once round the world at most, and latitudes that a curvilinear grid covers.
struct Coverage {
  Limits east;
  Limits north;
};
/// Returns the coverage of a map's grid. Throws invalid_argument if no value has a place.
[[nodiscard]] Coverage coverage(const Map& map);

/// Fills each cell with its colour. Cells share their corners, except at seams, at which neighbours in the array are
/// none on the map. Returns false if no cell has an area, as all lie at one place.
[[nodiscard]] bool paint_cells(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
