// The study's z-score of data four times as large as the memory limit, to a file. The growth of the process's peak
// memory stands beside the limit.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "beside.hpp"
#include "chunkwise/core/buffer.hpp"
#include "chunkwise/netcdf.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

/// Returns a line of /proc/self/status in bytes: VmRSS, the resident memory; VmHWM, its peak.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return std::stod(line.substr(name.size() + 1)) * 1024;
  return 0;
}

/// Lets VmHWM begin anew.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

void zscore_to_a_file(benchmark::State& state) {
  forget_study();
  const auto x = generated<double>(steps());
  const double bytes = static_cast<double>(steps() * latitudes * longitudes) * sizeof(double);
  const std::uint64_t limit = static_cast<std::uint64_t>(bytes) / 4;
  const BackendPtr backend = connect("local", {.memory_limit = limit});
  const std::string path =
      (std::filesystem::temp_directory_path() / ("chunkwise_bench_z_" + std::to_string(::getpid()) + ".nc")).string();
  double growth = 0;
  std::vector<double> times;
  for (auto _ : state) {
    trim_pool();
    const double before = status_bytes("VmRSS");
    forget_peak();
    times.push_back(seconds_of([&] { write_netcdf(backend, path, (x - mean(x, 0)) / stddev(x, 0)); }));
    growth = std::max(growth, status_bytes("VmHWM") - before);
    state.SetIterationTime(times.back());
    std::filesystem::remove(path);
  }
  report(state, {.bytes = bytes, .items = bytes / sizeof(double), .bar = 1}, times);
  state.counters["peak_MB"] = growth * 1e-6;
  state.counters["limit_MB"] = static_cast<double>(limit) * 1e-6;
  state.counters["ratio"] = growth / static_cast<double>(limit);
}

}  // namespace

void add_memory() {
  // A quarter of a few chunks does not hold the states of a mean along time.
  if (steps() >= 64) add("memory/z-score to a file, a quarter of x allowed", zscore_to_a_file)->Iterations(2);
}

}  // namespace chunkwise::bench
