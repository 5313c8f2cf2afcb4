#pragma once
/// The methods of regridding: each returns the weights of all target cells.
#include "chunkwise/expr/regrid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::grids {

[[nodiscard]] RegridWeights nearest_weights(const Grid& source, const Grid& target);
[[nodiscard]] RegridWeights bilinear_weights(const Grid& source, const Grid& target);
[[nodiscard]] RegridWeights conservative_weights(const Grid& source, const Grid& target);

/// Returns true if the last column of a grid has the first one as its neighbour.
[[nodiscard]] bool is_cyclic(const Grid& grid);

}  // namespace chunkwise::inline CHUNKWISE_ABI::grids
