// A program of somebody else: a file is written, opened lazily, and reduced, on threads and on a cluster of its own.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/cluster.hpp>
#include <chunkwise/netcdf.hpp>
#include <chunkwise/plot/picture.hpp>
#include <chunkwise/sample.hpp>
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

  cw::sample::WeatherOptions weather;
  weather.days = 1;
  weather.latitudes = 19;
  weather.longitudes = 36;
  const auto t2m =
      cw::open_netcdf<double, 3>(cw::sample::write_weather(std::string(argv[1]) + ".weather", weather), "t2m");
  const auto picture = cw::plot::png(cw::compute(backend, t2m(0)).untyped(), t2m(0).labels());
  std::cout << "a picture of " << picture.size() << " bytes\n";

  cw::CoordinatorOptions coordinator_options;
  coordinator_options.listen = "127.0.0.1:0";
  const cw::Coordinator coordinator(coordinator_options);
  cw::WorkerOptions worker_options;
  worker_options.coordinator = coordinator.address();
  const cw::Worker worker(worker_options);
  const double there = cw::compute(cw::connect("thrift://" + coordinator.address()), cw::mean(cw::arange(0.0, 12.0)));
  std::cout << "and on a cluster " << there << '\n';
  return mean == 5.5 && there == mean && picture.size() > 1000 ? 0 : 1;
}
