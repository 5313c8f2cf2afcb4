// Thirty small files for what_a_user_writes: weather/t2m_00.nc to t2m_29.nc, with 4 times each.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <filesystem>

namespace cw = chunkwise;

int main() {
  std::filesystem::create_directories("weather");
  cw::NetcdfWriteOptions options;
  options.format = cw::NetcdfWriteOptions::Format::offset64;
  for (int day = 0; day < 30; ++day) {
    const auto kelvin = 270.0 + 30.0 * cw::random<double, 3>({4, 19, 36}, static_cast<std::uint64_t>(day));
    const cw::Labels labels({"time", "latitude", "longitude"}, {}, "t2m", {});
    cw::write_netcdf(cw::default_backend(), "weather/t2m_" + std::to_string(100 + day).substr(1) + ".nc",
                     cw::Array(kelvin).with_labels(labels), options);
  }
}
