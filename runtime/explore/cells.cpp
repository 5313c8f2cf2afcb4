#include "runtime/explore/cells.hpp"

#include "chunkwise/core/error.hpp"
#include "runtime/regrid/read_grid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

std::optional<CellPlaces> places_of_cells(const UntypedArray& array) {
  Grid grid;
  try {
    grid = Grid::of(array.labels, array.shape);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::invalid_argument) throw;
    return std::nullopt;  // no grid of the earth
  }
  if (grid.is_rectilinear || grid.rows * grid.columns > most_placed_cells) return std::nullopt;
  CellPlaces places{grid.row_axis, grid.column_axis, grid.rows, grid.columns, {}, {}};
  places.latitudes.assign(grid.latitudes.begin(), grid.latitudes.end());
  places.longitudes.assign(grid.longitudes.begin(), grid.longitudes.end());
  return places;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
