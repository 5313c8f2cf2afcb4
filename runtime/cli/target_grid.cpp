#include "runtime/cli/target_grid.hpp"

#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/variables.hpp"

namespace chunkwise::cli {

std::optional<Grid> grid_of(const UntypedArray& array) {
  try {
    return Grid::of(array.labels, array.shape);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

std::optional<UntypedArray> array_on_grid(const std::string& text, const FileOptions& options) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos && !std::filesystem::exists(text)) return std::nullopt;
  const NetcdfDataset file(expand({at == std::string::npos ? text : text.substr(at + 1)}), netcdf_options(options));
  if (at != std::string::npos) return file.open(text.substr(0, at)).array;
  for (const std::string& name : file.variables())
    if (UntypedArray array = file.open(name).array; grid_of(array)) return array;
  throw Error(ErrorCode::not_found, text + " has no variable with a grid of latitudes and longitudes");
}

}  // namespace chunkwise::cli
