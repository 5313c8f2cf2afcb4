#pragma once
/// Weights of regridding in files, in the formats of SCRIP (`cdo genbil`, `gencon`, `gennn`, `cdo remap`) and ESMF
/// (ESMF_RegridWeightGen, xesmf): they are computed once and used for many files. docs/regridding.md names the
/// variables that are read and written.
#include <string>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/expr/regrid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The weights of a file and the two grids that they go between.
struct KeptWeights {
  RegridWeights weights;
  Grid source;       ///< its centres alone: one latitude and one longitude a cell
  Grid target;       ///< with coordinates `lat` and `lon`; rectilinear if its centres are
  std::string file;  ///< for messages
};

/// Returns the weights that a file keeps. Throws not_found if it is neither SCRIP's nor ESMF's, corrupt for numbers of
/// cells that its grids do not have and for weights that are not finite, unsupported for unstructured grids and for
/// weights of second order.
///
///     const KeptWeights kept = read_regrid_weights(NetcdfDataset({"weights.nc"}));
[[nodiscard]] KeptWeights read_regrid_weights(const NetcdfDataset& file);

/// Returns the variables of a file of weights in SCRIP's format, to be written as any dataset. Centres and corners are
/// in degrees. Throws invalid_argument if the weights are not those of the two grids, and if no cell of the target has
/// a link, which a file cannot hold.
///
///     const Dataset file = scrip_weights(regrid_weights(a, b, method), a, b, method);
[[nodiscard]] Dataset scrip_weights(const RegridWeights& weights, const Grid& source, const Grid& target,
                                    RegridMethod method);

/// Returns x by weights of a file, on their target. Throws shape_mismatch if the grid of x has another number of cells
/// than their source, and also if a centre is elsewhere by more than a thousandth of a degree: the
/// weights are of another grid, or of one whose rows or columns are turned round.
[[nodiscard]] UntypedArray regrid(const UntypedArray& x, const KeptWeights& kept);

}  // namespace chunkwise::inline CHUNKWISE_ABI
