// The array language beside loops written by hand: windows, order, places, products, exact sums, what is fused into a
// mean. Over 544 steps of a part of the study's field, in memory that has been touched, by all threads.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "bare_language.hpp"
#include "beside.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

constexpr std::int64_t times = 544, rows = 60;

int threads() { return thread_counts().back(); }

/// Random numbers in memory, and the same packed into int16.
struct Field {
  std::vector<double> elements;
  std::vector<std::int16_t> stored;
  Array<double, 3> x;
  Array<std::int16_t, 3> packed;
  Rows<double> bare;
};
const Field& field() {
  static const Field made = [] {
    auto elements = compute(local(threads()), random<double, 3>({times, rows, longitudes}, 1)).mutable_copy();
    std::vector<std::int16_t> stored;
    stored.reserve(elements.size());
    for (const double element : elements)
      stored.push_back(static_cast<std::int16_t>(std::lround(element * 60000 - 30000)));
    const Shape shape{times, rows, longitudes};
    const Shape chunks{chunk_steps, rows, longitudes};
    // Vectors that are moved keep their memory.
    auto x = from_memory<3>(static_cast<const double*>(elements.data()), shape, nullptr, chunks);
    auto packed = from_memory<3>(static_cast<const std::int16_t*>(stored.data()), shape, nullptr, chunks);
    const Rows<double> bare{elements.data(), static_cast<std::size_t>(times),
                            static_cast<std::size_t>(rows * longitudes)};
    return Field{std::move(elements), std::move(stored), std::move(x), std::move(packed), bare};
  }();
  return made;
}

/// A result that the bare loop writes.
template <class T>
T* room(std::size_t n) {
  static std::vector<T> memory;
  if (memory.size() < n) memory.resize(n);
  return memory.data();
}

Work work(double bar, double passes = 1) {
  const auto n = static_cast<double>(times * rows * longitudes);
  return {.bytes = passes * n * 8, .items = n, .bar = bar};
}

/// A loop over columns beside an expression of the field.
template <class Limit, class Ours>
void add_columns(const std::string& name, double bar, double passes, Limit limit, Ours ours) {
  add("language/" + name, [=](benchmark::State& state) {
    const Field& f = field();
    BareTeam team(threads());
    beside(
        state, work(bar, passes),
        [&] { team.run(f.bare.width, [&](std::size_t begin, std::size_t end) { limit(f.bare, begin, end); }); },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), ours(f))); });
  });
}

/// A loop over all elements beside a reduction of all.
template <class Limit, class Ours>
void add_whole(const std::string& name, double bar, Limit limit, Ours ours) {
  add("language/" + name, [=](benchmark::State& state) {
    const Field& f = field();
    BareTeam team(threads());
    beside(
        state, work(bar),
        [&] {
          team.run(f.elements.size(), [&](std::size_t begin, std::size_t end) {
            benchmark::DoNotOptimize(limit(f.elements.data() + begin, end - begin));
          });
        },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), ours(f))); });
  });
}

constexpr std::size_t all_elements = static_cast<std::size_t>(times * rows * longitudes);

void add_windows() {
  for (const std::int64_t size : {20, 365})
    add_columns(
        "rolling mean of " + std::to_string(size), 1.5, 2,
        [size](const Rows<double>& x, std::size_t begin, std::size_t end) {
          bare::running_means(x, begin, end, static_cast<std::size_t>(size), room<double>(all_elements));
        },
        [size](const Field& f) { return mean(rolling(f.x, 0, size), -1); });
  add("language/rolling mean of 365 beside 20", [](benchmark::State& state) {
    const Field& f = field();
    beside(
        state, work(1.2, 2),
        [&] { benchmark::DoNotOptimize(compute(local(threads()), mean(rolling(f.x, 0, 20), -1))); },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), mean(rolling(f.x, 0, 365), -1))); });
  });
}

