// The parts that every operation is made of: planning, handing out work, kernels native and interpreted, from the cache
// and from memory, and reductions along each axis of arrays of 2, 3 and 4 axes.
#include <string>

#include "beside.hpp"
#include "chunkwise/core/buffer.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/executor/team.hpp"
#include "runtime/interpret/interpret.hpp"
#include "runtime/plan/plan.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

// ---- planning and handing out

void plan_of_zscore(benchmark::State& state) {
  const auto x = generated<double>(544);
  const std::vector<OutputKind> outputs(1);
  alone(state, {.items = 1}, [&] {
    Graph graph;
    graph.outputs.push_back(lower((x - mean(x, 0)) / stddev(x, 0)));
    const plan::Passes passes;
    benchmark::DoNotOptimize(plan::make_plan(plan::optimize(std::move(graph), passes), outputs, passes,
                                             thread_counts().back(), std::uint64_t{1} << 36));
  });
}

/// Items that do nothing; the limit is a counter that the same threads share.
void empty_items(benchmark::State& state, int threads) {
  constexpr std::int64_t items = 100'000;
  BareTeam team(threads);
  const executor::ItemFunction nothing = [](int, std::int64_t item) { benchmark::DoNotOptimize(item); };
  beside(
      state, {.items = items},
      [&] {
        std::atomic<std::int64_t> next{0};
        team.run(static_cast<std::size_t>(threads) * 64, [&](std::size_t, std::size_t) {
          while (next.fetch_add(1, std::memory_order_relaxed) < items) {
          }
        });
      },
      [&] { executor::run_items(threads, items, nothing, nullptr); });
}

// ---- (a - b) / c

/// Numbers in memory, and a place for as many.
template <class T>
struct Operands {
  explicit Operands(std::size_t count) : n(count), memory(allocate_buffer(4 * count * sizeof(T))) {
    a = reinterpret_cast<T*>(memory.get());
    for (std::size_t i = 0; i < 4 * n; ++i) a[i] = static_cast<T>(i % 97) + T{1};
  }
  [[nodiscard]] const T* b() const { return a + n; }
  [[nodiscard]] const T* c() const { return a + 2 * n; }
  [[nodiscard]] T* out() const { return a + 3 * n; }
  std::size_t n;
  Buffer memory;
  T* a;
};

/// The map of (a - b) / c over one-dimensional arrays.
template <class T>
NodePtr formula(const Operands<T>& o) {
  const Shape shape{static_cast<std::int64_t>(o.n)};
  return lower((from_memory<1>(o.a, shape, o.memory) - from_memory<1>(o.b(), shape, o.memory)) /
               from_memory<1>(o.c(), shape, o.memory));
}

/// The kernel by itself, over blocks that stay in the cache.
template <class T>
void kernel_from_cache(benchmark::State& state, std::size_t n, bool native) {
  const Operands<T> o(n);
  const NodePtr map = formula(o);
  const Program& program = *map->as<MapNode>()->program;
  const KernelFunction kernel = find_kernel(program);
  const void* const inputs[] = {o.a, o.b(), o.c()};
  constexpr int times = 1000;
  beside(
      state, {.bytes = 4.0 * static_cast<double>(times * n * sizeof(T)), .items = static_cast<double>(times * n)},
      [&] {
        for (int i = 0; i < times; ++i) {
          bare::combine(o.a, o.b(), o.c(), n, o.out());
          benchmark::ClobberMemory();
        }
      },
      [&] {
        for (int i = 0; i < times; ++i) {
          if (native)
            kernel(inputs, nullptr, o.out(), n);
          else
            interpret::run(program, inputs, nullptr, o.out(), n);
          benchmark::ClobberMemory();
        }
      });
}

/// The kernel in blocks of 1024 over memory that no cache holds: native beside the bare loop.
template <class T>
void native_from_memory(benchmark::State& state) {
  const Operands<T> o(std::size_t{1} << 24);
  const NodePtr map = formula(o);
  const KernelFunction kernel = find_kernel(*map->as<MapNode>()->program);
  beside(
      state, {.bytes = 4.0 * static_cast<double>(o.n * sizeof(T)), .items = static_cast<double>(o.n)},
      [&] { bare::combine(o.a, o.b(), o.c(), o.n, o.out()); },
      [&] {
        for (std::size_t i = 0; i < o.n; i += 1024) {
          const void* const inputs[] = {o.a + i, o.b() + i, o.c() + i};
          kernel(inputs, nullptr, o.out() + i, 1024);
        }
      });
}

