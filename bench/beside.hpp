#pragma once
/// Ours beside the limit, in turns: each iteration runs both, so that other work of the machine falls on both alike.
/// The median of the ratios is reported. bench/report.py reads the counters.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace chunkwise::bench {

/// The bytes and items of an operation, and the bars that it has been promised to keep.
struct Work {
  double bytes = 0;        ///< that have to be read and written
  double items = 0;        ///< elements, chunks, ...: the things that are counted
  double bar = 0;          ///< at most so many times the limit; 0: no promise
  double bar_us = 0;       ///< at most so many microseconds; 0: no promise
  double bar_over_us = 0;  ///< at most so many microseconds more than the limit; 0: no promise
};

template <class F>
double seconds_of(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

/// Reports times alone: best_us, p50_us and p99_us, and the rates of the work at the median. An operation that has only
/// a bar in microseconds is held against the best time: on a machine with other users the median tells of them.
inline void report(benchmark::State& state, const Work& work, const std::vector<double>& ours) {
  const double median = quantile(ours, 0.5);
  state.counters["best_us"] = quantile(ours, 0) * 1e6;
  state.counters["p50_us"] = median * 1e6;
  state.counters["p99_us"] = quantile(ours, 0.99) * 1e6;
  if (work.bytes > 0) state.counters["GB/s"] = work.bytes / median * 1e-9;
  if (work.items > 0) {
    state.counters["ns_item"] = median * 1e9 / work.items;
    state.counters["items/s"] = work.items / median;
  }
  if (work.bar > 0) state.counters["bar"] = work.bar;
  if (work.bar_us > 0) state.counters["bar_us"] = work.bar_us;
}

/// Times `ours` alone, for operations that have no limit but a bar in microseconds.
template <class Ours>
void alone(benchmark::State& state, const Work& work, Ours&& ours) {
  ours();
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds_of(ours));
    state.SetIterationTime(times.back());
  }
  report(state, work, times);
}

/// Times `limit` and `ours` in turns; the counter `ratio` is the median of ours / limit, `limit_us` the limit's median.
template <class Limit, class Ours>
void beside(benchmark::State& state, const Work& work, Limit&& limit, Ours&& ours) {
  limit();
  ours();
  std::vector<double> limits, times, ratios, differences;
  for (auto _ : state) {
    const bool first = times.size() % 2 == 0;
    double bare = first ? seconds_of(limit) : 0;
    const double own = seconds_of(ours);
    if (!first) bare = seconds_of(limit);
    limits.push_back(bare);
    times.push_back(own);
    ratios.push_back(own / bare);
    differences.push_back(own - bare);
    state.SetIterationTime(own);
  }
  report(state, work, times);
  state.counters["limit_us"] = quantile(limits, 0.5) * 1e6;
  state.counters["ratio"] = quantile(ratios, 0.5);
  if (work.bar_over_us > 0) {
    state.counters["over_us"] = quantile(differences, 0.5) * 1e6;
    state.counters["bar_over_us"] = work.bar_over_us;
  }
}

/// Registers a benchmark that times itself; `f(state)`.
template <class F>
benchmark::internal::Benchmark* add(const std::string& name, F f) {
  return benchmark::RegisterBenchmark(name.c_str(), [f](benchmark::State& state) { f(state); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

/// Registers f(state, n) for n = least, 10 * least, ... most: a curve of growth/.
inline void add_curve(const std::string& name, std::int64_t least, std::int64_t most,
                      void (*f)(benchmark::State&, std::int64_t)) {
  for (std::int64_t n = least; n <= most; n *= 10)
    add("growth/" + name + "/" + std::to_string(n), [f, n](benchmark::State& state) { f(state, n); });
}

}  // namespace chunkwise::bench
