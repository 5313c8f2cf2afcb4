// Compiled once for each CHUNKWISE_LEVEL, and once without one for SLEEF's plain C. Calls no function template that
// other files could also emit.
#include "runtime/kernel/sleef.hpp"

#include <sleef.h>

#if !defined(CHUNKWISE_LEVEL)
#elif defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// The names of SLEEF's functions say type, width, precision and instruction set; macros put them together. The
// functions without FMA are the right ones: the others round once in places at which all other ways round twice.
#if defined(CHUNKWISE_LEVEL) && defined(__AVX512F__)
#define SLEEF_FLOAT(function, precision) Sleef_cinz_##function##f16_##precision##avx512fnofma
#define SLEEF_DOUBLE(function, precision) Sleef_cinz_##function##d8_##precision##avx512fnofma
#elif defined(CHUNKWISE_LEVEL) && defined(__AVX__)
#define SLEEF_FLOAT(function, precision) Sleef_cinz_##function##f8_##precision##avx
#define SLEEF_DOUBLE(function, precision) Sleef_cinz_##function##d4_##precision##avx
#elif defined(CHUNKWISE_LEVEL) && defined(__x86_64__)
#define SLEEF_FLOAT(function, precision) Sleef_cinz_##function##f4_##precision##sse2
#define SLEEF_DOUBLE(function, precision) Sleef_cinz_##function##d2_##precision##sse2
#elif defined(CHUNKWISE_LEVEL) && defined(__aarch64__)
#define SLEEF_FLOAT(function, precision) Sleef_cinz_##function##f4_##precision##advsimdnofma
#define SLEEF_DOUBLE(function, precision) Sleef_cinz_##function##d2_##precision##advsimdnofma
#else
#define SLEEF_PORTABLE
#define SLEEF_FLOAT(function, precision) Sleef_cinz_##function##f1_##precision##purec
#define SLEEF_DOUBLE(function, precision) Sleef_cinz_##function##d1_##precision##purec
#endif

namespace chunkwise::inline CHUNKWISE_ABI::sleef {
namespace {

#if defined(SLEEF_PORTABLE)
struct Floats {
  static constexpr std::size_t width = 1;
  static float load(const float* from) { return *from; }
  static void store(float* to, float values) { *to = values; }
};
struct Doubles {
  static constexpr std::size_t width = 1;
  static double load(const double* from) { return *from; }
  static void store(double* to, double values) { *to = values; }
};
#elif defined(__AVX512F__)
struct Floats {
  static constexpr std::size_t width = 16;
  static __m512 load(const float* from) { return _mm512_load_ps(from); }
  static void store(float* to, __m512 values) { _mm512_store_ps(to, values); }
};
struct Doubles {
  static constexpr std::size_t width = 8;
  static __m512d load(const double* from) { return _mm512_load_pd(from); }
  static void store(double* to, __m512d values) { _mm512_store_pd(to, values); }
};
#elif defined(__AVX__)
struct Floats {
  static constexpr std::size_t width = 8;
  static __m256 load(const float* from) { return _mm256_load_ps(from); }
  static void store(float* to, __m256 values) { _mm256_store_ps(to, values); }
};
struct Doubles {
  static constexpr std::size_t width = 4;
  static __m256d load(const double* from) { return _mm256_load_pd(from); }
  static void store(double* to, __m256d values) { _mm256_store_pd(to, values); }
};
#elif defined(__x86_64__)
struct Floats {
  static constexpr std::size_t width = 4;
  static __m128 load(const float* from) { return _mm_load_ps(from); }
  static void store(float* to, __m128 values) { _mm_store_ps(to, values); }
};
struct Doubles {
  static constexpr std::size_t width = 2;
  static __m128d load(const double* from) { return _mm_load_pd(from); }
  static void store(double* to, __m128d values) { _mm_store_pd(to, values); }
};
#else
struct Floats {
  static constexpr std::size_t width = 4;
  static float32x4_t load(const float* from) { return vld1q_f32(from); }
  static void store(float* to, float32x4_t values) { vst1q_f32(to, values); }
};
struct Doubles {
  static constexpr std::size_t width = 2;
  static float64x2_t load(const double* from) { return vld1q_f64(from); }
  static void store(double* to, float64x2_t values) { vst1q_f64(to, values); }
};
#endif

#define UNARY_OF(T, Vector, function)                                                                             \
  [](const T* a, T* out) {                                                                                        \
    for (std::size_t i = 0; i < block; i += Vector::width) Vector::store(out + i, function(Vector::load(a + i))); \
  }
#define BINARY_OF(T, Vector, function)                                            \
  [](const T* a, const T* b, T* out) {                                            \
    for (std::size_t i = 0; i < block; i += Vector::width)                        \
      Vector::store(out + i, function(Vector::load(a + i), Vector::load(b + i))); \
  }

void exp2_of_float(const float* a, float* out) {
  for (std::size_t i = 0; i < block; i += Floats::width)
    Floats::store(out + i, SLEEF_FLOAT(exp2, u10)(Floats::load(a + i)));
#if defined(SLEEF_PORTABLE)
  // The only number at which SLEEF's plain C rounds to another result than its vectors.
  for (std::size_t i = 0; i < block; ++i)
    if (a[i] == 0x1.000002p-1F) out[i] = 0x1.6a09e8p+0F;
#endif
}

// In the order of math::Unary.
#define FUNCTIONS_OF(T, Vector, exp2, name)                                           \
  {                                                                                   \
    {UNARY_OF(T, Vector, name(exp, u10)),   exp2,                                     \
     UNARY_OF(T, Vector, name(expm1, u10)), UNARY_OF(T, Vector, name(log, u10)),      \
     UNARY_OF(T, Vector, name(log2, u10)),  UNARY_OF(T, Vector, name(log10, u10)),    \
     UNARY_OF(T, Vector, name(log1p, u10)), UNARY_OF(T, Vector, name(cbrt, u10)),     \
     UNARY_OF(T, Vector, name(sin, u10)),   UNARY_OF(T, Vector, name(cos, u10)),      \
     UNARY_OF(T, Vector, name(tan, u10)),   UNARY_OF(T, Vector, name(asin, u10)),     \
     UNARY_OF(T, Vector, name(acos, u10)),  UNARY_OF(T, Vector, name(atan, u10)),     \
     UNARY_OF(T, Vector, name(sinh, u10)),  UNARY_OF(T, Vector, name(cosh, u10)),     \
     UNARY_OF(T, Vector, name(tanh, u10)),  UNARY_OF(T, Vector, name(asinh, u10)),    \
     UNARY_OF(T, Vector, name(acosh, u10)), UNARY_OF(T, Vector, name(atanh, u10))},   \
        BINARY_OF(T, Vector, name(pow, u10)), BINARY_OF(T, Vector, name(hypot, u05)), \
        BINARY_OF(T, Vector, name(atan2, u10))                                        \
  }

constexpr Table the_table{
    FUNCTIONS_OF(float, Floats, exp2_of_float, SLEEF_FLOAT),
    FUNCTIONS_OF(double, Doubles, UNARY_OF(double, Doubles, SLEEF_DOUBLE(exp2, u10)), SLEEF_DOUBLE)};

}  // namespace

#if defined(CHUNKWISE_LEVEL)
namespace CHUNKWISE_LEVEL {
#else
namespace portable {
#endif
const Table& table() { return the_table; }
}  // namespace

}  // namespace chunkwise::inline CHUNKWISE_ABI::sleef
