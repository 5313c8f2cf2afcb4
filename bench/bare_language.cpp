#include "bare_language.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#include <sleef.h>
#endif

namespace chunkwise::bench::bare {

namespace {
constexpr std::size_t tile = 2048;  // columns whose states stay in the cache
constexpr std::size_t lanes = 32;

template <class F>
double sum_over(const double* x, std::size_t n, F f) {
  double lane[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) lane[l] += f(x[i + l]);
  double total = 0;
  for (const double value : lane) total += value;
  for (; i < n; ++i) total += f(x[i]);
  return total;
}

#if defined(__AVX512F__)
using Vector = __m512d;
Vector load(const double* x) { return _mm512_loadu_pd(x); }
Vector add(Vector a, Vector b) { return _mm512_add_pd(a, b); }
constexpr auto vector_exp = &Sleef_cinz_expd8_u10avx512fnofma;
constexpr auto vector_log = &Sleef_cinz_logd8_u10avx512fnofma;
constexpr auto vector_sin = &Sleef_cinz_sind8_u10avx512fnofma;
#elif defined(__AVX__)
using Vector = __m256d;
Vector load(const double* x) { return _mm256_loadu_pd(x); }
Vector add(Vector a, Vector b) { return _mm256_add_pd(a, b); }
constexpr auto vector_exp = &Sleef_cinz_expd4_u10avx;
constexpr auto vector_log = &Sleef_cinz_logd4_u10avx;
constexpr auto vector_sin = &Sleef_cinz_sind4_u10avx;
#elif defined(__x86_64__)
using Vector = __m128d;
Vector load(const double* x) { return _mm_loadu_pd(x); }
Vector add(Vector a, Vector b) { return _mm_add_pd(a, b); }
constexpr auto vector_exp = &Sleef_cinz_expd2_u10sse2;
constexpr auto vector_log = &Sleef_cinz_logd2_u10sse2;
constexpr auto vector_sin = &Sleef_cinz_sind2_u10sse2;
#else
using Vector = double;
Vector load(const double* x) { return *x; }
Vector add(Vector a, Vector b) { return a + b; }
double vector_exp(double x) { return std::exp(x); }
double vector_log(double x) { return std::log(x); }
double vector_sin(double x) { return std::sin(x); }
#endif

template <class F>
double sum_of_vectors(const double* x, std::size_t n, F f) {
  constexpr std::size_t width = sizeof(Vector) / sizeof(double);
  Vector sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 * width <= n; i += 4 * width)
    for (std::size_t k = 0; k < 4; ++k) sums[k] = add(sums[k], f(load(x + i + k * width)));
  double rest[4 * width] = {};
  std::copy(x + i, x + n, rest);
  for (std::size_t k = 0; k < 4; ++k) {
    const Vector last = f(load(rest + k * width));  // of places that are not there as well, which are not added
    alignas(64) double made[width], sum[width];
    __builtin_memcpy(made, &last, sizeof made);
    __builtin_memcpy(sum, &sums[k], sizeof sum);
    for (std::size_t l = 0; l < width; ++l) rest[k * width + l] = sum[l] + (i + k * width + l < n ? made[l] : 0.0);
  }
  double total = 0;
  for (const double value : rest) total += value;
  return total;
}
}  // namespace

void running_sums(const Rows<double>& x, std::size_t begin, std::size_t end, double* out) {
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t n = std::min(tile, end - t);
    std::copy_n(x.data + t, n, out + t);
    for (std::size_t r = 1; r < x.rows; ++r) {
      const double* __restrict from = x.data + r * x.width + t;
      const double* __restrict before = out + (r - 1) * x.width + t;
      double* __restrict to = out + r * x.width + t;
      for (std::size_t i = 0; i < n; ++i) to[i] = before[i] + from[i];
    }
  }
}

void running_means(const Rows<double>& x, std::size_t begin, std::size_t end, std::size_t size, double* out) {
  std::vector<double> sums(tile);
  double* __restrict sum = sums.data();
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t n = std::min(tile, end - t);
    std::fill_n(sum, n, 0.0);
    for (std::size_t r = 0; r < x.rows; ++r) {
      const double* __restrict comes = x.data + r * x.width + t;
      double* __restrict to = out + r * x.width + t;
      const auto divisor = static_cast<double>(size);
      if (r < size) {
        const double value = r + 1 < size ? std::nan("") : 1.0;
        for (std::size_t i = 0; i < n; ++i) sum[i] += comes[i], to[i] = sum[i] / divisor * value;
        continue;
      }
      const double* __restrict goes = comes - size * x.width;
      for (std::size_t i = 0; i < n; ++i) sum[i] += comes[i] - goes[i], to[i] = sum[i] / divisor;
    }
  }
}

