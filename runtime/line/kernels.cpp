#include <algorithm>
#include <array>
#include <limits>

#include "chunkwise/core/made_once.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "runtime/core/level.hpp"
#include "runtime/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace {

/// The result of a function that is made of two neighbours in the order of a line, which is changed.
template <class F, class T>
typename F::template result<T> selected(std::span<T> line, const double* parameters) {
  constexpr auto nan = std::numeric_limits<typename F::template result<T>>::quiet_NaN();
  const std::size_t numbers = linewise::detail::numbers_first(line);
  if (numbers == 0 || (numbers < line.size() && !F::skips_nan)) return nan;
  const Place place = F::place(numbers, parameters);
  const auto below = line.begin() + static_cast<std::ptrdiff_t>(place.below);
  const auto end = line.begin() + static_cast<std::ptrdiff_t>(numbers);
  std::nth_element(line.begin(), below, end, linewise::detail::comes_before<T>);
  if (place.way == 0 || below + 1 == end) return F::between(*below, *below, 0.0);
  return F::between(*below, *std::min_element(below + 1, end, linewise::detail::comes_before<T>), place.way);
}

template <class F, class T>
void between(const void* below, const void* next, const double* way, void* out, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  for (std::size_t i = 0; i < n; ++i)
    static_cast<typename F::template result<T>*>(out)[i] =
        F::between(static_cast<const T*>(below)[i], static_cast<const T*>(next)[i], way[i]);
}

/// The length of what a line of n elements becomes.
template <class F>
std::size_t length_of(std::size_t n, [[maybe_unused]] const double* parameters) {
  if constexpr (F::own_length)
    return static_cast<std::size_t>(F::length(static_cast<std::int64_t>(n), parameters));
  else
    return n;
}

template <class F, class T>
void run(const void* elements, [[maybe_unused]] const double* parameters, void* output, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  using R = typename F::template result<T>;
  auto* const out = static_cast<R*>(output);
  if constexpr (Scan<F, T>) {
    if (n == 0) return;
    const auto* const from = static_cast<const T*>(elements);
    R before = out[0] = F::first(from[0]);
    for (std::size_t i = 1; i < n; ++i) out[i] = before = F::step(before, from[i]);
  } else {
    const std::span<T> line(static_cast<T*>(const_cast<void*>(elements)), n);
    const std::span<R> to(out, F::one_result ? std::size_t{1} : length_of<F>(n, parameters));
    if constexpr (F::parameters == any_number) {
      F::apply(line, to, Numbers(parameters));
    } else if constexpr (Selects<F>) {
      to[0] = selected<F>(line, parameters);
    } else if constexpr (F::parameters > 0) {
      F::apply(line, to, parameters);
    } else {
      F::apply(line, to);
    }
  }
}

template <class F, class T>
void first_row(const void* /*before*/, const void* elements, void* out, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  for (std::size_t i = 0; i < n; ++i)
    static_cast<typename F::template result<T>*>(out)[i] = F::first(static_cast<const T*>(elements)[i]);
}

template <class F, class T>
void step_row(const void* before, const void* elements, void* out, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  using R = typename F::template result<T>;
  const auto* const seen = static_cast<const R*>(before);
  const auto* const own = static_cast<const T*>(elements);
  auto* const to = static_cast<R*>(out);
  CHUNKWISE_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) to[i] = F::step(seen[i], own[i]);
}

template <class F, class T>
constexpr Kernels kernels_for() {
  Kernels kernels;
  if constexpr (!std::is_same_v<F, Windows>) kernels.line = &run<F, T>;
  if constexpr (Scan<F, T>) {
    kernels.first = &first_row<F, T>;
    kernels.step = &step_row<F, T>;
  }
  if constexpr (Selects<F>) {
    kernels.place = &F::place;
    kernels.between = &between<F, T>;
    kernels.skips_nan = F::skips_nan;
  }
  return kernels;
}

using Table = std::array<std::array<Kernels, dtype_count>, descriptions.size()>;

template <class... F>
constexpr Table make_table(List<F...> /*catalog*/) {
  Table table{};
  std::size_t row = 0;
  const auto add = [&]<class Each>(std::type_identity<Each>) {
    aggregate::detail::for_each_type([&](auto... zeros) {
      ((table[row][static_cast<std::size_t>(dtype_of<decltype(zeros)>)] = kernels_for<Each, decltype(zeros)>()), ...);
    });
    ++row;
  };
  (add(std::type_identity<F>{}), ...);
  return table;
}

constexpr Table table = make_table(Catalog{});

const detail::WindowKernel& window_kernel_of(const AlongNode& along) {
  const int aggregate = window_aggregate(aggregate_of_windows(along.parameters.data()));
  return tile_kernels().windows[along.input->dtype == DType::float64 ? 1 : 0][static_cast<std::size_t>(aggregate)];
}

}  // namespace

const detail::TileTable& tile_kernels() {
  return *chunkwise::detail::made_once([] { return &CHUNKWISE_PICK_LEVEL(linewise); });
}

Kernels kernels_of(const AlongNode& along) {
  if (along.own) {
    Kernels own;
    own.own = require_function(*along.own);
    return own;
  }
  const DType dtype = along.input->dtype;
  const auto row = static_cast<std::size_t>(find(along.function) - descriptions.data());
  Kernels kernels = table[row][static_cast<std::size_t>(dtype)];
  if (along.function == Windows::code) kernels.windows = window_kernel_of(along).run;
  return kernels;
}

std::size_t work_bytes(const AlongNode& along) {
  const auto extent = static_cast<std::size_t>(along.input->shape[along.axis]);
  if (along.function == WeightedQuantile::code) return 2 * extent * size_of(along.input->dtype);  // to sort them
  if (along.own || along.function != Windows::code) return 0;
  return window_bytes(static_cast<std::int64_t>(along.parameters[1]), along.input->shape[along.axis],
                      window_kernel_of(along).fields);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
