#pragma once
/// The places of a curvilinear grid's cells, for the page's map: rotated poles, and two-dimensional latitudes and
/// longitudes.
#include <cstdint>
#include <optional>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Most cells whose places are told.
inline constexpr std::int64_t most_placed_cells = std::int64_t{1} << 23U;

/// The centres of all cells, row by row, in degrees.
struct CellPlaces {
  int row_axis = 0, column_axis = 1;  ///< of the array
  std::int64_t rows = 0, columns = 0;
  std::vector<float> latitudes, longitudes;  ///< NaN where they are missing
};

/// Returns them; none if the array's own axes are latitudes and longitudes, if it has no grid, or if it has more than
/// most_placed_cells. Reads what the array's attributes name.
[[nodiscard]] std::optional<CellPlaces> places_of_cells(const UntypedArray& array);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
