#pragma once
/// What labels say of a grid beside its coordinates.
#include <optional>
#include <vector>

#include "chunkwise/expr/grid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::grids {

/// Returns the areas, in m2, that the attribute `cell_measures` of an array of this grid names; none if it names none.
[[nodiscard]] std::optional<std::vector<double>> measured_areas(const Labels& labels, const Grid& grid);
/// Returns the grid of an array; throws not_found unless it is rectilinear.
[[nodiscard]] Grid rectilinear(const Labels& labels, const Shape& shape);
/// Returns the latitudes of the regular Gaussian grid of so many of them, from the north on: where the Legendre
/// polynomial of that degree of their sine is 0.
[[nodiscard]] std::vector<double> gaussian_latitudes(std::int64_t count);

}  // namespace chunkwise::inline CHUNKWISE_ABI::grids
