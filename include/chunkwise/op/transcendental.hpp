#pragma once
/// exp, log and pow. No standard rounds these, and libm's bits differ between CPUs; so they are computed in blocks by
/// one function of the library each, with the same bits on every CPU (docs/semantics.md, "Transcendental functions").
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Functions over n elements with unit stride; the output may be one of the inputs. Error below 1 ulp, pow below 2.
namespace math {
/// e to the power of a, the natural logarithm of a, and a to the power of b.
void exp(const float* a, float* out, std::size_t n);
void exp(const double* a, double* out, std::size_t n);
void log(const float* a, float* out, std::size_t n);
void log(const double* a, double* out, std::size_t n);
void pow(const float* a, const float* b, float* out, std::size_t n);
void pow(const double* a, const double* b, double* out, std::size_t n);
/// The same power of all elements.
void pow(const float* a, float b, float* out, std::size_t n);
void pow(const double* a, double b, double* out, std::size_t n);
}  // namespace math

namespace op {

/// e to the power of the element.
struct Exp {
  static constexpr OpCode code{64};
  static constexpr std::string_view name = "exp";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, T* out, std::size_t n) {
    math::exp(a, out, n);
  }
};

/// Natural logarithm; -inf at zero, NaN below.
struct Log {
  static constexpr OpCode code{65};
  static constexpr std::string_view name = "log";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, T* out, std::size_t n) {
    math::log(a, out, n);
  }
};

/// a to the power of b, floating. Small powers are products (docs/semantics.md, "Powers").
struct Pow {
  static constexpr OpCode code{66};
  static constexpr std::string_view name = "pow";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, const T* b, T* out, std::size_t n) {
    math::pow(a, b, out, n);
  }
  template <std::floating_point T>
  static void apply_block(const T* a, T b, T* out, std::size_t n) {
    math::pow(a, b, out, n);
  }
};

}  // namespace op
}  // namespace chunkwise::inline CHUNKWISE_ABI
