#include <sleef.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/kernel/math_levels.hpp"

// SLEEF's header declares the wide functions only to files that are compiled for wide CPUs. This one is compiled for
// all, and calls them from functions that carry their target.
#if defined(__x86_64__)
extern "C" {
#if !defined(__AVX__)
__attribute__((target("avx"))) __m256 Sleef_cinz_expf8_u10avx(__m256);
__attribute__((target("avx"))) __m256 Sleef_cinz_logf8_u10avx(__m256);
__attribute__((target("avx"))) __m256 Sleef_cinz_powf8_u10avx(__m256, __m256);
__attribute__((target("avx"))) __m256d Sleef_cinz_expd4_u10avx(__m256d);
__attribute__((target("avx"))) __m256d Sleef_cinz_logd4_u10avx(__m256d);
__attribute__((target("avx"))) __m256d Sleef_cinz_powd4_u10avx(__m256d, __m256d);
#endif
#if !defined(__AVX512F__)
__attribute__((target("avx512f"))) __m512 Sleef_cinz_expf16_u10avx512fnofma(__m512);
__attribute__((target("avx512f"))) __m512 Sleef_cinz_logf16_u10avx512fnofma(__m512);
__attribute__((target("avx512f"))) __m512 Sleef_cinz_powf16_u10avx512fnofma(__m512, __m512);
__attribute__((target("avx512f"))) __m512d Sleef_cinz_expd8_u10avx512fnofma(__m512d);
__attribute__((target("avx512f"))) __m512d Sleef_cinz_logd8_u10avx512fnofma(__m512d);
__attribute__((target("avx512f"))) __m512d Sleef_cinz_powd8_u10avx512fnofma(__m512d, __m512d);
#endif
}
#endif

namespace chunkwise::inline CHUNKWISE_ABI::math {

namespace {

/// Elements that are computed together. A multiple of every vector's, so that a block can always be filled up.
constexpr std::size_t block = 64;

/// The elements of a block: SLEEF sees whole vectors only, so no element's bits depend on where it stands.
/// A plain array: a function of the standard library could come from a unit that was compiled with other flags.
template <class T>
struct Block {
  alignas(64) T values[block];

  void load(const T* from, std::size_t n) {
    std::memcpy(values, from, n * sizeof(T));
    for (std::size_t i = n; i < block; ++i) values[i] = T{1};
  }
};

/// SLEEF's functions over one block.
template <class T>
struct Functions {
  void (*exp)(const T* a, T* out);
  void (*log)(const T* a, T* out);
  void (*pow)(const T* a, const T* b, T* out);
};

template <class T, auto F>
void unary(const T* a, T* out) {
  for (std::size_t i = 0; i < block; ++i) out[i] = F(a[i]);
}
template <class T, auto F>
void binary(const T* a, const T* b, T* out) {
  for (std::size_t i = 0; i < block; ++i) out[i] = F(a[i], b[i]);
}

#if defined(__x86_64__)
void exp_sse2(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 4) _mm_store_ps(out + i, Sleef_cinz_expf4_u10sse2(_mm_load_ps(a + i)));
}
void log_sse2(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 4) _mm_store_ps(out + i, Sleef_cinz_logf4_u10sse2(_mm_load_ps(a + i)));
}
void pow_sse2(const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < block; i += 4)
    _mm_store_ps(out + i, Sleef_cinz_powf4_u10sse2(_mm_load_ps(a + i), _mm_load_ps(b + i)));
}
void exp_sse2(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 2) _mm_store_pd(out + i, Sleef_cinz_expd2_u10sse2(_mm_load_pd(a + i)));
}
void log_sse2(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 2) _mm_store_pd(out + i, Sleef_cinz_logd2_u10sse2(_mm_load_pd(a + i)));
}
void pow_sse2(const double* a, const double* b, double* out) {
  for (std::size_t i = 0; i < block; i += 2)
    _mm_store_pd(out + i, Sleef_cinz_powd2_u10sse2(_mm_load_pd(a + i), _mm_load_pd(b + i)));
}

