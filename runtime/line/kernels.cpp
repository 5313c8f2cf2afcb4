#include <array>

#include "chunkwise/op/line/catalog.hpp"
#include "runtime/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace {

template <class F, class T>
void run(const void* const* inputs, [[maybe_unused]] const Scalar* parameters, void* output, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  using R = typename F::template result<T>;
  auto* const out = static_cast<R*>(output);
  if constexpr (Scan<F, T>) {
    if (n == 0) return;
    const auto* const elements = static_cast<const T*>(inputs[0]);
    R before = out[0] = F::first(elements[0]);
    for (std::size_t i = 1; i < n; ++i) out[i] = before = F::step(before, elements[i]);
  } else {
    const std::span<T> line(static_cast<T*>(const_cast<void*>(inputs[0])), n);
    const std::span<R> to(out, F::one_result ? std::size_t{1} : n);
    if constexpr (F::parameters == any_number) {
      F::apply(line, to, Numbers(parameters));
    } else if constexpr (F::parameters > 0) {
      std::array<double, F::parameters> values;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = parameters[i].template as<double>();
      F::apply(line, to, values.data());
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
  if constexpr (Scan<F, T>)
    return {&run<F, T>, &first_row<F, T>, &step_row<F, T>};
  else
    return {&run<F, T>, nullptr, nullptr};
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

}  // namespace

Kernels kernels_of(const AlongNode& along) {
  if (along.own) return {require_function(*along.own), nullptr, nullptr};
  const auto row = static_cast<std::size_t>(find(along.function) - descriptions.data());
  return table[row][static_cast<std::size_t>(along.input->dtype)];
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
