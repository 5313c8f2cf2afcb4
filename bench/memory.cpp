// Work from and to files within a memory limit. The study's z-score of data four times as large as the limit: the
// growth of the process's peak memory stands beside the limit. A file in other chunks, beside reading and writing it
// once.
#include <fcntl.h>
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

/// Reads a file and writes another, 4 MB at a time.
void bare_copy(const std::string& from, const std::string& to) {
  static std::vector<char> block(std::size_t{4} << 20);
  const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool fails = in < 0 || out < 0;
  for (ssize_t n = 1; !fails && n > 0;) {
    n = ::read(in, block.data(), block.size());
    fails = n < 0 || ::write(out, block.data(), static_cast<std::size_t>(n)) != n;
  }
  if (in >= 0) ::close(in);
  if (out >= 0) ::close(out);
  if (fails) throw Error(ErrorCode::io, "cannot copy " + from + " to " + to);
}

/// From chunks of four steps of time to whole lines along time, within a quarter of the data's size.
void rechunk_of_a_file(benchmark::State& state) {
  forget_study();
  constexpr std::int64_t times = 128, rows = 180, columns = 720;
  constexpr double bytes = 8.0 * times * rows * columns;
  const auto path = [](const char* what) {
    return (std::filesystem::temp_directory_path() / ("chunkwise_bench_" + std::to_string(::getpid()) + what)).string();
  };
  const std::string from = path("_slabs.nc"), to = path("_columns.nc"), copy = path("_copy.nc");
  const BackendPtr backend = connect("local", {.memory_limit = static_cast<std::uint64_t>(bytes) / 4});
  write_netcdf(backend, from, rechunk(random<double, 3>({times, rows, columns}, 1), {chunk_steps, 0, 0}));
  beside(
      state, {.bytes = 2 * bytes, .items = bytes / 8, .bar = 1.5},
      [&] {
        std::filesystem::remove(copy);
        bare_copy(from, copy);
      },
      [&] {
        std::filesystem::remove(to);
        write_netcdf(backend, to, rechunk(open_netcdf<double, 3>(from, "data"), {0, 45, 180}));
      });
  for (const std::string& file : {from, to, copy}) std::filesystem::remove(file);
}

}  // namespace

void add_memory() {
  add("memory/rechunk, file to file", rechunk_of_a_file)->Iterations(5);
  // A quarter of a few chunks does not hold the states of a mean along time.
  if (steps() >= 64) add("memory/z-score to a file, a quarter of x allowed", zscore_to_a_file)->Iterations(2);
}

}  // namespace chunkwise::bench