/// The same, interpreted: the limit is the native kernel.
template <class T>
void interpreted_from_memory(benchmark::State& state) {
  const Operands<T> o(std::size_t{1} << 24);
  const NodePtr map = formula(o);
  const Program& program = *map->as<MapNode>()->program;
  const KernelFunction kernel = find_kernel(program);
  const auto in_blocks = [&](const auto& run) {
    for (std::size_t i = 0; i < o.n; i += 1024) {
      const void* const inputs[] = {o.a + i, o.b() + i, o.c() + i};
      run(inputs, o.out() + i);
    }
  };
  beside(
      state, {.bytes = 4.0 * static_cast<double>(o.n * sizeof(T)), .items = static_cast<double>(o.n), .bar = 1.3},
      [&] { in_blocks([&](const void* const* inputs, T* out) { kernel(inputs, nullptr, out, 1024); }); },
      [&] { in_blocks([&](const void* const* in, T* out) { interpret::run(program, in, nullptr, out, 1024); }); });
}

// ---- reductions along each axis

template <int Rank>
void mean_along(benchmark::State& state, const Shape& shape, int axis) {
  const int threads = thread_counts().back();
  const Array<double, Rank> x = persist(local(threads), random<double, Rank>(shape, 1));
  const double* data = compute(local(threads), x).data();
  std::size_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(shape[i]);
  for (int i = axis + 1; i < Rank; ++i) inner *= static_cast<std::size_t>(shape[i]);
  const auto reduced = static_cast<std::size_t>(shape[axis]);
  std::vector<double> sums(outer * inner);
  BareTeam team(threads);
  beside(
      state,
      {.bytes = static_cast<double>(shape.elements()) * sizeof(double), .items = static_cast<double>(shape.elements())},
      [&] {
        if (outer == 1) {
          const Rows<double> rows{data, reduced, inner};
          team.run(inner, [&](std::size_t a, std::size_t b) { bare::column_sums(rows, a, b, sums.data()); });
          return;
        }
        team.run(outer * 64, [&](std::size_t a, std::size_t b) {
          for (std::size_t i = a / 64; i < b / 64; ++i) {
            const double* from = data + i * reduced * inner;
            if (inner == 1)
              sums[i] = bare::sum(from, reduced);
            else
              bare::column_sums({from, reduced, inner}, 0, inner, sums.data() + i * inner);
          }
        });
      },
      [&] { benchmark::DoNotOptimize(compute(local(threads), mean(x, runtime_axis(axis)))); });
}

template <int Rank>
void add_axes(const Shape& shape) {
  for (int axis = 0; axis < Rank; ++axis)
    add("machinery/mean of " + std::to_string(Rank) + " axes along/" + std::to_string(axis),
        [shape, axis](benchmark::State& state) { mean_along<Rank>(state, shape, axis); });
}

template <class T>
void add_kernels(const std::string& type) {
  for (const std::size_t n : {std::size_t{16}, std::size_t{1024}}) {
    add("machinery/native from cache, " + std::to_string(n) + " elements/" + type,
        [n](benchmark::State& state) { kernel_from_cache<T>(state, n, true); });
    add("machinery/interpreted from cache, " + std::to_string(n) + " elements/" + type,
        [n](benchmark::State& state) { kernel_from_cache<T>(state, n, false); });
  }
  add("machinery/native from memory/" + type, native_from_memory<T>);
  add("machinery/interpreted from memory, beside native/" + type, interpreted_from_memory<T>);
}

}  // namespace

void add_machinery() {
  add("machinery/plan of the z-score", plan_of_zscore);
  for (const int n : thread_counts())
    add("machinery/100,000 empty items/threads:" + std::to_string(n),
        [n](benchmark::State& state) { empty_items(state, n); });
  add_kernels<float>("float32");
  add_kernels<double>("float64");
  add_axes<2>({8192, 4096});
  add_axes<3>({128, 512, 512});
  add_axes<4>({32, 64, 128, 128});
}

}  // namespace chunkwise::bench
