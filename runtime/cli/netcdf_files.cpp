#include "runtime/cli/netcdf_files.hpp"

namespace chunkwise::cli {

std::vector<SinkPtr> result_sinks(const std::string& path, std::size_t count, const NetcdfWriteOptions& options) {
  return netcdf_sinks(path, count, options);
}

std::vector<std::string> write_sample_files(const std::string& folder, const sample::WeatherOptions& options,
                                            const sample::WeatherProgress& progress) {
  return sample::write_weather(folder, options, progress);
}

}  // namespace chunkwise::cli
