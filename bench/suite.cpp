// The benchmarks, in one binary and one run: ours beside the bare loop that marks the limit. Besides the options of
// Google Benchmark (--benchmark_filter, --benchmark_out, ...):
//   bench_suite [--steps=N]      N steps of time in the study's array, 136 by default; 544 needs 14 GB of memory
#include "suite.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "chunkwise/core/buffer.hpp"
#include "runtime/core/machine.hpp"

namespace chunkwise::bench {

namespace {

std::int64_t the_steps = 136;

/// One of the two is in memory at a time: the full size of both would not leave room for results.
template <class T>
std::optional<Study<T>>& kept() {
  static std::optional<Study<T>> study;
  return study;
}

}  // namespace

std::int64_t steps() { return the_steps; }

const std::vector<int>& thread_counts() {
  static const std::vector<int> counts = [] {
    std::vector<int> list;
    for (int n = 1; n < usable_threads(); n *= 2) list.push_back(n);
    list.push_back(usable_threads());
    return list;
  }();
  return counts;
}

const BackendPtr& local(int threads) {
  static std::map<int, BackendPtr> backends;
  BackendPtr& backend = backends[threads];
  if (!backend) backend = connect("local:" + std::to_string(threads));
  return backend;
}

template <class T>
const Study<T>& study() {
  using Other = std::conditional_t<std::is_same_v<T, float>, double, float>;
  if (!kept<T>()) {
    kept<Other>().reset();
    trim_pool();
    const BackendPtr& backend = local(thread_counts().back());
    Array<T, 3> x = persist(backend, generated<T>(steps()));
    const T* data = compute(backend, x).data();
    kept<T>() = Study<T>{std::move(x),
                         {data, static_cast<std::size_t>(steps()), static_cast<std::size_t>(latitudes * longitudes)}};
  }
  return *kept<T>();
}
template const Study<float>& study<float>();
template const Study<double>& study<double>();

void forget_study() {
  kept<float>().reset();
  kept<double>().reset();
  trim_pool();
}

}  // namespace chunkwise::bench

int main(int argc, char** argv) {
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--steps=", 0) == 0)
      chunkwise::bench::the_steps = std::max(4L, std::atol(argument.c_str() + 8) / 4 * 4);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("steps", std::to_string(chunkwise::bench::steps()));
  chunkwise::bench::add_study();
  chunkwise::bench::add_machinery();
  chunkwise::bench::add_growth();
  chunkwise::bench::add_lines();
  chunkwise::bench::add_shapes();
  chunkwise::bench::add_language();
#ifdef CHUNKWISE_BENCH_FILES
  chunkwise::bench::add_memory();
#endif
#ifdef CHUNKWISE_BENCH_CLUSTER
  chunkwise::bench::add_coordinator();
  chunkwise::bench::add_backends();
#endif
  benchmark::AddCustomContext("threads", std::to_string(chunkwise::bench::thread_counts().back()));
  benchmark::RunSpecifiedBenchmarks();
#ifdef CHUNKWISE_BENCH_CLUSTER
  chunkwise::bench::end_backends();
#endif
  benchmark::Shutdown();
}
