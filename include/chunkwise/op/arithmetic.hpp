#pragma once
/// Arithmetic, order and square root: operations that IEEE 754 defines to the last bit. Integers wrap.
/// Neighbours: op/division.hpp, op/rounding.hpp, op/comparison.hpp, op/transcendental.hpp; the list is op/catalog.hpp.
#include <cmath>
#include <cstddef>
#include <type_traits>

#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace math {
/// Computes the square root of each of n float32 elements.
void sqrt(const float* a, float* out, std::size_t n);
/// Computes the square root of each of n float64 elements.
void sqrt(const double* a, double* out, std::size_t n);
}  // namespace math

namespace op {

namespace detail {
/// The unsigned type in which integer arithmetic on T wraps without undefined behaviour. At least int wide, since
/// smaller types would be promoted to a signed int.
template <class T>
using Wrapping = std::conditional_t<(sizeof(T) < sizeof(int)), unsigned, std::make_unsigned_t<T>>;

template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;
}  // namespace detail

/// Sum of two elements. Integers wrap; bool is logical or, as in NumPy.
struct Add {
  static constexpr OpCode code{16};
  static constexpr std::string_view name = "add";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    CHUNKWISE_STRICT_FLOATS
    if constexpr (std::is_same_v<T, bool>)
      return a || b;
    else if constexpr (detail::Integer<T>)
      return static_cast<T>(static_cast<detail::Wrapping<T>>(a) + static_cast<detail::Wrapping<T>>(b));
    else
      return a + b;
  }
};

/// Difference of two elements. Integers wrap; not for bool.
struct Subtract {
  static constexpr OpCode code{17};
  static constexpr std::string_view name = "subtract";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::arithmetic;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    CHUNKWISE_STRICT_FLOATS
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<detail::Wrapping<std::conditional_t<std::is_same_v<T, bool>, int, T>>>(a) -
                            static_cast<detail::Wrapping<std::conditional_t<std::is_same_v<T, bool>, int, T>>>(b));
    else
      return a - b;
  }
};

/// Product of two elements. Integers wrap; bool is logical and.
struct Multiply {
  static constexpr OpCode code{18};
  static constexpr std::string_view name = "multiply";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    CHUNKWISE_STRICT_FLOATS
    if constexpr (std::is_same_v<T, bool>)
      return a && b;
    else if constexpr (detail::Integer<T>)
      return static_cast<T>(static_cast<detail::Wrapping<T>>(a) * static_cast<detail::Wrapping<T>>(b));
    else
      return a * b;
  }
};

/// Quotient of two elements, always floating (Python's true division): integers are divided as float64.
struct Divide {
  static constexpr OpCode code{19};
  static constexpr std::string_view name = "divide";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::division;
  template <std::floating_point T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    CHUNKWISE_STRICT_FLOATS
    return a / b;
  }
};

/// The element with its sign changed. Integers wrap (the smallest stays itself).
struct Negate {
  static constexpr OpCode code{20};
  static constexpr std::string_view name = "negative";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::arithmetic;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_integral_v<T>)
      return Subtract::apply(T{}, a);
    else
      return -a;
  }
};

/// Magnitude. The smallest signed integer stays itself.
struct Abs {
  static constexpr OpCode code{21};
  static constexpr std::string_view name = "abs";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(a);
    else if constexpr (std::is_signed_v<T>)
      return a < 0 ? Negate::apply(a) : a;
    else
      return a;
  }
};

/// Square root, correctly rounded; NaN below zero.
struct Sqrt {
  static constexpr OpCode code{22};
  static constexpr std::string_view name = "sqrt";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static CHUNKWISE_INLINE T apply(T a) {
    if constexpr (sizeof(T) == 4)
      return __builtin_sqrtf(a);
    else
      return __builtin_sqrt(a);
  }
  /// The same for a block: g++ makes vectors of roots only in files whose flags say that errno is of no interest.
  template <std::floating_point T>
  static void apply_block(const T* a, T* out, std::size_t n) {
    math::sqrt(a, out, n);
  }
};

/// The smaller element; NaN if either is NaN.
struct Minimum {
  static constexpr OpCode code{23};
  static constexpr std::string_view name = "minimum";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return ((a < b) | (a != a)) ? a : b;
    else
      return a < b ? a : b;
  }
};

/// The larger element; NaN if either is NaN.
struct Maximum {
  static constexpr OpCode code{24};
  static constexpr std::string_view name = "maximum";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return ((a > b) | (a != a)) ? a : b;
    else
      return a > b ? a : b;
  }
};

/// The smaller element; if one is NaN, the other. Of two equal ones, the second.
struct Fmin {
  static constexpr OpCode code{30};
  static constexpr std::string_view name = "fmin";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return ((a < b) | (b != b)) ? a : b;
    else
      return a < b ? a : b;
  }
};

/// The larger element; if one is NaN, the other. Of two equal ones, the second.
struct Fmax {
  static constexpr OpCode code{31};
  static constexpr std::string_view name = "fmax";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return ((a > b) | (b != b)) ? a : b;
    else
      return a > b ? a : b;
  }
};

}  // namespace op
}  // namespace chunkwise::inline CHUNKWISE_ABI
