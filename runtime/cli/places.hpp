#pragma once
/// Latitudes and longitudes of two dimensions, which files of rotated and curvilinear grids have beside their data.
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/progress.hpp"
#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

/// The place of each element of a map, row by row; both empty if files tell none.
struct Places {
  std::vector<double> latitudes;
  std::vector<double> longitudes;
};

/// Finds the variables that `coordinates` attributes name, or that lie on the same two dimensions with units of degrees
/// north and east, and takes the rows and columns that the array is made of. Its labels tell these, so
/// FormulaOptions::number_axes has to be set. Empty if the array's own axes are latitudes and longitudes, and if the
/// places differ from file to file.
[[nodiscard]] Places places_of(const BackendPtr& backend, const UntypedArray& array,
                               const std::vector<FormulaVariable>& opened, const RunOption& cancel = cancel_on({}));

}  // namespace chunkwise::cli
