#pragma once
/// Helpers that tests of arrays share: small arrays whose values are easy to foresee, and the error that a call throws.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "tests/caught.hpp"

namespace chunkwise_test {

namespace cw = chunkwise;

/// For types alone, never called: an expression of a type, whether its elements are of a type, and three axes.
template <class E>
E make();
template <class T, class E>
constexpr bool is = std::same_as<cw::value_type_of<E>, T>;
template <class T>
using Cube = cw::Array<T, 3>;

/// Threads of this process, two of them, whatever the machine has.
inline const cw::BackendPtr& local() {
  static const cw::BackendPtr backend = cw::connect("local:2");
  return backend;
}

/// 0, 1, 2, ... in row-major order.
template <class T, int N>
cw::Array<T, N> counting(const cw::Shape& shape, const cw::Shape& chunks = {}) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < shape.elements(); ++i) values.push_back(static_cast<T>(i));
  return cw::from_vector<N>(std::move(values), shape, chunks);
}

template <class T>
cw::Array<T, 1> vector_of(std::vector<T> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return cw::from_vector<1>(std::move(values), {count});
}

/// All elements in row-major order.
template <cw::Expression E, class... Options>
std::vector<cw::value_type_of<E>> values(const E& expression, const Options&... options) {
  if constexpr (cw::rank_of<E> == 0)
    return {cw::compute(local(), expression, options...)};
  else
    return cw::compute(local(), expression, options...).mutable_copy();
}

/// Returns the numbers of a coordinate, or none.
template <class E>
std::vector<double> numbers_along(const E& expression, int axis = 0) {
  const cw::Coordinate found = expression.labels().coordinate(axis);
  return found ? found.to_vector() : std::vector<double>{};
}

/// x + x + ... with N additions, (N + 1) x, as a balanced tree: compilers take minutes for chains of that length.
template <int N, class E>
auto long_sum(const E& x) {
  if constexpr (N == 0)
    return x;
  else
    return long_sum<(N - 1) / 2>(x) + long_sum<N / 2>(x);
}

}  // namespace chunkwise_test
