// The operations of the weather study over an array in memory, each beside the loop that one would write by hand.
#include <cmath>
#include <string>

#include "beside.hpp"
#include "chunkwise/core/buffer.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

/// Returns memory for a bare loop to write to; touched once, so that no loop pays for fresh pages.
template <class T>
T* room(std::size_t n) {
  static Buffer memory;
  static std::size_t size = 0;
  if (size < n * sizeof(T)) {
    memory.reset();
    memory = allocate_buffer(n * sizeof(T));
    size = n * sizeof(T);
    std::fill_n(reinterpret_cast<T*>(memory.get()), n, T{1});
  }
  return reinterpret_cast<T*>(memory.get());
}

/// Returns the work of an operation that passes over n elements so many times.
template <class T>
Work over(std::size_t n, double times, double bar = 0) {
  const auto items = static_cast<double>(n);
  return {.bytes = times * items * sizeof(T), .items = items, .bar = bar};
}

template <class T>
void element(benchmark::State& state) {
  const Array<T, 3>& x = study<T>().x;
  std::int64_t i = 0;
  alone(state, {.items = 1, .bar_us = 5}, [&] {
    benchmark::DoNotOptimize(compute(local(1), x(i % steps(), i % latitudes, i % longitudes)));
    ++i;
  });
}

template <class T>
void slice(benchmark::State& state) {
  const Array<T, 3>& x = study<T>().x;
  std::int64_t i = 0;
  alone(state, {.items = 1, .bar_us = 10}, [&] { benchmark::DoNotOptimize(compute(local(1), x(i++ % steps()))); });
}

template <class T>
void mean_of_all(benchmark::State& state, int threads) {
  const Study<T>& s = study<T>();
  BareTeam team(threads);
  beside(
      state, over<T>(s.rows.size(), 1, 1.15),
      [&] {
        std::atomic<double> total{0};
        team.run(s.rows.size(), [&](std::size_t a, std::size_t b) { total += bare::sum(s.rows.data + a, b - a); });
        benchmark::DoNotOptimize(total.load());
      },
      [&] { benchmark::DoNotOptimize(compute(local(threads), mean(s.x))); });
}

template <class T>
void mean_of_slice(benchmark::State& state, int threads) {
  const Study<T>& s = study<T>();
  BareTeam team(threads);
  std::int64_t i = 0;
  beside(
      state, over<T>(s.rows.width, 1),
      [&] {
        const T* row = s.rows.data + static_cast<std::size_t>(i % steps()) * s.rows.width;
        std::atomic<double> total{0};
        team.run(s.rows.width, [&](std::size_t a, std::size_t b) { total += bare::sum(row + a, b - a); });
        benchmark::DoNotOptimize(total.load());
        i += 7;
      },
      [&] {
        benchmark::DoNotOptimize(compute(local(threads), mean(s.x(i % steps()))));
        i += 7;
      });
}

/// One latitude at all times: from every chunk a row a step.
template <class T>
void mean_across_chunks(benchmark::State& state, int threads) {
  const Study<T>& s = study<T>();
  Work across = over<T>(s.rows.rows * longitudes, 1, 3);
  across.bar_us = 1000;
  std::size_t i = 0;
  beside(
      state, across,
      [&] {
        double total = 0;
        for (std::size_t t = 0; t < s.rows.rows; ++t)
          total += bare::sum(s.rows.data + t * s.rows.width + i % latitudes * longitudes, longitudes);
        benchmark::DoNotOptimize(total);
        i += 7;
      },
      [&] {
        benchmark::DoNotOptimize(
            compute(local(threads), mean(s.x(all, static_cast<std::int64_t>(i % latitudes), all))));
        i += 7;
      });
}

template <class T>
void mean_along_time(benchmark::State& state, int threads) {
  const Study<T>& s = study<T>();
  BareTeam team(threads);
  auto* sums = room<double>(s.rows.width);
  beside(
      state, over<T>(s.rows.size(), 1, 1.2),
      [&] { team.run(s.rows.width, [&](std::size_t a, std::size_t b) { bare::column_sums(s.rows, a, b, sums); }); },
      [&] { benchmark::DoNotOptimize(compute(local(threads), mean(s.x, 0))); });
}

template <class T>
void moments_along_time(benchmark::State& state, int threads) {
  const Study<T>& s = study<T>();
  BareTeam team(threads);
  T* m = room<T>(2 * s.rows.width);
  T* d = m + s.rows.width;
  beside(
      state, over<T>(s.rows.size(), 1, 1.3),
      [&] { team.run(s.rows.width, [&](std::size_t a, std::size_t b) { bare::column_moments(s.rows, a, b, m, d); }); },
      [&] { benchmark::DoNotOptimize(compute(local(threads), mean(s.x, 0), stddev(s.x, 0))); });
}

/// Both read the input twice; `touched`: results go to memory that has been written before.
template <class T>
void zscore(benchmark::State& state, int threads, bool touched) {
  const Study<T>& s = study<T>();
  BareTeam team(threads);
  const std::size_t width = s.rows.width;
  const auto two_passes = [&](T* out) {
    T* m = out + s.rows.size();
    T* d = m + width;
    team.run(width, [&](std::size_t a, std::size_t b) { bare::column_moments(s.rows, a, b, m, d); });
    team.run(s.rows.rows * 64,
             [&](std::size_t a, std::size_t b) { bare::standardise(s.rows, a / 64, b / 64, m, d, out); });
  };
  const std::size_t room_for = s.rows.size() + 2 * width;
  const auto z = [&] { return compute(local(threads), (s.x - mean(s.x, 0)) / stddev(s.x, 0)); };
  const Work work = over<T>(s.rows.size(), 3, touched ? 1.3 : 0);
  if (touched) {
    const Buffer out = allocate_buffer(room_for * sizeof(T));
    beside(
        state, work, [&] { two_passes(reinterpret_cast<T*>(out.get())); }, [&] { benchmark::DoNotOptimize(z()); });
  } else {
    beside(
        state, work,
        [&] {
          trim_pool();
          two_passes(reinterpret_cast<T*>(allocate_buffer(room_for * sizeof(T)).get()));
        },
        [&] {
          trim_pool();
          benchmark::DoNotOptimize(z());
        });
  }
}

template <class T>
void add_operations(const std::string& type) {
  const auto name = [&](const char* operation, int threads) {
    return std::string("study/") + operation + "/" + type + (threads > 0 ? "/threads:" + std::to_string(threads) : "");
  };
  add(name("element", 0), element<T>);
  add(name("slice", 0), slice<T>);
  for (const int n : thread_counts()) {
    const auto with = [n](void (*f)(benchmark::State&, int)) {
      return [f, n](benchmark::State& state) { f(state, n); };
    };
    add(name("mean", n), with(mean_of_all<T>));
    add(name("mean of a slice", n), with(mean_of_slice<T>));
    add(name("mean across chunks", n), with(mean_across_chunks<T>));
    add(name("mean along time", n), with(mean_along_time<T>));
    add(name("mean and std along time", n), with(moments_along_time<T>));
    add(name("z-score", n), [n](benchmark::State& state) { zscore<T>(state, n, true); });
  }
  const int all = thread_counts().back();
  add(name("z-score, fresh memory", all), [all](benchmark::State& state) { zscore<T>(state, all, false); });
}

}  // namespace

void add_study() {
  add_operations<float>("float32");
  add_operations<double>("float64");
}

}  // namespace chunkwise::bench
