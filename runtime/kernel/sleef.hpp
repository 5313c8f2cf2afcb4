#pragma once
/// SLEEF's deterministic functions over one block of elements, for each instruction set. All tables give the same bits.
/// runtime/kernel/math.cpp makes chunkwise::math of them.
#include <array>
#include <cstddef>

#include "chunkwise/op/transcendental.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::sleef {

/// Elements that are computed together: a multiple of every vector's, so that SLEEF sees whole vectors only.
inline constexpr std::size_t block = 64;

/// The functions of one element type; pointers are aligned to 64 bytes, and `out` is none of the operands.
template <class T>
struct Functions {
  using Unary = void (*)(const T* a, T* out);
  using Binary = void (*)(const T* a, const T* b, T* out);
  std::array<Unary, math::unary_count> unary;  ///< by math::Unary
  Binary pow, hypot, atan2;

  [[nodiscard]] Unary operator[](math::Unary function) const { return unary[static_cast<std::size_t>(function)]; }
};

struct Table {
  Functions<float> of_float;
  Functions<double> of_double;
};

/// In plain C, one by one.
namespace portable {
const Table& table();
}
/// In vectors.
namespace baseline {
const Table& table();
}
namespace avx2 {
const Table& table();
}
namespace avx512 {
const Table& table();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::sleef
