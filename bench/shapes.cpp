// Functions of shape beside the loops that a careful programmer would write for an array in memory.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "beside.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

constexpr std::int64_t rows = 2000, columns = 2000;
constexpr std::int64_t taken = 200;  ///< a tenth
constexpr double bar = 1.3;

const std::vector<double>& elements() {
  static const std::vector<double> made = compute(local(1), random<double, 2>({rows, columns}, 1)).mutable_copy();
  return made;
}
const Array<double, 2>& field() {
  static const Array<double, 2> made = from_vector<2>(elements(), {rows, columns}, {100, columns});
  return made;
}
const std::vector<std::int64_t>& indices() {
  static const std::vector<std::int64_t> made = [] {
    std::vector<std::int64_t> list;
    for (std::int64_t i = 0; i < taken; ++i) list.push_back(i * 7919 % rows);
    return list;
  }();
  return made;
}

/// Twice the transpose, in tiles whose rows and columns stay in the first cache.
void bare_transpose(std::vector<double>& out) {
  constexpr std::int64_t tile = 16;
  const double* const x = elements().data();
  for (std::int64_t i = 0; i < columns; i += tile)
    for (std::int64_t j = 0; j < rows; j += tile)
      for (std::int64_t a = i; a < std::min(i + tile, columns); ++a)
        for (std::int64_t b = j; b < std::min(j + tile, rows); ++b)
          out[static_cast<std::size_t>(a * rows + b)] = x[b * columns + a] * 2.0;
}

void bare_rows(std::vector<double>& out) {
  for (std::size_t i = 0; i < indices().size(); ++i)
    std::memcpy(out.data() + i * columns, elements().data() + indices()[i] * columns, columns * sizeof(double));
}

void bare_columns(std::vector<double>& out) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < indices().size(); ++i)
      out[static_cast<std::size_t>(r * taken) + i] = elements()[static_cast<std::size_t>(r * columns + indices()[i])];
}

/// The elements above nine tenths: counted, then taken.
void bare_masked(std::vector<double>& out) {
  std::size_t count = 0;
  for (const double element : elements()) count += element > 0.9 ? 1U : 0U;
  benchmark::DoNotOptimize(count);
  double* to = out.data();
  for (const double element : elements())
    if (element > 0.9) *to++ = element;
}

/// `results` returns the number of elements of a result, once the row is run.
template <class Results, class Limit, class Ours>
void add_row(const std::string& name, Results results, Limit limit, Ours ours) {
  add("shapes/" + name + "/double/threads:1", [=](benchmark::State& state) {
    const auto count = static_cast<double>(results());
    const Work work{.bytes = 2.0 * 8 * count, .items = count, .bar = bar};
    std::vector<double> out(static_cast<std::size_t>(results()));
    beside(
        state, work,
        [&] {
          limit(out);
          benchmark::DoNotOptimize(out.data());
        },
        [&] { benchmark::DoNotOptimize(compute(local(1), ours(field()))); });
  });
}

}  // namespace

void add_shapes() {
  add_row(
      "transpose", [] { return rows * columns; }, bare_transpose, [](const auto& x) { return transpose(x) * 2.0; });
  add_row(
      "take rows", [] { return taken * columns; }, bare_rows, [](const auto& x) { return take(x, indices(), 0); });
  add_row(
      "take columns", [] { return rows * taken; }, bare_columns, [](const auto& x) { return take(x, indices(), 1); });
  add_row(
      "take where a mask is true",
      [] { return std::ranges::count_if(elements(), [](double element) { return element > 0.9; }); }, bare_masked,
      [](const auto& x) { return masked(local(1), x, x > 0.9); });
}

}  // namespace chunkwise::bench
