#include <cmath>
#include <cstring>

#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/kernel/math_levels.hpp"
#include "runtime/kernel/sleef.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::math {

namespace {

using sleef::block;
using sleef::Functions;

/// The elements of a block: SLEEF sees whole vectors only, so no element's bits depend on its place. A plain array: a
/// function of the standard library could come from a unit that was compiled with other flags.
template <class T>
struct Block {
  alignas(64) T values[block];

  void load(const T* from, std::size_t n) {
    std::memcpy(values, from, n * sizeof(T));
    for (std::size_t i = n; i < block; ++i) values[i] = T{1};
  }
};

const sleef::Table& table(Way way) {
  switch (way) {
#if defined(__x86_64__)
    case Way::sse2:
      return sleef::baseline::table();
#if !defined(CHUNKWISE_ONLY_BASELINE)
    case Way::avx:
      return sleef::avx2::table();
    case Way::avx512:
      return sleef::avx512::table();
#endif
#elif defined(__aarch64__)
    case Way::neon:
      return sleef::baseline::table();
#endif
    default:
      return sleef::portable::table();
  }
}
const Functions<float>& functions(Way way, float) { return table(way).of_float; }
const Functions<double>& functions(Way way, double) { return table(way).of_double; }

// SLEEF 3.5.1 lets float64 exp and pow overflow a little early: from exp(709.78271114955743) on, though the last finite
// result is exp(709.782712893384). The functions below compute these few results from a finite neighbour. For float32
// no input of 2^32 needs it.

constexpr double infinity = __builtin_inf();

/// Returns exp(t) - 1 for |t| < 2^-16, with an error far below an ulp of exp(t).
double small_expm1(double t) {
  CHUNKWISE_STRICT_FLOATS
  return t + t * t * (0.5 + t * (1.0 / 6.0));
}

/// Returns exp(a) for an a of which SLEEF says infinity.
double exp_near_overflow(double a) {
  CHUNKWISE_STRICT_FLOATS
  constexpr double last = 0x1.62e42fefa39efp+9;            // the largest number whose exp is finite
  constexpr double exp_last = 0x1.fffffffffff2ap+1023;     // and its exp,
  constexpr double exp_last_tail = 0x1.b0e263400d16p+967;  // to twice the digits
  if (a > last) return infinity;
  return exp_last + (exp_last_tail + exp_last * small_expm1(a - last));
}

void mend_exp(const Block<double>& a, Block<double>& out) {
  for (std::size_t i = 0; i < block; ++i)
    if (out.values[i] == infinity && a.values[i] < infinity) out.values[i] = exp_near_overflow(a.values[i]);
}
void mend_exp(const Block<float>&, Block<float>&) {}

// SLEEF 3.5.1 answers infinity, too, for log1p, asinh and acosh of the largest numbers. For sinh and cosh it does so
// from the overflow of exp on, 0.7 before they overflow. All of these are rare and computed one by one.

/// Returns the finite elements whose results are infinite, as their magnitudes, and ones in the place of the others.
/// (Of one, only log1p(-1) is infinite, and rightly.)
template <class T>
Block<T> finite_magnitudes(const Block<T>& a, const Block<T>& out) {
  Block<T> magnitudes;
  for (std::size_t i = 0; i < block; ++i) {
    const T magnitude = std::fabs(a.values[i]);
    const bool asked = std::fabs(out.values[i]) == static_cast<T>(infinity) && magnitude < static_cast<T>(infinity);
    magnitudes.values[i] = asked ? magnitude : T{1};
  }
  return magnitudes;
}

/// Puts results in place of infinities if the magnitude is not one, with the infinities' signs.
template <class T>
void put_results(const Block<T>& magnitudes, const Block<T>& results, Block<T>& out) {
  for (std::size_t i = 0; i < block; ++i)
    if (magnitudes.values[i] != T{1}) out.values[i] = std::copysign(results.values[i], out.values[i]);
}

/// Mends log1p, asinh and acosh of the largest numbers: their logarithm, plus that of `factor`.
template <class T>
void mend_by_log(const Functions<T>& functions, T log_factor, const Block<T>& a, Block<T>& out) {
  CHUNKWISE_STRICT_FLOATS
  const Block<T> magnitudes = finite_magnitudes(a, out);
  Block<T> results;
  functions[Unary::log](magnitudes.values, results.values);
  for (T& result : results.values) result += log_factor;
  put_results(magnitudes, results, out);
}

/// Mends sinh and cosh if exp overflows: half of exp, by way of exp(x - 1) and of e / 2 to twice the digits.
void mend_by_exp(const Functions<double>& functions, const Functions<double>&, const Block<double>& a,
                 Block<double>& out) {
  CHUNKWISE_STRICT_FLOATS
  constexpr double half_e = 0x1.5bf0a8b145769p+0;
  constexpr double half_e_tail = 0x1.4d57ee2b1013ap-54;
  const Block<double> magnitudes = finite_magnitudes(a, out);
  Block<double> less, results;
  for (std::size_t i = 0; i < block; ++i) less.values[i] = magnitudes.values[i] - 1.0;
  functions[Unary::exp](less.values, results.values);
  for (double& result : results.values) result = result * half_e + result * half_e_tail;
  put_results(magnitudes, results, out);
}
void mend_by_exp(const Functions<float>&, const Functions<double>& functions, const Block<float>& a,
                 Block<float>& out) {
  const Block<float> magnitudes = finite_magnitudes(a, out);
  Block<double> wide, exponentials;
  Block<float> results;
  for (std::size_t i = 0; i < block; ++i) wide.values[i] = static_cast<double>(magnitudes.values[i]);
  functions[Unary::exp](wide.values, exponentials.values);
  for (std::size_t i = 0; i < block; ++i) results.values[i] = static_cast<float>(exponentials.values[i] / 2);
  put_results(magnitudes, results, out);
}

/// A product beyond this has overflowed for certain, though its logarithm is only a double.
constexpr double surely_overflowed = 709.783;

void mend_pow(const Functions<double>& functions, const Block<double>& a, const Block<double>& b, Block<double>& out) {
  CHUNKWISE_STRICT_FLOATS
  Block<double> base, log_base, less, neighbour;
  for (std::size_t i = 0; i < block; ++i) {
    base.values[i] = __builtin_fabs(a.values[i]);
    // A little less of b gives a result that is smaller by 5e-6, and finite; the rest is multiplied in. The difference
    // is exact, and an error of the logarithm counts only 5e-6 of itself.
    less.values[i] = b.values[i] - b.values[i] * 0x1p-27;
  }
  functions[Unary::log](base.values, log_base.values);
  bool computed = false;
  for (std::size_t i = 0; i < block; ++i) {
    if (__builtin_fabs(out.values[i]) != infinity || b.values[i] * log_base.values[i] > surely_overflowed) continue;
    if (!(base.values[i] > 0.0 && base.values[i] < infinity)) continue;
    if (!computed) functions.pow(base.values, less.values, neighbour.values);
    computed = true;
    const double rest = neighbour.values[i] * small_expm1((b.values[i] - less.values[i]) * log_base.values[i]);
    const double magnitude = b.values[i] == 1.0 ? base.values[i] : neighbour.values[i] + rest;
    out.values[i] = __builtin_copysign(magnitude, out.values[i]);
  }
}
void mend_pow(const Functions<float>&, const Block<float>&, const Block<float>&, Block<float>&) {}

/// Returns true if a block needs mending, by one vectorised question; this is rare.
template <class T>
bool has_infinity(const Block<T>& values) {
  unsigned found = 0;
  for (const T value : values.values) found |= __builtin_fabs(value) == static_cast<T>(__builtin_inf());
  return found != 0;
}

template <class T>
void mend(Way way, Unary function, const Block<T>& a, Block<T>& out) {
  constexpr T log_2 = static_cast<T>(0.69314718055994530942);
  const Functions<T>& call = functions(way, T{});
  switch (function) {
    case Unary::exp:
      return mend_exp(a, out);
    case Unary::log1p:
      return mend_by_log(call, T{0}, a, out);
    case Unary::asinh:
    case Unary::acosh:
      return mend_by_log(call, log_2, a, out);
    case Unary::sinh:
    case Unary::cosh:
      return mend_by_exp(call, functions(way, double{}), a, out);
    default:
      return;
  }
}

template <class T>
void run_unary(Way way, Unary function, const T* a, T* out, std::size_t n) {
  const auto call = functions(way, T{})[function];
  Block<T> in, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    in.load(a + done, count);
    call(in.values, result.values);
    if (has_infinity(result)) mend(way, function, in, result);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

template <class T>
void run_binary(typename Functions<T>::Binary call, const T* a, const T* b, T* out, std::size_t n) {
  Block<T> left, right, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    left.load(a + done, count);
    right.load(b + done, count);
    call(left.values, right.values, result.values);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

/// m + log1p(exp(-|a - b|)), with m the larger, and a + log 2 if both are equal, as infinities may be.
template <class T>
void run_logaddexp(Way way, const T* a, const T* b, T* out, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  constexpr T log_2 = static_cast<T>(0.69314718055994530942);
  const Functions<T>& call = functions(way, T{});
  Block<T> left, right, less, smaller, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    left.load(a + done, count);
    right.load(b + done, count);
    for (std::size_t i = 0; i < block; ++i) less.values[i] = -std::fabs(left.values[i] - right.values[i]);
    call[Unary::exp](less.values, smaller.values);
    call[Unary::log1p](smaller.values, result.values);
    for (std::size_t i = 0; i < block; ++i) {
      const T x = left.values[i];
      const T y = right.values[i];
      result.values[i] = x == y ? x + log_2 : (x > y ? x : y) + result.values[i];
    }
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

// Powers that a few roundings give are taken by them, element by element (docs/semantics.md, "Powers"): they are what
// people write most, a tenth of the time of the others, and closer to the true value.

/// Bitwise or, so that a whole block is one vectorised question.
template <class T>
bool is_simple_power(T b) {
  return (b == T{2}) | (b == T{1}) | (b == T{3}) | (b == T{4}) | (b == T{-1}) | (b == T{0.5});
}

template <class T>
T square_root(T a) {
  CHUNKWISE_STRICT_FLOATS
  const T root = sizeof(T) == 4 ? static_cast<T>(__builtin_sqrtf(static_cast<float>(a)))
                                : static_cast<T>(__builtin_sqrt(static_cast<double>(a)));
  return root;
}

/// Returns a to the power of b, which is_simple_power.
template <class T>
T simple_power(T a, T b) {
  CHUNKWISE_STRICT_FLOATS
  if (b == T{1}) return a;
  if (b == T{-1}) return T{1} / a;
  // A power is +0 and +inf if the root is -0 and not a number.
  if (b == T{0.5}) return a == -static_cast<T>(infinity) ? static_cast<T>(infinity) : square_root(a + T{0});
  const T square = a * a;
  return b == T{2} ? square : b == T{3} ? square * a : square * square;
}

/// Writes the power b, which is_simple_power, of n elements: no loop has a branch, since its exponent is known.
template <class T>
void run_simple_power(const T* a, T b, T* out, std::size_t n) {
  const auto run = [&](T exponent) __attribute__((always_inline)) {
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) out[i] = simple_power(a[i], exponent);
  };
  if (b == T{2}) return run(T{2});
  if (b == T{3}) return run(T{3});
  if (b == T{4}) return run(T{4});
  if (b == T{-1}) return run(T{-1});
  if (b == T{0.5}) return run(T{0.5});
  run(T{1});
}

template <class T>
void run_any_power(const Functions<T>& call, const Block<T>& base, const Block<T>& exponent, Block<T>& result) {
  call.pow(base.values, exponent.values, result.values);
  if (has_infinity(result)) mend_pow(call, base, exponent, result);
}

template <class T>
void run_pow(Way way, const T* a, const T* b, T* out, std::size_t n) {
  if (n == 0) return;
  unsigned differs = 0;
  for (std::size_t i = 0; i < n; ++i) differs |= static_cast<unsigned>(b[i] != b[0]);
  if (differs == 0 && is_simple_power(b[0])) return run_simple_power(a, b[0], out, n);
  const Functions<T>& call = functions(way, T{});
  Block<T> base, exponent, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    base.load(a + done, count);
    exponent.load(b + done, count);
    run_any_power(call, base, exponent, result);
    unsigned simple = 0;
    for (const T power : exponent.values) simple |= static_cast<unsigned>(is_simple_power(power));
    for (std::size_t i = 0; simple != 0 && i < count; ++i)
      if (is_simple_power(exponent.values[i])) result.values[i] = simple_power(base.values[i], exponent.values[i]);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

template <class T>
void run_pow(Way way, const T* a, T b, T* out, std::size_t n) {
  if (is_simple_power(b)) return run_simple_power(a, b, out, n);
  const Functions<T>& call = functions(way, T{});
  Block<T> base, exponent, result;
  for (std::size_t i = 0; i < block; ++i) exponent.values[i] = b;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    base.load(a + done, count);
    run_any_power(call, base, exponent, result);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

/// Returns the widest way at a level.
Way chosen_way() {
#if defined(__x86_64__)
#if !defined(CHUNKWISE_ONLY_BASELINE)
  if (cpu_level() == CpuLevel::avx512) return Way::avx512;
  if (cpu_level() == CpuLevel::avx2) return Way::avx;
#endif
  return Way::sse2;
#elif defined(__aarch64__)
  return Way::neon;
#else
  return Way::portable;
#endif
}

}  // namespace

std::vector<Way> available_ways() {
  std::vector<Way> ways{Way::portable};
#if defined(__x86_64__)
  ways.push_back(Way::sse2);
#if !defined(CHUNKWISE_ONLY_BASELINE)
  if (__builtin_cpu_supports("avx2")) ways.push_back(Way::avx);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) ways.push_back(Way::avx512);
#endif
#elif defined(__aarch64__)
  ways.push_back(Way::neon);
#endif
  return ways;
}

void apply(Way way, Unary function, const float* a, float* out, std::size_t n) { run_unary(way, function, a, out, n); }
void apply(Way way, Unary function, const double* a, double* out, std::size_t n) {
  run_unary(way, function, a, out, n);
}
void exp(Way way, const float* a, float* out, std::size_t n) { run_unary(way, Unary::exp, a, out, n); }
void exp(Way way, const double* a, double* out, std::size_t n) { run_unary(way, Unary::exp, a, out, n); }
void log(Way way, const float* a, float* out, std::size_t n) { run_unary(way, Unary::log, a, out, n); }
void log(Way way, const double* a, double* out, std::size_t n) { run_unary(way, Unary::log, a, out, n); }
void pow(Way way, const float* a, const float* b, float* out, std::size_t n) { run_pow(way, a, b, out, n); }
void pow(Way way, const double* a, const double* b, double* out, std::size_t n) { run_pow(way, a, b, out, n); }
void hypot(Way way, const float* a, const float* b, float* out, std::size_t n) {
  run_binary(functions(way, float{}).hypot, a, b, out, n);
}
void hypot(Way way, const double* a, const double* b, double* out, std::size_t n) {
  run_binary(functions(way, double{}).hypot, a, b, out, n);
}
void atan2(Way way, const float* a, const float* b, float* out, std::size_t n) {
  run_binary(functions(way, float{}).atan2, a, b, out, n);
}
void atan2(Way way, const double* a, const double* b, double* out, std::size_t n) {
  run_binary(functions(way, double{}).atan2, a, b, out, n);
}
void logaddexp(Way way, const float* a, const float* b, float* out, std::size_t n) { run_logaddexp(way, a, b, out, n); }
void logaddexp(Way way, const double* a, const double* b, double* out, std::size_t n) {
  run_logaddexp(way, a, b, out, n);
}

void apply(Unary function, const float* a, float* out, std::size_t n) { run_unary(chosen_way(), function, a, out, n); }
void apply(Unary function, const double* a, double* out, std::size_t n) {
  run_unary(chosen_way(), function, a, out, n);
}
void exp(const float* a, float* out, std::size_t n) { apply(Unary::exp, a, out, n); }
void exp(const double* a, double* out, std::size_t n) { apply(Unary::exp, a, out, n); }
void log(const float* a, float* out, std::size_t n) { apply(Unary::log, a, out, n); }
void log(const double* a, double* out, std::size_t n) { apply(Unary::log, a, out, n); }
void pow(const float* a, const float* b, float* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const double* a, const double* b, double* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const float* a, float b, float* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const double* a, double b, double* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void hypot(const float* a, const float* b, float* out, std::size_t n) { hypot(chosen_way(), a, b, out, n); }
void hypot(const double* a, const double* b, double* out, std::size_t n) { hypot(chosen_way(), a, b, out, n); }
void atan2(const float* a, const float* b, float* out, std::size_t n) { atan2(chosen_way(), a, b, out, n); }
void atan2(const double* a, const double* b, double* out, std::size_t n) { atan2(chosen_way(), a, b, out, n); }
void logaddexp(const float* a, const float* b, float* out, std::size_t n) { logaddexp(chosen_way(), a, b, out, n); }
void logaddexp(const double* a, const double* b, double* out, std::size_t n) { logaddexp(chosen_way(), a, b, out, n); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::math
