// Has a cluster keep the study's z under the name "z", for bench/explore/run: publish COORDINATOR FILES
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/cluster.hpp>
#include <chunkwise/netcdf.hpp>
#include <string>

namespace cw = chunkwise;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto backend = cw::connect("thrift://" + std::string(argv[1]));
  const auto x = cw::open_netcdf<double, 3>(argv[2], "t2m");
  const auto z = cw::persist(backend, cw::cast<float>((x - cw::mean(x, 0)) / cw::stddev(x, 0)));
  cw::publish(backend, "z", z.handle());
}
