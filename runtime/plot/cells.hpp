#pragma once
/// A map's values as pixels, where each has a latitude and a longitude of its own.
#include "runtime/plot/frame.hpp"
#include "runtime/plot/paint.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// What a curvilinear grid's cells cover: longitudes once round the world at most, and latitudes. Throws
/// invalid_argument where no value has a place.
struct Coverage {
  Limits east;
  Limits north;
};
[[nodiscard]] Coverage coverage(const Map& map);

/// Fills each cell with its colour. Cells share their corners, except at seams, where a grid's neighbours are none.
/// Returns false where no cell has an area, as all lie at one place.
[[nodiscard]] bool paint_cells(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
