// The study's operations as a user of chunkwise has them, for bench/peers/run to set beside what others have.
//
//   bench_peers_ours memory FILES REPETITIONS       prints "operation<TAB>seconds" for x kept in memory
//   bench_peers_ours OPERATION FILES                one operation from the files: mean, mean0, std0
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"

namespace cw = chunkwise;

namespace {

template <class F>
void time(const char* operation, int repetitions, F&& f) {
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%s\t%.9f\n", operation, took.count());
  }
}

void in_memory(const cw::BackendPtr& backend, const std::string& files, int repetitions) {
  const auto x = cw::persist(backend, cw::open_netcdf<double, 3>(files, "t2m"));
  const auto compute = [&](const auto&... e) { benchmark::DoNotOptimize(cw::compute(backend, e...)); };
  const std::int64_t latitude = x.shape()[1] / 7;
  time("element", repetitions * 20, [&] { compute(x(0, 0, 0)); });
  time("slice", repetitions, [&] { compute(x(0)); });
  time("mean", repetitions, [&] { compute(cw::mean(x)); });
  time("mean across chunks", repetitions, [&] { compute(cw::mean(x(cw::all, latitude, cw::all))); });
  time("mean along time", repetitions, [&] { compute(cw::mean(x, 0)); });
  time("std along time", repetitions, [&] { compute(cw::stddev(x, 0)); });
  time("z-score", repetitions, [&] { compute((x - cw::mean(x, 0)) / cw::stddev(x, 0)); });
}

void from_files(const cw::BackendPtr& backend, const std::string& operation, const std::string& files) {
  const auto x = cw::open_netcdf<double, 3>(files, "t2m");
  if (operation == "mean")
    std::printf("%.12g\n", cw::compute(backend, cw::mean(x)));
  else if (operation == "mean0")
    std::printf("%.12g\n", cw::compute(backend, cw::mean(x, 0))(0, 0));
  else if (operation == "std0")
    std::printf("%.12g\n", cw::compute(backend, cw::stddev(x, 0))(0, 0));
  else
    throw cw::Error(cw::ErrorCode::invalid_argument, "there is no operation '" + operation + "'; mean, mean0, std0");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "bench_peers_ours memory|mean|mean0|std0 FILES [REPETITIONS]\n");
    return 2;
  }
  try {
    const auto backend = cw::connect("local");
    const std::string what = argv[1];
    if (what == "memory")
      in_memory(backend, argv[2], argc > 3 ? std::max(1, std::atoi(argv[3])) : 3);
    else
      from_files(backend, what, argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