void add_order() {
  const auto bare_quantile = [](double q) {
    return [q](const Rows<double>& x, std::size_t begin, std::size_t end) {
      bare::quantiles(x, begin, end, q, room<double>(x.width));
    };
  };
  add_columns("median", 1.5, 1, bare_quantile(0.5), [](const Field& f) { return median(f.x, 0); });
  add_columns("quantile 0.9", 1.5, 1, bare_quantile(0.9),
              [](const Field& f) { return chunkwise::quantile(f.x, 0.9, 0); });
  add_columns("median of int16", 1, 0.25, bare_quantile(0.5), [](const Field& f) { return median(f.packed, 0); });
}

void add_places() {
  add_columns(
      "argmax along time", 1.3, 1,
      [](const Rows<double>& x, std::size_t begin, std::size_t end) {
        bare::largest_rows(x, begin, end, room<std::int64_t>(x.width));
      },
      [](const Field& f) { return argmax(f.x, 0); });
  add_columns(
      "prod along time", 1.3, 1,
      [](const Rows<double>& x, std::size_t begin, std::size_t end) {
        bare::column_products(x, begin, end, room<double>(x.width));
      },
      [](const Field& f) { return prod(f.x, 0); });
  add_columns(
      "cumsum along time", 1.3, 2,
      [](const Rows<double>& x, std::size_t begin, std::size_t end) {
        bare::running_sums(x, begin, end, room<double>(all_elements));
      },
      [](const Field& f) { return cumsum(f.x, 0); });
  add_whole("argmax", 1.3, &bare::largest_of, [](const Field& f) { return argmax(f.x); });
  add_whole("prod", 1.3, &bare::product, [](const Field& f) { return prod(f.x); });
  add_whole("any", 1.3, &bare::any, [](const Field& f) { return any(f.x); });
}

void add_fused() {
  add_whole("mean of sqrt", 1.2, &bare::sum_of_roots, [](const Field& f) { return mean(sqrt(f.x)); });
  add_whole("mean of floor", 1.2, &bare::sum_of_floors, [](const Field& f) { return mean(floor(f.x * 8.0)); });
  add_whole("mean of square", 1.2, &bare::sum_of_squares, [](const Field& f) { return mean(square(f.x)); });
  add_whole("mean of exp", 1.3, &bare::sum_of_exp, [](const Field& f) { return mean(exp(f.x)); });
  add_whole("mean of log", 1.3, &bare::sum_of_log, [](const Field& f) { return mean(log(f.x)); });
  add_whole("mean of sin", 1.3, &bare::sum_of_sin, [](const Field& f) { return mean(sin(f.x)); });
}

void add_exact() {
  add("language/exact sum beside sum", [](benchmark::State& state) {
    const Field& f = field();
    beside(
        state, work(1.5), [&] { benchmark::DoNotOptimize(compute(local(threads()), sum(f.x))); },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), sum(f.x, exact))); });
  });
  add("language/exact sum along time beside sum", [](benchmark::State& state) {
    const Field& f = field();
    beside(
        state, work(0), [&] { benchmark::DoNotOptimize(compute(local(threads()), sum(f.x, 0))); },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), sum(f.x, 0, exact))); });
  });
}

void add_products() {
  constexpr std::int64_t n = 600;
  add("language/matmul of 600", [](benchmark::State& state) {
    const auto a = compute(local(1), random<double, 2>({n, n}, 1)).mutable_copy();
    const auto b = compute(local(1), random<double, 2>({n, n}, 2)).mutable_copy();
    const auto x = from_vector<2>(a, {n, n}), y = from_vector<2>(b, {n, n});
    std::vector<double> c(n * n);
    BareTeam team(threads());
    beside(
        state, {.bytes = 3.0 * 8 * n * n, .items = 1.0 * n * n * n, .bar = 3},
        [&] {
          team.run(n, [&](std::size_t begin, std::size_t end) {
            bare::product_of_matrices(a.data(), b.data(), n, begin, end, c.data());
          });
          benchmark::DoNotOptimize(c.data());
        },
        [&] { benchmark::DoNotOptimize(compute(local(threads()), matmul(x, y))); });
  });
}

}  // namespace

void add_language() {
  add_windows();
  add_order();
  add_places();
  add_fused();
  add_exact();
  add_products();
}

}  // namespace chunkwise::bench
