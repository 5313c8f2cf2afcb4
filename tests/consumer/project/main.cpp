// A program of somebody else: a file is written, opened lazily, and reduced, on threads and on a cluster of its own.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/cluster.hpp>
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

  cw::CoordinatorOptions coordinator_options;
  coordinator_options.listen = "127.0.0.1:0";
  const cw::Coordinator coordinator(coordinator_options);
  cw::WorkerOptions worker_options;
  worker_options.coordinator = coordinator.address();
  const cw::Worker worker(worker_options);
  const double there = cw::compute(cw::connect("thrift://" + coordinator.address()), cw::mean(cw::arange(0.0, 12.0)));
  std::cout << "and on a cluster " << there << '\n';
  return mean == 5.5 && there == mean ? 0 : 1;
}
