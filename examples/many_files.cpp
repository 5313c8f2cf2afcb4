// Many NetCDF files as one array: written first, so that there is something to open.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <filesystem>
#include <iostream>

namespace cw = chunkwise;

namespace {

// [write]
/// One day of a made-up temperature: 4 times, 91 latitudes, 180 longitudes.
void write_day(const cw::BackendPtr& backend, int day) {
  const cw::Coordinate time({day * 24.0, day * 24.0 + 6, day * 24.0 + 12, day * 24.0 + 18},
                            {{"units", cw::DType::float64, std::string("hours since 2015-01-01")}});
  const auto kelvin = 250.0 + 50.0 * cw::random<double, 3>({4, 91, 180}, static_cast<std::uint64_t>(day));
  const auto named = cw::Array(kelvin).with_labels(
      cw::Labels({"time", "latitude", "longitude"}, {time}, "t2m", {{"units", cw::DType::float64, std::string("K")}}));
  cw::write_netcdf(backend, "days/t2m_" + std::to_string(10 + day) + ".nc", named);
}
// [/write]

}  // namespace

int main() {
  auto backend = cw::connect("local");
  std::filesystem::create_directories("days");
  for (int day = 0; day < 5; ++day) write_day(backend, day);

  // [open]
  const auto x = cw::open_netcdf<double, 3>("days/t2m_*.nc", "t2m");  // reads metadata only
  std::cout << x << '\n';
  // [/open]

  // [mean]
  const auto mean = cw::compute(backend, cw::mean(x, "time"));  // NdArray<double, 2>
  cw::write_netcdf(backend, "mean.nc", cw::mean(x, "time"));    // or to a file, with its names and coordinates
  // [/mean]
  std::cout << "mean over time at the first point " << mean(0, 0) << " K\n";
  std::cout << cw::open_netcdf<double, 2>("mean.nc", "t2m") << '\n';

  // [coordinate]
  const cw::Coordinate& time = x.labels().coordinate(0);
  std::cout << "from hour " << time[0] << " to hour " << time[time.size() - 1] << '\n';
  // [/coordinate]

  // [missing_variable]
  try {
    (void)cw::open_netcdf<double, 3>("days/t2m_10.nc", "sst");
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';
  }
  // [/missing_variable]
}
