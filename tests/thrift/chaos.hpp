#pragma once
/// The weather study's z-score on a cluster whose workers die, for the tests of failures.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise::testing_cluster {

/// Returns the threads of this process.
inline const BackendPtr& local() {
  static const BackendPtr backend = connect("local");
  return backend;
}

/// 66 MB of random numbers in chunks of half a megabyte.
inline Array<double, 3> numbers() { return random<double, 3>({256, 80, 400}, 7, {2, 80, 400}); }
/// Takes no time.
inline auto light() { return numbers() * 3.0 + 0.25; }

/// Elementwise work, so that what a run takes is the workers' time. Typed anew at each step: it is put together when
/// the test runs, and not by the compiler.
template <int N>
[[nodiscard]] Array<double, N> worked(Array<double, N> x, int times) {
  for (int i = 0; i < times; ++i) {
    const auto step = log(sqrt(exp(x) + 0.5));
    x = Array<double, N>(UntypedArray{lower(step), step.shape(), step.labels()});
  }
  return x;
}

template <Expression E>
[[nodiscard]] auto z_score(const E& x) {
  return (x - mean(x, 0)) / stddev(x, 0);
}

template <Element T, int N>
[[nodiscard]] bool same_bits(const NdArray<T, N>& a, const NdArray<T, N>& b) {
  const auto left = a.mutable_copy();
  const auto right = b.mutable_copy();
  return a.shape() == b.shape() && left.size() == right.size() &&
         std::memcmp(left.data(), right.data(), left.size() * sizeof(T)) == 0;
}

/// How often a chaotic test is told: three times, or CHUNKWISE_CHAOS times.
[[nodiscard]] inline std::uint64_t chaos_rounds() {
  const char* const rounds = std::getenv("CHUNKWISE_CHAOS");
  return rounds ? std::strtoull(rounds, nullptr, 10) : 3;
}

/// Runs an expression while every 300 to 1000 ms a worker is killed and another started, or a worker freezes until the
/// next time; how many were killed.
template <Expression E, class Result>
int compute_in_chaos(Cluster& cluster, const E& expression, const Result& expected, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  int killed = 0;
  const auto backend = connect(cluster.uri());
  auto run = submit(backend, expression);
  while (!run.ready()) {
    const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(300 + random() % 700);
    while (!run.ready() && std::chrono::steady_clock::now() < next)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (run.ready()) break;
    for (const Process& worker : cluster.workers()) worker.signal(SIGCONT);
    const std::size_t which = random() % cluster.workers().size();
    if (random() % 4 == 0) {
      cluster.workers()[which].signal(SIGSTOP);
    } else {
      cluster.kill_worker(which);
      cluster.add_worker();
      ++killed;
    }
  }
  for (const Process& worker : cluster.workers()) worker.signal(SIGCONT);
  try {
    EXPECT_TRUE(same_bits(run.get(), expected)) << "seed " << seed << "\n" << cluster.logs();
  } catch (const Error& error) {
    ADD_FAILURE() << "seed " << seed << ": " << error.what() << "\n" << cluster.logs();
  }
  return killed;
}

}  // namespace chunkwise::testing_cluster