__attribute__((target("avx"))) void exp_avx(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 8) _mm256_store_ps(out + i, Sleef_cinz_expf8_u10avx(_mm256_load_ps(a + i)));
}
__attribute__((target("avx"))) void log_avx(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 8) _mm256_store_ps(out + i, Sleef_cinz_logf8_u10avx(_mm256_load_ps(a + i)));
}
__attribute__((target("avx"))) void pow_avx(const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < block; i += 8)
    _mm256_store_ps(out + i, Sleef_cinz_powf8_u10avx(_mm256_load_ps(a + i), _mm256_load_ps(b + i)));
}
__attribute__((target("avx"))) void exp_avx(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 4) _mm256_store_pd(out + i, Sleef_cinz_expd4_u10avx(_mm256_load_pd(a + i)));
}
__attribute__((target("avx"))) void log_avx(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 4) _mm256_store_pd(out + i, Sleef_cinz_logd4_u10avx(_mm256_load_pd(a + i)));
}
__attribute__((target("avx"))) void pow_avx(const double* a, const double* b, double* out) {
  for (std::size_t i = 0; i < block; i += 4)
    _mm256_store_pd(out + i, Sleef_cinz_powd4_u10avx(_mm256_load_pd(a + i), _mm256_load_pd(b + i)));
}

__attribute__((target("avx512f"))) void exp_avx512(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 16)
    _mm512_store_ps(out + i, Sleef_cinz_expf16_u10avx512fnofma(_mm512_load_ps(a + i)));
}
__attribute__((target("avx512f"))) void log_avx512(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 16)
    _mm512_store_ps(out + i, Sleef_cinz_logf16_u10avx512fnofma(_mm512_load_ps(a + i)));
}
__attribute__((target("avx512f"))) void pow_avx512(const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < block; i += 16)
    _mm512_store_ps(out + i, Sleef_cinz_powf16_u10avx512fnofma(_mm512_load_ps(a + i), _mm512_load_ps(b + i)));
}
__attribute__((target("avx512f"))) void exp_avx512(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 8)
    _mm512_store_pd(out + i, Sleef_cinz_expd8_u10avx512fnofma(_mm512_load_pd(a + i)));
}
__attribute__((target("avx512f"))) void log_avx512(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 8)
    _mm512_store_pd(out + i, Sleef_cinz_logd8_u10avx512fnofma(_mm512_load_pd(a + i)));
}
__attribute__((target("avx512f"))) void pow_avx512(const double* a, const double* b, double* out) {
  for (std::size_t i = 0; i < block; i += 8)
    _mm512_store_pd(out + i, Sleef_cinz_powd8_u10avx512fnofma(_mm512_load_pd(a + i), _mm512_load_pd(b + i)));
}
#elif defined(__aarch64__)
// Those without FMA: the others round once where all other ways round twice.
void exp_neon(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 4) vst1q_f32(out + i, Sleef_cinz_expf4_u10advsimdnofma(vld1q_f32(a + i)));
}
void log_neon(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += 4) vst1q_f32(out + i, Sleef_cinz_logf4_u10advsimdnofma(vld1q_f32(a + i)));
}
void pow_neon(const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < block; i += 4)
    vst1q_f32(out + i, Sleef_cinz_powf4_u10advsimdnofma(vld1q_f32(a + i), vld1q_f32(b + i)));
}
void exp_neon(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 2) vst1q_f64(out + i, Sleef_cinz_expd2_u10advsimdnofma(vld1q_f64(a + i)));
}
void log_neon(const double* a, double* out) {
  for (std::size_t i = 0; i < block; i += 2) vst1q_f64(out + i, Sleef_cinz_logd2_u10advsimdnofma(vld1q_f64(a + i)));
}
void pow_neon(const double* a, const double* b, double* out) {
  for (std::size_t i = 0; i < block; i += 2)
    vst1q_f64(out + i, Sleef_cinz_powd2_u10advsimdnofma(vld1q_f64(a + i), vld1q_f64(b + i)));
}
#endif

Functions<float> functions(Way way, float) {
  switch (way) {
#if defined(__x86_64__)
    case Way::sse2:
      return {exp_sse2, log_sse2, pow_sse2};
    case Way::avx:
      return {exp_avx, log_avx, pow_avx};
    case Way::avx512:
      return {exp_avx512, log_avx512, pow_avx512};
#elif defined(__aarch64__)
    case Way::neon:
      return {exp_neon, log_neon, pow_neon};
#endif
    default:
      return {unary<float, Sleef_cinz_expf1_u10purec>, unary<float, Sleef_cinz_logf1_u10purec>,
              binary<float, Sleef_cinz_powf1_u10purec>};
  }
}

Functions<double> functions(Way way, double) {
  switch (way) {
#if defined(__x86_64__)
    case Way::sse2:
      return {exp_sse2, log_sse2, pow_sse2};
    case Way::avx:
      return {exp_avx, log_avx, pow_avx};
    case Way::avx512:
      return {exp_avx512, log_avx512, pow_avx512};
#elif defined(__aarch64__)
    case Way::neon:
      return {exp_neon, log_neon, pow_neon};
#endif
    default:
      return {unary<double, Sleef_cinz_expd1_u10purec>, unary<double, Sleef_cinz_logd1_u10purec>,
              binary<double, Sleef_cinz_powd1_u10purec>};
  }
}

