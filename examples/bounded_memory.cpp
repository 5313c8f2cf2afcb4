// A z-score of data larger than the memory it may use, from file to file: two reads and one write.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <filesystem>
#include <iostream>

namespace cw = chunkwise;

int main() {
  // [limit]
  auto backend = cw::connect("local", {.memory_limit = cw::parse_bytes("32 MB")});
  // [/limit]
  const auto data = cw::random<double, 3>({48, 400, 500}, 3, {4, 400, 500});
  cw::write_netcdf(backend, "data.nc", data.with_labels(cw::Labels({"time", "latitude", "longitude"})));

  // [zscore]
  cw::NetcdfOptions options;
  options.chunks = {4, 0, 0};  // 0: the whole axis
  const auto x = cw::open_netcdf<double, 3>("data.nc", "data", options);
  std::cout << x << '\n';
  const auto z = (x - cw::mean(x, 0)) / cw::stddev(x, 0);

  cw::RunReport report;
  cw::write_netcdf(backend, "zscore.nc", z, cw::report_to(report));
  // [/zscore]

  std::cout << "read " << report.bytes_read / 1000000 << " MB in " << report.stages
            << " stages; the plan had asked for " << report.memory_bound / 1000000 << " MB of memory\n";

  // [refused]
  try {
    (void)cw::compute(backend, z);  // 77 MB in memory do not fit
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';
  }
  // [/refused]

  const auto written = cw::open_netcdf<double, 3>("zscore.nc", "data");
  std::cout << "standard deviation of the result at one point "
            << cw::compute(backend, cw::stddev(written(cw::all, 200, 200))) << '\n';
  std::filesystem::remove("data.nc");
  std::filesystem::remove("zscore.nc");
}
