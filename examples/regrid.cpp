// A field on a coarser grid, and its mean by the areas of its cells.
#include <chunkwise/chunkwise.hpp>
#include <iostream>
#include <vector>
namespace cw = chunkwise;

int main() {
  std::vector<double> latitudes, longitudes;
  for (int i = 0; i < 19; ++i) latitudes.push_back(90 - 10 * i);
  for (int i = 0; i < 36; ++i) longitudes.push_back(10 * i);
  const auto t2m = (300 - 0.5 * cw::random<double, 2>({19, 36}, 1))
                       .with_labels(cw::Labels({"latitude", "longitude"},
                                               {cw::Coordinate(latitudes, {{"units", "degrees_north"}}),
                                                cw::Coordinate(longitudes, {{"units", "degrees_east"}})},
                                               "t2m", {{"units", "K"}}));
  // [grids]
  const auto coarse = cw::regrid(t2m, cw::Grid::named("r8x4"), cw::RegridMethod::conservative);
  std::cout << cw::compute(cw::field_mean(t2m)) << " K\n";  // by areas
  // [/grids]
  std::cout << cw::compute(coarse) << '\n';
}
