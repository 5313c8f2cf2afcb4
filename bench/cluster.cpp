// The cluster beside what marks its limits: an element beside a bare ping, a slice of 8 MB beside a bare transfer, a
// mean over 136 kept chunks beside the local backend's on the same cores, and a plan of 100,000 tiny chunks.
// Coordinator and worker are threads of this process, so that all share the machine alike. Needs 10 GB of memory.
//
//   bench_cluster
#include "chunkwise/cluster.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bare_server.hpp"
#include "chunkwise/chunkwise.hpp"

namespace cw = chunkwise;

namespace {

using Clock = std::chrono::steady_clock;

/// A coordinator and a worker with all CPUs.
struct Cluster {
  cw::Coordinator coordinator{[] {
    cw::CoordinatorOptions options;
    options.listen = "127.0.0.1:0";
    return options;
  }()};
  cw::Worker worker{[this] {
    cw::WorkerOptions options;
    options.coordinator = coordinator.address();
    return options;
  }()};
  cw::BackendPtr backend = cw::connect("thrift://" + coordinator.address());
};

const cw::BackendPtr& remote() {
  static Cluster cluster;
  return cluster.backend;
}
const cw::BackendPtr& local() {
  static const cw::BackendPtr backend = cw::connect("local");
  return backend;
}

/// The study's array: 136 chunks of (4, 721, 1440), float64.
cw::Array<double, 3> study() { return cw::random<double, 3>({544, 721, 1440}, 1, {4, 721, 1440}); }
const cw::Array<double, 3>& kept(const cw::BackendPtr& backend) {
  static const auto here = cw::persist(local(), study());
  static const auto there = cw::persist(remote(), study());
  return backend == local() ? here : there;
}

/// Times each iteration by itself; reports the median and the 99th percentile in microseconds.
template <class F>
void measure(benchmark::State& state, F&& f) {
  std::vector<double> times;
  for (auto _ : state) {
    const auto begin = Clock::now();
    f();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[std::min(times.size() - 1, times.size() * 99 / 100)];
}

chunkwise::bench::BareServer& bare() {
  static chunkwise::bench::BareServer server;
  return server;
}

void bare_ping(benchmark::State& state) {
  double element = 0;
  measure(state, [&] { bare().ask(&element, sizeof element); });
}
void element(benchmark::State& state) {
  const auto& x = kept(remote());
  std::int64_t i = 0;
  measure(state, [&] {
    benchmark::DoNotOptimize(cw::compute(remote(), x(i % 544, i % 721, i % 1440)));
    ++i;
  });
}

void bare_transfer(benchmark::State& state) {
  std::vector<char> memory(chunkwise::bench::transfer);
  measure(state, [&] { bare().ask(memory.data(), memory.size()); });
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(memory.size()));
}
void slice(benchmark::State& state) {
  const auto& x = kept(remote());
  std::int64_t i = 0;
  measure(state, [&] { benchmark::DoNotOptimize(cw::compute(remote(), x(i++ % 544))); });
  state.SetBytesProcessed(state.iterations() * 721 * 1440 * 8);
}

void mean_local(benchmark::State& state) {
  const auto& x = kept(local());
  measure(state, [&] { benchmark::DoNotOptimize(cw::compute(local(), cw::mean(x))); });
  state.SetBytesProcessed(state.iterations() * 544 * 721 * 1440 * 8);
}
void mean_remote(benchmark::State& state) {
  const auto& x = kept(remote());
  measure(state, [&] { benchmark::DoNotOptimize(cw::compute(remote(), cw::mean(x))); });
  state.SetBytesProcessed(state.iterations() * 544 * 721 * 1440 * 8);
}

/// A mean over so many chunks of 8 elements.
void tiny_chunks(benchmark::State& state, const cw::BackendPtr& backend) {
  const auto x = cw::random<double, 1>({state.range(0) * 8}, 1, {8});
  measure(state, [&] { benchmark::DoNotOptimize(cw::compute(backend, cw::mean(x))); });
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void tiny_chunks_local(benchmark::State& state) { tiny_chunks(state, local()); }
void tiny_chunks_remote(benchmark::State& state) { tiny_chunks(state, remote()); }

BENCHMARK(bare_ping)->UseRealTime()->Iterations(20000);
BENCHMARK(element)->UseRealTime()->Iterations(20000);
BENCHMARK(bare_transfer)->UseRealTime()->Iterations(300);
BENCHMARK(slice)->UseRealTime()->Iterations(300);
BENCHMARK(mean_local)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(mean_remote)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(tiny_chunks_local)->UseRealTime()->Unit(benchmark::kMillisecond)->Arg(1000)->Arg(100000);
BENCHMARK(tiny_chunks_remote)->UseRealTime()->Unit(benchmark::kMillisecond)->Arg(1000)->Arg(100000);

}  // namespace
