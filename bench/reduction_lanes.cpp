// Should the lanes of a sum run on over the rows of a chunk, or start again on each row? Both are streamable
// definitions; this measures their cost for rows of several lengths. docs/semantics.md took the first on the strength
// of it.
#include <benchmark/benchmark.h>

#include <vector>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/reduce/reduce.hpp"

namespace {

namespace reduce = chunkwise::reduce;
using chunkwise::DType;

constexpr std::int64_t elements = 1 << 17;  // 1 MB of float64: the second-level cache

std::vector<double> data() {
  std::vector<double> values(elements);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 280.0 + static_cast<double>(i % 64) * 0.1;
  return values;
}

/// One stretch over all rows.
void flattened(benchmark::State& state) {
  const std::vector<double> values = data();
  std::vector<double> lanes(reduce::lanes);
  for (auto _ : state) {
    reduce::accumulate_lanes(chunkwise::aggregate::SumState::code, DType::float64, lanes.data(), values.data(),
                             values.size(), 0);
    benchmark::DoNotOptimize(lanes.data());
  }
  state.SetBytesProcessed(state.iterations() * elements * 8);
}

/// A run for each row, from lane 0.
void restarted(benchmark::State& state) {
  const std::vector<double> values = data();
  const std::int64_t row = state.range(0);
  std::vector<double> lanes(reduce::lanes);
  for (auto _ : state) {
    for (std::int64_t begin = 0; begin + row <= elements; begin += row)
      reduce::accumulate_lanes(chunkwise::aggregate::SumState::code, DType::float64, lanes.data(),
                               values.data() + begin, static_cast<std::size_t>(row), 0);
    benchmark::DoNotOptimize(lanes.data());
  }
  state.SetBytesProcessed(state.iterations() * (elements / row * row) * 8);
}

}  // namespace

BENCHMARK(flattened);
BENCHMARK(restarted)->Arg(4)->Arg(30)->Arg(100)->Arg(360)->Arg(1440)->Arg(10000);
