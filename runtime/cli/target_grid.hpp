#pragma once
/// The grid that a text names, for --to of `regrid` and for regrid(x, "grid.nc") in formulas.
#include <optional>
#include <string>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/dataset/regrid_weights.hpp"
#include "runtime/cli/options.hpp"

namespace chunkwise::cli {

/// Returns the grid of a variable; none if it has none.
[[nodiscard]] std::optional<Grid> grid_of(const UntypedArray& array);

/// Returns a variable on the grid that a text names: of NAME@FILE, or the first of a file that has a grid; none if the
/// text is neither, and so may be the name of a grid. Throws not_found if a file has no such variable.
[[nodiscard]] std::optional<UntypedArray> array_on_grid(const std::string& text, const FileOptions& options);

}  // namespace chunkwise::cli
