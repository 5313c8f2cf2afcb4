// The study's operations as a user of chunkwise has them, for bench/peers/run to set beside those of others.
//
//   bench_peers_ours sample FOLDER DAYS             writes the files, time being the record axis, which NCO asks for
//   bench_peers_ours store FOLDER FORMAT FILES      writes them anew into a folder: float32 (classic), or deflated
//   bench_peers_ours memory FILES REPETITIONS       prints "operation<TAB>seconds" for x kept in memory
//   bench_peers_ours OPERATION FILES [OUT]          one operation from the files: element, mean, mean0, std0, or z to
//   OUT
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/sample.hpp"
#include "clock.hpp"

namespace cw = chunkwise;

namespace {

void write_files(const std::string& folder, int days) {
  cw::sample::WeatherOptions options;
  options.days = days;
  options.record_time = true;
  (void)cw::sample::write_weather(folder, options);
}

/// Writes the same values in another format, file by file.
void store(const std::string& folder, const std::string& format, const std::string& files) {
  const auto backend = cw::connect("local");
  std::filesystem::create_directories(folder);
  for (const std::string& path : cw::expand_glob(files)) {
    const std::string to = (std::filesystem::path(folder) / std::filesystem::path(path).filename()).string();
    if (format == "float32")
      cw::write_netcdf(backend, to, cw::open_netcdf<float, 3>(path, "t2m"),
                       {.format = cw::NetcdfWriteOptions::Format::offset64});
    else if (format == "deflated")
      cw::write_netcdf(backend, to, cw::open_netcdf<std::int16_t, 3>(path, "t2m", {.decode = false}), {.deflate = 1});
    else
      throw cw::Error(cw::ErrorCode::invalid_argument, "there is no format '" + format + "'; float32, deflated");
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

void from_files(const cw::BackendPtr& backend, const std::string& operation, const std::string& files,
                const std::string& out) {
  const auto x = cw::open_netcdf<double, 3>(files, "t2m");
  if (operation == "element")
    std::printf("%.12g\n", cw::compute(backend, x(x.shape()[0] / 2, 0, 0)));
  else if (operation == "z")
    cw::write_netcdf(backend, out, cw::cast<float>((x - cw::mean(x, 0)) / cw::stddev(x, 0)),
                     {.format = cw::NetcdfWriteOptions::Format::offset64});
  else if (operation == "mean")
    std::printf("%.12g\n", cw::compute(backend, cw::mean(x)));
  else if (operation == "mean0")
    std::printf("%.12g\n", cw::compute(backend, cw::mean(x, 0))(0, 0));
  else if (operation == "std0")
    std::printf("%.12g\n", cw::compute(backend, cw::stddev(x, 0))(0, 0));
  else
    throw cw::Error(cw::ErrorCode::invalid_argument,
                    "there is no operation '" + operation + "'; element, mean, mean0, std0, z");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "bench_peers_ours sample FOLDER [DAYS] | store FOLDER FORMAT FILES | memory FILES [REPETITIONS] | "
                 "element|mean|mean0|std0 FILES | z FILES OUT\n");
    return 2;
  }
  try {
    const auto backend = cw::connect("local");
    const std::string what = argv[1];
    const int count = argc > 3 ? std::max(1, std::atoi(argv[3])) : 3;
    if (what == "sample")
      write_files(argv[2], count);
    else if (what == "store" && argc > 4)
      store(argv[2], argv[3], argv[4]);
    else if (what == "memory")
      in_memory(backend, argv[2], count);
    else
      from_files(backend, what, argv[2], argc > 3 ? argv[3] : "z.nc");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
