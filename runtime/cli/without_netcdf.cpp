// A command without NetCDF writes no such files. Those that it is asked to read are refused where they are opened.
#include "runtime/cli/netcdf_files.hpp"
#include "runtime/cli/part.hpp"

namespace chunkwise::cli {

std::vector<SinkPtr> result_sinks(const std::string& path, std::size_t, const NetcdfWriteOptions&) {
  refuse_without(netcdf_part, path + " cannot be written");
}

void edit_file(const std::string& path, const std::string&, const NetcdfEdits&, bool) {
  refuse_without(netcdf_part, path + " cannot be changed");
}

std::vector<std::string> write_sample_files(const std::string&, const sample::WeatherOptions&,
                                            const sample::WeatherProgress&) {
  refuse_without(netcdf_part, "sample");
}

}  // namespace chunkwise::cli
