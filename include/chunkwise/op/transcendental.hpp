#pragma once
/// Powers, logarithms, trigonometric and hyperbolic functions. No standard rounds these, and libm's bits differ between
/// CPUs; so they are computed in blocks by the library, with the same bits on every CPU (docs/semantics.md,
/// "Transcendental functions").
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Functions over n elements with unit stride; the output may be one of the inputs. A table in docs/semantics.md says
/// how far they may be from the true value.
namespace math {
/// The functions of one element, under C's names.
enum class Unary : std::uint8_t {
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  cbrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh
};
/// The number of functions in Unary.
inline constexpr std::size_t unary_count = 20;
/// Computes the function of each of n elements.
void apply(Unary function, const float* a, float* out, std::size_t n);
/// Computes the function of each of n elements, in float64.
void apply(Unary function, const double* a, double* out, std::size_t n);

/// Computes e to the power of a.
void exp(const float* a, float* out, std::size_t n);
/// Computes e to the power of a, in float64.
void exp(const double* a, double* out, std::size_t n);
/// Computes the natural logarithm of a.
void log(const float* a, float* out, std::size_t n);
/// Computes the natural logarithm of a, in float64.
void log(const double* a, double* out, std::size_t n);
/// Computes a to the power of b.
void pow(const float* a, const float* b, float* out, std::size_t n);
/// Computes a to the power of b, in float64.
void pow(const double* a, const double* b, double* out, std::size_t n);
/// Computes a to the power of one b.
void pow(const float* a, float b, float* out, std::size_t n);
/// Computes a to the power of one b, in float64.
void pow(const double* a, double b, double* out, std::size_t n);
/// Computes the length of the vector (a, b).
void hypot(const float* a, const float* b, float* out, std::size_t n);
/// Computes the length of the vector (a, b), in float64.
void hypot(const double* a, const double* b, double* out, std::size_t n);
/// Computes the angle of the point (b, a): atan2(a, b).
void atan2(const float* a, const float* b, float* out, std::size_t n);
/// Computes the angle of the point (b, a), in float64.
void atan2(const double* a, const double* b, double* out, std::size_t n);
/// Computes the logarithm of the sum of e to the power of a and of b.
void logaddexp(const float* a, const float* b, float* out, std::size_t n);
/// Computes the same logarithm in float64.
void logaddexp(const double* a, const double* b, double* out, std::size_t n);
}  // namespace math

namespace op {

namespace detail {
/// An operation that is a function of one element, computed by the library.
template <math::Unary Function>
struct OneArgument {
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, T* out, std::size_t n) {
    math::apply(Function, a, out, n);
  }
};
}  // namespace detail

/// e to the power of the element.
struct Exp : detail::OneArgument<math::Unary::exp> {
  static constexpr OpCode code{64};
  static constexpr std::string_view name = "exp";
};

/// 2 to the power of the element.
struct Exp2 : detail::OneArgument<math::Unary::exp2> {
  static constexpr OpCode code{67};
  static constexpr std::string_view name = "exp2";
};

/// e to the power of the element, minus one: exact to the last place near zero.
struct Expm1 : detail::OneArgument<math::Unary::expm1> {
  static constexpr OpCode code{68};
  static constexpr std::string_view name = "expm1";
};

/// Natural logarithm; -inf at zero, NaN below.
struct Log : detail::OneArgument<math::Unary::log> {
  static constexpr OpCode code{65};
  static constexpr std::string_view name = "log";
};

/// Logarithm to the base 2; -inf at zero, NaN below.
struct Log2 : detail::OneArgument<math::Unary::log2> {
  static constexpr OpCode code{69};
  static constexpr std::string_view name = "log2";
};

/// Logarithm to the base 10; -inf at zero, NaN below.
struct Log10 : detail::OneArgument<math::Unary::log10> {
  static constexpr OpCode code{70};
  static constexpr std::string_view name = "log10";
};

/// Natural logarithm of one plus the element; -inf at -1, NaN below.
struct Log1p : detail::OneArgument<math::Unary::log1p> {
  static constexpr OpCode code{71};
  static constexpr std::string_view name = "log1p";
};

/// Cube root, also of negative numbers.
struct Cbrt : detail::OneArgument<math::Unary::cbrt> {
  static constexpr OpCode code{72};
  static constexpr std::string_view name = "cbrt";
};

