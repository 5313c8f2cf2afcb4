// The growth of cost with the number of chunks, from 10 to a million, and of joined arrays, from 10 to 100,000. The
// arrays are tiny, so that only the cost of each chunk or part by itself is left.
#include <string>

#include "beside.hpp"
#include "runtime/plan/plan.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

constexpr std::int64_t tiny = 8;  ///< elements of a chunk

/// Returns an array of n chunks in memory.
Array<double, 1> chunks(std::int64_t n) {
  return from_vector<1>(std::vector<double>(static_cast<std::size_t>(n * tiny), 1.5), {n * tiny}, {tiny});
}

/// Returns n arrays in memory, joined.
Array<double, 1> parts(std::int64_t n) {
  std::vector<Array<double, 1>> list;
  for (std::int64_t i = 0; i < n; ++i)
    list.push_back(from_vector<1>(std::vector<double>(static_cast<std::size_t>(tiny), static_cast<double>(i)), {tiny}));
  return concatenate(list, 0);
}

void plan_of_a_mean(benchmark::State& state, std::int64_t n) {
  const Array<double, 1> x = chunks(n);
  const std::vector<OutputKind> outputs(1);
  alone(state, {.items = static_cast<double>(n)}, [&] {
    Graph graph;
    graph.outputs.push_back(lower(mean(x)));
    const plan::Passes passes;
    benchmark::DoNotOptimize(plan::make_plan(plan::optimize(std::move(graph), passes), outputs, passes,
                                             thread_counts().back(), std::uint64_t{1} << 32));
  });
}

void mean_of_chunks(benchmark::State& state, std::int64_t n) {
  const Array<double, 1> x = chunks(n);
  const BackendPtr& backend = local(thread_counts().back());
  alone(state, {.items = static_cast<double>(n), .bar_us = n == 100000 ? 0.3 * static_cast<double>(n) : 0},
        [&] { benchmark::DoNotOptimize(compute(backend, mean(x))); });
}

void map_of_chunks(benchmark::State& state, std::int64_t n) {
  const Array<double, 1> x = chunks(n);
  const BackendPtr& backend = local(thread_counts().back());
  alone(state, {.items = static_cast<double>(n)}, [&] { benchmark::DoNotOptimize(compute(backend, x * 2.0 - x)); });
}

void join(benchmark::State& state, std::int64_t n) {
  std::vector<Array<double, 1>> list;
  for (std::int64_t i = 0; i < n; ++i)
    list.push_back(from_vector<1>(std::vector<double>(static_cast<std::size_t>(tiny), static_cast<double>(i)), {tiny}));
  alone(state, {.items = static_cast<double>(n)}, [&] { benchmark::DoNotOptimize(concatenate(list, 0)); });
}

void element_of_parts(benchmark::State& state, std::int64_t n) {
  const Array<double, 1> x = parts(n);
  std::int64_t i = 0;
  alone(state, {.items = 1, .bar_us = 5}, [&] {
    benchmark::DoNotOptimize(compute(local(1), x(i % (n * tiny))));
    i += 7919;
  });
}

void mean_of_parts(benchmark::State& state, std::int64_t n) {
  const Array<double, 1> x = parts(n);
  const BackendPtr& backend = local(thread_counts().back());
  alone(state, {.items = static_cast<double>(n)}, [&] { benchmark::DoNotOptimize(compute(backend, mean(x))); });
}

}  // namespace

void add_growth() {
  add_curve("plan of a mean, by chunks", 10, 1'000'000, plan_of_a_mean);
  add_curve("mean, by chunks", 10, 1'000'000, mean_of_chunks);
  add_curve("x * 2 - x, by chunks", 10, 1'000'000, map_of_chunks);
  add_curve("join, by arrays", 10, 100'000, join);
  add_curve("element, by joined arrays", 10, 100'000, element_of_parts);
  add_curve("mean, by joined arrays", 10, 100'000, mean_of_parts);
}

}  // namespace chunkwise::bench
