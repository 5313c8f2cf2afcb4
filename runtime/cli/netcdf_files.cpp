#include "runtime/cli/netcdf_files.hpp"

namespace chunkwise::cli {

std::vector<SinkPtr> result_sinks(const std::string& path, std::size_t count, const NetcdfWriteOptions& options) {
  return netcdf_sinks(path, count, options);
}

void edit_file(const std::string& path, const std::string& to, const NetcdfEdits& edits, bool overwrite) {
  edit_netcdf(path, to, edits, overwrite);
}

std::vector<std::string> write_sample_files(const std::string& folder, const sample::WeatherOptions& options,
                                            const sample::WeatherProgress& progress) {
  return sample::write_weather(folder, options, progress);
}

}  // namespace chunkwise::cli
