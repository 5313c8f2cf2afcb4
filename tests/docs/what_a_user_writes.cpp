// The program of the front page, as it stands there.
// clang-format off
// [program]
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <iostream>
namespace cw = chunkwise;

int main(int argc, char** argv) {
  auto backend = cw::connect(argc > 1 ? argv[1] : "local");    // "local", "local:8", "thrift://10.0.0.1:8786"

  // [expressions]
  auto x = cw::open_netcdf<double, 3>("weather/*.nc", "t2m");  // lazy; metadata only; joined along time
  std::cout << x << '\n';   // Array float64 (time 544, latitude 721, longitude 1440), 136 chunks of (4, 721, 1440), 4.5 GB

  double  corner = cw::compute(backend, x(0, 0, 0));
  auto    field  = cw::compute(backend, x(100, cw::all, cw::all));         // NdArray<double, 2>
  auto [m, s]    = cw::compute(backend, cw::mean(x), cw::stddev(x));       // one read of the data for both

  auto z = cw::persist(backend, (x - cw::mean(x, 0)) / cw::stddev(x, 0), cw::progress_bar());
  auto profile = cw::compute(backend, cw::mean(z(100), 1));                // by latitude
  // [/expressions]
}
// [/program]