void quantiles(const Rows<double>& x, std::size_t begin, std::size_t end, double q, double* out) {
  constexpr std::size_t some = 16;
  std::vector<double> lines(some * x.rows);
  const double place = q * static_cast<double>(x.rows - 1);
  const auto below = static_cast<std::size_t>(place);
  const double way = place - static_cast<double>(below);
  for (std::size_t t = begin; t < end; t += some) {
    const std::size_t n = std::min(some, end - t);
    for (std::size_t r = 0; r < x.rows; ++r)
      for (std::size_t i = 0; i < n; ++i) lines[i * x.rows + r] = x.data[r * x.width + t + i];
    for (std::size_t i = 0; i < n; ++i) {
      const auto first = lines.begin() + static_cast<std::ptrdiff_t>(i * x.rows);
      const auto last = first + static_cast<std::ptrdiff_t>(x.rows);
      const auto at = first + static_cast<std::ptrdiff_t>(below);
      std::nth_element(first, at, last);
      out[t + i] = way == 0 ? *at : *at + (*std::min_element(at + 1, last) - *at) * way;
    }
  }
}

void largest_rows(const Rows<double>& x, std::size_t begin, std::size_t end, std::int64_t* out) {
  std::vector<double> largest(tile);
  double* __restrict best = largest.data();
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t n = std::min(tile, end - t);
    std::int64_t* __restrict place = out + t;
    std::copy_n(x.data + t, n, best);
    std::fill_n(place, n, 0);
    for (std::size_t r = 1; r < x.rows; ++r) {
      const double* __restrict from = x.data + r * x.width + t;
      const auto row = static_cast<std::int64_t>(r);
      for (std::size_t i = 0; i < n; ++i) {
        const bool is_larger = from[i] > best[i];
        best[i] = is_larger ? from[i] : best[i];
        place[i] = is_larger ? row : place[i];
      }
    }
  }
}

std::int64_t largest_of(const double* x, std::size_t n) {
  double best[lanes];
  std::int64_t place[lanes] = {};
  for (std::size_t l = 0; l < lanes; ++l) best[l] = -HUGE_VAL;
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) {
      const bool is_larger = x[i + l] > best[l];
      best[l] = is_larger ? x[i + l] : best[l];
      place[l] = is_larger ? static_cast<std::int64_t>(i + l) : place[l];
    }
  std::size_t winner = 0;
  for (std::size_t l = 1; l < lanes; ++l)
    if (best[l] > best[winner] || (best[l] == best[winner] && place[l] < place[winner])) winner = l;
  for (; i < n; ++i)
    if (x[i] > best[winner]) best[winner] = x[i], place[winner] = static_cast<std::int64_t>(i);
  return place[winner];
}

void column_products(const Rows<double>& x, std::size_t begin, std::size_t end, double* out) {
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t n = std::min(tile, end - t);
    double* __restrict to = out + t;
    std::fill_n(to, n, 1.0);
    for (std::size_t r = 0; r < x.rows; ++r) {
      const double* __restrict from = x.data + r * x.width + t;
      for (std::size_t i = 0; i < n; ++i) to[i] *= from[i];
    }
  }
}

double product(const double* x, std::size_t n) {
  double lane[lanes];
  std::fill_n(lane, lanes, 1.0);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) lane[l] *= x[i + l];
  double total = 1;
  for (const double value : lane) total *= value;
  for (; i < n; ++i) total *= x[i];
  return total;
}

bool any(const double* x, std::size_t n) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < n; ++i) found |= x[i] != 0 ? 1U : 0U;
  return found != 0;
}

void product_of_matrices(const double* a, const double* b, std::size_t n, std::size_t begin, std::size_t end,
                         double* c) {
  constexpr std::size_t block = 256;
  for (std::size_t i = begin; i < end; ++i) std::fill_n(c + i * n, n, 0.0);
  for (std::size_t j = 0; j < n; j += block)
    for (std::size_t i = begin; i < end; ++i) {
      double* __restrict to = c + i * n;
      const std::size_t last = std::min(j + block, n);
      std::size_t k = 0;
      for (; k + 4 <= n; k += 4) {
        const double f0 = a[i * n + k], f1 = a[i * n + k + 1], f2 = a[i * n + k + 2], f3 = a[i * n + k + 3];
        const double* __restrict r0 = b + k * n;
        const double* __restrict r1 = r0 + n;
        const double* __restrict r2 = r1 + n;
        const double* __restrict r3 = r2 + n;
        for (std::size_t x = j; x < last; ++x) to[x] += f0 * r0[x] + f1 * r1[x] + f2 * r2[x] + f3 * r3[x];
      }
      for (; k < n; ++k)
        for (std::size_t x = j; x < last; ++x) to[x] += a[i * n + k] * b[k * n + x];
    }
}

double sum_of_roots(const double* x, std::size_t n) {
  return sum_over(x, n, [](double v) { return std::sqrt(v); });
}
double sum_of_floors(const double* x, std::size_t n) {
  return sum_over(x, n, [](double v) { return std::floor(v * 8); });
}
double sum_of_squares(const double* x, std::size_t n) {
  return sum_over(x, n, [](double v) { return v * v; });
}
double sum_of_exp(const double* x, std::size_t n) { return sum_of_vectors(x, n, vector_exp); }
double sum_of_log(const double* x, std::size_t n) { return sum_of_vectors(x, n, vector_log); }
double sum_of_sin(const double* x, std::size_t n) { return sum_of_vectors(x, n, vector_sin); }

}  // namespace chunkwise::bench::bare
