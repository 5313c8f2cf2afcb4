// A program of somebody else: a file is written, opened lazily, and reduced.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <iostream>

namespace cw = chunkwise;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto backend = cw::connect("local:2");
  cw::write_netcdf(backend, argv[1], cw::arange(0.0, 12.0));
  auto x = cw::open_netcdf<double, 1>(argv[1], "data");
  std::cout << x << '\n';
  const double mean = cw::compute(backend, cw::mean(cw::sqrt(x * x)));
  std::cout << "mean " << mean << '\n';
  return mean == 5.5 ? 0 : 1;
}