/// Sine of an angle in radians.
struct Sin : detail::OneArgument<math::Unary::sin> {
  static constexpr OpCode code{74};
  static constexpr std::string_view name = "sin";
};

/// Cosine of an angle in radians.
struct Cos : detail::OneArgument<math::Unary::cos> {
  static constexpr OpCode code{75};
  static constexpr std::string_view name = "cos";
};

/// Tangent of an angle in radians.
struct Tan : detail::OneArgument<math::Unary::tan> {
  static constexpr OpCode code{76};
  static constexpr std::string_view name = "tan";
};

/// The angle in radians, from -pi/2 to pi/2, with this sine; NaN beyond -1 and 1.
struct Arcsin : detail::OneArgument<math::Unary::asin> {
  static constexpr OpCode code{77};
  static constexpr std::string_view name = "arcsin";
};

/// The angle in radians, from 0 to pi, with this cosine; NaN beyond -1 and 1.
struct Arccos : detail::OneArgument<math::Unary::acos> {
  static constexpr OpCode code{78};
  static constexpr std::string_view name = "arccos";
};

/// The angle in radians, from -pi/2 to pi/2, with this tangent.
struct Arctan : detail::OneArgument<math::Unary::atan> {
  static constexpr OpCode code{79};
  static constexpr std::string_view name = "arctan";
};

/// Hyperbolic sine.
struct Sinh : detail::OneArgument<math::Unary::sinh> {
  static constexpr OpCode code{81};
  static constexpr std::string_view name = "sinh";
};

/// Hyperbolic cosine.
struct Cosh : detail::OneArgument<math::Unary::cosh> {
  static constexpr OpCode code{82};
  static constexpr std::string_view name = "cosh";
};

/// Hyperbolic tangent.
struct Tanh : detail::OneArgument<math::Unary::tanh> {
  static constexpr OpCode code{83};
  static constexpr std::string_view name = "tanh";
};

/// The number with this hyperbolic sine.
struct Arcsinh : detail::OneArgument<math::Unary::asinh> {
  static constexpr OpCode code{84};
  static constexpr std::string_view name = "arcsinh";
};

/// The number, not negative, with this hyperbolic cosine; NaN below 1.
struct Arccosh : detail::OneArgument<math::Unary::acosh> {
  static constexpr OpCode code{85};
  static constexpr std::string_view name = "arccosh";
};

/// The number with this hyperbolic tangent; infinite at -1 and 1, NaN beyond.
struct Arctanh : detail::OneArgument<math::Unary::atanh> {
  static constexpr OpCode code{86};
  static constexpr std::string_view name = "arctanh";
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

/// The length of (a, b): the square root of the sum of squares, which does not overflow on the way.
struct Hypot {
  static constexpr OpCode code{73};
  static constexpr std::string_view name = "hypot";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, const T* b, T* out, std::size_t n) {
    math::hypot(a, b, out, n);
  }
};

/// The angle in radians, from -pi to pi, of the point with the ordinate a and the abscissa b.
struct Arctan2 {
  static constexpr OpCode code{80};
  static constexpr std::string_view name = "arctan2";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, const T* b, T* out, std::size_t n) {
    math::atan2(a, b, out, n);
  }
};

/// The logarithm of the sum of e to the power of a and of b, which does not overflow on the way.
struct LogAddExp {
  static constexpr OpCode code{89};
  static constexpr std::string_view name = "logaddexp";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static void apply_block(const T* a, const T* b, T* out, std::size_t n) {
    math::logaddexp(a, b, out, n);
  }
};

/// An angle in degrees, in radians: a rounded product with pi / 180 in the element's own type.
struct Deg2rad {
  static constexpr OpCode code{87};
  static constexpr std::string_view name = "deg2rad";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    return a * (static_cast<T>(3.14159265358979323846L) / T{180});
  }
};

/// An angle in radians, in degrees: a rounded product with 180 / pi in the element's own type.
struct Rad2deg {
  static constexpr OpCode code{88};
  static constexpr std::string_view name = "rad2deg";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::floating;
  template <std::floating_point T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    return a * (T{180} / static_cast<T>(3.14159265358979323846L));
  }
};

}  // namespace op
}  // namespace chunkwise::inline CHUNKWISE_ABI
