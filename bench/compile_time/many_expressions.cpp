// EXPRESSIONS different formulas (0, 1, 10 or 50), each with a native kernel of its own, as a user's translation unit.
#include <chunkwise/chunkwise.hpp>

namespace cw = chunkwise;
using Array = cw::Array<double, 3>;

#ifndef EXPRESSIONS
#define EXPRESSIONS 1
#endif

/// A formula whose operations are the digits of I in base 4, five of them.
template <int I>
auto formula(const Array& x, const Array& y) {
  const auto step = []<int Digit>(std::integral_constant<int, Digit>, const auto& a, const auto& b) {
    if constexpr (Digit == 0)
      return a + b;
    else if constexpr (Digit == 1)
      return a * b;
    else if constexpr (Digit == 2)
      return a - b;
    else
      return a / b;
  };
  const auto first = step(std::integral_constant<int, I % 4>{}, x, y);
  const auto second = step(std::integral_constant<int, I / 4 % 4>{}, first, 2.0);
  const auto third = step(std::integral_constant<int, I / 16 % 4>{}, second, x);
  return cw::sqrt(cw::abs(third)) - cw::mean(x, 0);
}

std::vector<cw::NdArray<double, 3>> results(const cw::BackendPtr& backend, [[maybe_unused]] const Array& x,
                                            [[maybe_unused]] const Array& y) {
  std::vector<cw::NdArray<double, 3>> all;
  [&]<int... I>(std::integer_sequence<int, I...>) { (all.push_back(cw::compute(backend, formula<I>(x, y))), ...); }
  (std::make_integer_sequence<int, EXPRESSIONS>{});
  (void)backend;
  return all;
}
