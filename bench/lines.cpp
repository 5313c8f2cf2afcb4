// Functions of lines along the first axis and along the last, beside the loop that a careful programmer would write for
// an array in memory: running sums row by row, lines that are copied, sorted or partitioned, and copied back.
#include <algorithm>
#include <string>
#include <vector>

#include "beside.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

constexpr std::int64_t rows = 2000, columns = 2000;

struct Field {
  std::vector<double> elements;
  Array<double, 2> x;
};
const Field& field() {
  static const Field made = [] {
    std::vector<double> elements = compute(local(1), random<double, 2>({rows, columns}, 1)).mutable_copy();
    return Field{elements, from_vector<2>(elements, {rows, columns}, {100, columns})};
  }();
  return made;
}

/// Calls change(line) for a copy of each line, which it may make shorter, and stores the changed line.
template <class Change>
void bare_lines(int axis, std::vector<double>& out, Change&& change) {
  const std::vector<double>& x = field().elements;
  const std::int64_t lines = axis == 0 ? columns : rows, length = axis == 0 ? rows : columns;
  const std::int64_t step = axis == 0 ? columns : 1, next = axis == 0 ? 1 : columns;
  std::vector<double> line;
  for (std::int64_t l = 0; l < lines; ++l) {
    line.resize(static_cast<std::size_t>(length));
    for (std::int64_t i = 0; i < length; ++i)
      line[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(l * next + i * step)];
    change(line);
    for (std::int64_t i = 0; i < std::ssize(line); ++i)
      out[static_cast<std::size_t>(std::ssize(line) == 1 ? l : l * next + i * step)] =
          line[static_cast<std::size_t>(i)];
  }
}

void bare_running_sums(std::vector<double>& out) {
  const std::vector<double>& x = field().elements;
  std::copy_n(x.begin(), columns, out.begin());
  for (std::size_t i = columns; i < x.size(); ++i) out[i] = out[i - columns] + x[i];
}

const Work work{.bytes = 2.0 * 8 * rows * columns, .items = 1.0 * rows * columns};

template <class Limit, class Ours>
void add_row(const std::string& name, Limit limit, Ours ours) {
  add("lines/" + name + "/double/threads:1", [=](benchmark::State& state) {
    std::vector<double> out(rows * columns);
    beside(
        state, work,
        [&] {
          limit(out);
          benchmark::DoNotOptimize(out.data());
        },
        [&] { benchmark::DoNotOptimize(compute(local(1), ours(field().x))); });
  });
}

}  // namespace

void add_lines() {
  const auto sums = [](std::vector<double>& line) {
    for (std::size_t i = 1; i < line.size(); ++i) line[i] += line[i - 1];
  };
  const auto sorts = [](std::vector<double>& line) { std::sort(line.begin(), line.end()); };
  const auto middle = [](std::vector<double>& line) {
    const auto at = line.begin() + std::ssize(line) / 2;
    std::nth_element(line.begin(), at, line.end());
    line[0] = (*std::max_element(line.begin(), at) + *at) / 2;
    line.resize(1);
  };
  add_row("cumsum axis 0", bare_running_sums, [](const auto& x) { return cumsum(x, 0); });
  add_row(
      "cumsum axis -1", [=](auto& out) { bare_lines(1, out, sums); }, [](const auto& x) { return cumsum(x, 1); });
  add_row(
      "sort axis 0", [=](auto& out) { bare_lines(0, out, sorts); }, [](const auto& x) { return sort(x, 0); });
  add_row(
      "sort axis -1", [=](auto& out) { bare_lines(1, out, sorts); }, [](const auto& x) { return sort(x, 1); });
  add_row(
      "median axis 0", [=](auto& out) { bare_lines(0, out, middle); }, [](const auto& x) { return median(x, 0); });
  add_row(
      "median axis -1", [=](auto& out) { bare_lines(1, out, middle); }, [](const auto& x) { return median(x, 1); });
}

}  // namespace chunkwise::bench
