#pragma once
/// The files that the command writes with chunkwise::netcdf and chunkwise::sample: netcdf_files.cpp. A command that is
/// built without NetCDF has without_netcdf.cpp, whose functions throw unsupported.
#include <cstddef>
#include <string>
#include <vector>

#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/netcdf_edit.hpp"
#include "chunkwise/sample.hpp"

namespace chunkwise::cli {

/// Returns chunkwise::netcdf_sinks.
[[nodiscard]] std::vector<SinkPtr> result_sinks(const std::string& path, std::size_t count,
                                                const NetcdfWriteOptions& options);

/// Calls chunkwise::edit_netcdf.
void edit_file(const std::string& path, const std::string& to, const NetcdfEdits& edits, bool overwrite);

/// Returns the result of sample::write_weather.
std::vector<std::string> write_sample_files(const std::string& folder, const sample::WeatherOptions& options,
                                            const sample::WeatherProgress& progress);

}  // namespace chunkwise::cli
