// The expressions of the weather study, as a user's translation unit.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <iostream>

namespace cw = chunkwise;

double study(const std::string& backend_uri, const std::string& files) {
  auto backend = cw::connect(backend_uri);
  auto x = cw::open_netcdf<double, 3>(files, "t2m");
  std::cout << x << '\n';
  const std::int64_t t = x.shape()[0] / 2;
  const std::int64_t latitude = x.shape()[1] / 4;
  double total = cw::compute(backend, x(0, 0, 0));
  auto field = cw::compute(backend, x(0));
  total += cw::compute(backend, cw::mean(x));
  total += cw::compute(backend, cw::mean(x(t)));
  total += cw::compute(backend, cw::mean(x(cw::all, latitude, cw::all)));
  auto z = cw::persist(backend, (x - cw::mean(x, 0)) / cw::stddev(x, 0), cw::progress_bar());
  auto unusual = cw::compute(backend, z(t));
  auto profile = cw::compute(backend, cw::mean(z(t), 1));
  return total + field(0, 0) + unusual(0, 0) + profile(0);
}
