// The study's operations as a user of xtensor has them, with xsimd and, if it was found, TBB: bench/peers/run sets them
// beside ours. Prints "operation<TAB>seconds" a repetition.
//
//   bench_peers_xtensor FILES REPETITIONS
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "clock.hpp"

namespace cw = chunkwise;

namespace {

volatile double seen = 0;  ///< takes the results, so that they are computed

xt::xtensor<double, 3> read(const std::string& files) {
  const auto values = cw::compute(cw::connect("local"), cw::open_netcdf<double, 3>(files, "t2m"));
  const cw::Shape& shape = values.shape();
  std::array<std::size_t, 3> extents{};
  for (int axis = 0; axis < 3; ++axis) extents[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(shape[axis]);
  auto x = xt::xtensor<double, 3>::from_shape(extents);
  std::copy_n(values.data(), x.size(), x.data());
  return x;
}

void run(const std::string& files, int repetitions) {
  const xt::xtensor<double, 3> x = read(files);
  const std::array<std::size_t, 1> along_time{0};
  const std::size_t latitude = x.shape(1) / 7;
  xt::xtensor<double, 2> m, s;
  auto z = xt::xtensor<double, 3>::from_shape(x.shape());
  std::fill(z.begin(), z.end(), 0.0);
  // Reductions along an axis are told to compute at once: lazily they take longer.
  const auto mean = [&] { m = xt::mean(x, along_time, xt::evaluation_strategy::immediate); };
  const auto deviation = [&] { s = xt::stddev(x, along_time, xt::evaluation_strategy::immediate); };
  time("element", repetitions * 20, [&] { seen = x(0, 0, 0); });
  time("slice", repetitions, [&] {
    const xt::xtensor<double, 2> slice = xt::view(x, 0, xt::all(), xt::all());
    seen = slice(0, 0);
  });
  time("mean", repetitions, [&] { seen = xt::mean(x)(); });
  time("mean across chunks", repetitions, [&] { seen = xt::mean(xt::view(x, xt::all(), latitude, xt::all()))(); });
  time("mean along time", repetitions, [&] {
    mean();
    seen = m(0, 0);
  });
  time("std along time", repetitions, [&] {
    deviation();
    seen = s(0, 0);
  });
  time("z-score", repetitions, [&] {
    mean();
    deviation();
    xt::noalias(z) = (x - m) / s;
    seen = z(0, 0, 0);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "bench_peers_xtensor FILES REPETITIONS\n");
    return 2;
  }
  try {
    run(argv[1], std::max(1, std::atoi(argv[2])));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