// SLEEF 3.5.1 lets float64 exp and pow overflow a little early, from exp(709.78271114955743) on where the last finite
// result is exp(709.782712893384). What follows computes these few results from a finite neighbour. For float32 no
// input of 2^32 needs it.

constexpr double infinity = __builtin_inf();

/// exp(t) - 1 for |t| < 2^-16, with an error far below an ulp of exp(t).
double small_expm1(double t) {
  CHUNKWISE_STRICT_FLOATS
  return t + t * t * (0.5 + t * (1.0 / 6.0));
}

/// exp(a) where SLEEF says infinity.
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

/// What lies beyond this has overflowed for certain, though its logarithm is only a double.
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
  functions.log(base.values, log_base.values);
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

/// Whether a block needs mending is one vectorised question; that it does is rare.
template <class T>
bool has_infinity(const Block<T>& values) {
  unsigned found = 0;
  for (const T value : values.values) found |= __builtin_fabs(value) == static_cast<T>(__builtin_inf());
  return found != 0;
}

template <class T>
void run_exp(Way way, const T* a, T* out, std::size_t n) {
  const Functions<T> call = functions(way, T{});
  Block<T> in, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    in.load(a + done, count);
    call.exp(in.values, result.values);
    if (has_infinity(result)) mend_exp(in, result);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

template <class T>
void run_log(Way way, const T* a, T* out, std::size_t n) {
  const Functions<T> call = functions(way, T{});
  Block<T> in, result;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    in.load(a + done, count);
    call.log(in.values, result.values);
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

/// a to the power of b, which is_simple_power.
template <class T>
T simple_power(T a, T b) {
  CHUNKWISE_STRICT_FLOATS
  if (b == T{1}) return a;
  if (b == T{-1}) return T{1} / a;
  // A power is +0 and +inf where the root is -0 and not a number.
  if (b == T{0.5}) return a == -static_cast<T>(infinity) ? static_cast<T>(infinity) : square_root(a + T{0});
  const T square = a * a;
  return b == T{2} ? square : b == T{3} ? square * a : square * square;
}

/// The power b, which is_simple_power, of n elements: the exponent is known in each loop, so that it has no branch.
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
  const Functions<T> call = functions(way, T{});
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
  const Functions<T> call = functions(way, T{});
  Block<T> base, exponent, result;
  for (std::size_t i = 0; i < block; ++i) exponent.values[i] = b;
  for (std::size_t done = 0; done < n; done += block) {
    const std::size_t count = n - done < block ? n - done : block;
    base.load(a + done, count);
    run_any_power(call, base, exponent, result);
    std::memcpy(out + done, result.values, count * sizeof(T));
  }
}

/// The widest way at a level.
Way chosen_way() {
#if defined(__x86_64__)
  switch (cpu_level()) {
    case CpuLevel::avx512:
      return Way::avx512;
    case CpuLevel::avx2:
      return Way::avx;
    case CpuLevel::baseline:
      break;
  }
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
  if (__builtin_cpu_supports("avx")) ways.push_back(Way::avx);
  if (__builtin_cpu_supports("avx512f")) ways.push_back(Way::avx512);
#elif defined(__aarch64__)
  ways.push_back(Way::neon);
#endif
  return ways;
}

void exp(Way way, const float* a, float* out, std::size_t n) { run_exp(way, a, out, n); }
void exp(Way way, const double* a, double* out, std::size_t n) { run_exp(way, a, out, n); }
void log(Way way, const float* a, float* out, std::size_t n) { run_log(way, a, out, n); }
void log(Way way, const double* a, double* out, std::size_t n) { run_log(way, a, out, n); }
void pow(Way way, const float* a, const float* b, float* out, std::size_t n) { run_pow(way, a, b, out, n); }
void pow(Way way, const double* a, const double* b, double* out, std::size_t n) { run_pow(way, a, b, out, n); }

void exp(const float* a, float* out, std::size_t n) { run_exp(chosen_way(), a, out, n); }
void exp(const double* a, double* out, std::size_t n) { run_exp(chosen_way(), a, out, n); }
void log(const float* a, float* out, std::size_t n) { run_log(chosen_way(), a, out, n); }
void log(const double* a, double* out, std::size_t n) { run_log(chosen_way(), a, out, n); }
void pow(const float* a, const float* b, float* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const double* a, const double* b, double* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const float* a, float b, float* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }
void pow(const double* a, double b, double* out, std::size_t n) { run_pow(chosen_way(), a, b, out, n); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::math
