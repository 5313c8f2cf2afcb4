// Shows an array of this program in a browser, until Enter is pressed.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/explore.hpp>
#include <cmath>
#include <iostream>
#include <vector>

namespace cw = chunkwise;

int main() {
  // A wave that travels around the earth in 24 hours.
  std::vector<double> latitudes, longitudes, hours, values;
  for (int i = 0; i < 91; ++i) latitudes.push_back(90 - 2 * i);
  for (int i = 0; i < 180; ++i) longitudes.push_back(2 * i);
  for (int i = 0; i < 24; ++i) hours.push_back(i);
  const double degree = std::acos(-1) / 180;
  for (const double hour : hours)
    for (const double latitude : latitudes)
      for (const double longitude : longitudes)
        values.push_back(20 * std::cos(latitude * degree) * std::sin(3 * degree * (longitude - 15 * hour)));

  const auto units = [](const char* text) { return cw::Attributes{{"units", text}}; };
  const cw::Labels labels(
      {"time", "lat", "lon"},
      {cw::Coordinate(hours, units("hours since 2015-01-01")), cw::Coordinate(latitudes, units("degrees_north")),
       cw::Coordinate(longitudes, units("degrees_east"))},
      "wave", units("m"));
  const auto wave = cw::from_vector<3>(std::move(values), {24, 91, 180}).with_labels(labels);

  const auto backend = cw::connect("local");
  // [serve]
  const auto page = cw::explore(backend, {cw::named("wave", wave), cw::named("z", wave - cw::mean(wave, 0))});
  std::cout << "The page is at " << page.address() << std::endl;
  // [/serve]
  std::cin.get();
}
