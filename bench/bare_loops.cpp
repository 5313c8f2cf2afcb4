#include "bare_loops.hpp"

#include <algorithm>
#include <cmath>

namespace chunkwise::bench {

namespace {

constexpr std::size_t lanes = 32;
/// Columns whose state stays in the second-level cache while rows long enough for the prefetcher stream past.
constexpr std::size_t tile = 16384;

template <class T>
double sum_of(const T* x, std::size_t n) {
  double lane[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) lane[l] += static_cast<double>(x[i + l]);
  double total = 0;
  for (const double value : lane) total += value;
  for (; i < n; ++i) total += static_cast<double>(x[i]);
  return total;
}

template <class T>
void sums_of_columns(const Rows<T>& x, std::size_t begin, std::size_t end, double* __restrict sums) {
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t last = std::min(t + tile, end);
    for (std::size_t i = t; i < last; ++i) sums[i] = 0;
    std::size_t row = 0;
    for (; row + 4 <= x.rows; row += 4) {
      const T* __restrict a = x.data + row * x.width;
      const T* __restrict b = a + x.width;
      const T* __restrict c = b + x.width;
      const T* __restrict d = c + x.width;
      for (std::size_t i = t; i < last; ++i)
        sums[i] += (static_cast<double>(a[i]) + static_cast<double>(b[i])) +
                   (static_cast<double>(c[i]) + static_cast<double>(d[i]));
    }
    for (; row < x.rows; ++row)
      for (std::size_t i = t; i < last; ++i) sums[i] += static_cast<double>(x.data[row * x.width + i]);
  }
}

template <class T>
void moments_of_columns(const Rows<T>& x, std::size_t begin, std::size_t end, T* __restrict out_mean,
                        T* __restrict out_deviation) {
  std::vector<double> means(tile), squares(tile);
  double* __restrict mean = means.data();
  double* __restrict m2 = squares.data();
  for (std::size_t t = begin; t < end; t += tile) {
    const std::size_t n = std::min(tile, end - t);
    std::fill(mean, mean + n, 0.0);
    std::fill(m2, m2 + n, 0.0);
    double seen = 0;
    std::size_t row = 0;
    for (; row + 4 <= x.rows; row += 4, seen += 4) {
      const T* __restrict a = x.data + row * x.width + t;
      const T* __restrict b = a + x.width;
      const T* __restrict c = b + x.width;
      const T* __restrict d = c + x.width;
      const double share = 4 / (seen + 4);
      const double weight = seen * share;
      for (std::size_t i = 0; i < n; ++i) {
        const double va = static_cast<double>(a[i]), vb = static_cast<double>(b[i]);
        const double vc = static_cast<double>(c[i]), vd = static_cast<double>(d[i]);
        const double four = ((va + vb) + (vc + vd)) * 0.25;
        const double da = va - four, db = vb - four, dc = vc - four, dd = vd - four;
        const double delta = four - mean[i];
        mean[i] += delta * share;
        m2[i] += ((da * da + db * db) + (dc * dc + dd * dd)) + delta * delta * weight;
      }
    }
    for (; row < x.rows; ++row) {
      ++seen;
      for (std::size_t i = 0; i < n; ++i) {
        const double v = static_cast<double>(x.data[row * x.width + t + i]);
        const double delta = v - mean[i];
        mean[i] += delta / seen;
        m2[i] += delta * (v - mean[i]);
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      out_mean[t + i] = static_cast<T>(mean[i]);
      out_deviation[t + i] = static_cast<T>(std::sqrt(m2[i] / seen));
    }
  }
}

template <class T>
void standardise_rows(const Rows<T>& x, std::size_t begin, std::size_t end, const T* __restrict mean,
                      const T* __restrict deviation, T* __restrict out) {
  for (std::size_t row = begin; row < end; ++row) {
    const T* __restrict from = x.data + row * x.width;
    T* __restrict to = out + row * x.width;
    for (std::size_t i = 0; i < x.width; ++i) to[i] = (from[i] - mean[i]) / deviation[i];
  }
}

template <class T>
void combine_all(const T* __restrict a, const T* __restrict b, const T* __restrict c, std::size_t n,
                 T* __restrict out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = (a[i] - b[i]) / c[i];
}

}  // namespace

namespace bare {

double sum(const float* x, std::size_t n) { return sum_of(x, n); }
double sum(const double* x, std::size_t n) { return sum_of(x, n); }
void column_sums(const Rows<float>& x, std::size_t begin, std::size_t end, double* sums) {
  sums_of_columns(x, begin, end, sums);
}
void column_sums(const Rows<double>& x, std::size_t begin, std::size_t end, double* sums) {
  sums_of_columns(x, begin, end, sums);
}
void column_moments(const Rows<float>& x, std::size_t begin, std::size_t end, float* mean, float* deviation) {
  moments_of_columns(x, begin, end, mean, deviation);
}
void column_moments(const Rows<double>& x, std::size_t begin, std::size_t end, double* mean, double* deviation) {
  moments_of_columns(x, begin, end, mean, deviation);
}
void standardise(const Rows<float>& x, std::size_t begin, std::size_t end, const float* mean, const float* deviation,
                 float* out) {
  standardise_rows(x, begin, end, mean, deviation, out);
}
void standardise(const Rows<double>& x, std::size_t begin, std::size_t end, const double* mean, const double* deviation,
                 double* out) {
  standardise_rows(x, begin, end, mean, deviation, out);
}
void combine(const float* a, const float* b, const float* c, std::size_t n, float* out) {
  combine_all(a, b, c, n, out);
}
void combine(const double* a, const double* b, const double* c, std::size_t n, double* out) {
  combine_all(a, b, c, n, out);
}

}  // namespace bare

BareTeam::BareTeam(int threads) {
  for (int i = 1; i < threads; ++i)
    threads_.emplace_back([this, index = static_cast<std::size_t>(i)] {
      for (int round = 0;;) {
        round_.wait(round);
        ++round;
        if (loop_ == nullptr) return;
        part(index);
        if (--busy_ == 0) busy_.notify_one();
      }
    });
}

BareTeam::~BareTeam() {
  loop_ = nullptr;
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BareTeam::part(std::size_t index) const {
  const std::size_t parts = threads_.size() + 1;
  const auto border = [&](std::size_t i) { return i == parts ? n_ : n_ * i / parts / 64 * 64; };
  (*loop_)(border(index), border(index + 1));
}

void BareTeam::run(std::size_t n, const std::function<void(std::size_t, std::size_t)>& loop) {
  n_ = n;
  loop_ = &loop;
  busy_ = static_cast<int>(threads_.size());
  ++round_;
  round_.notify_all();
  part(0);
  for (int busy = busy_; busy != 0; busy = busy_) busy_.wait(busy);
}

}  // namespace chunkwise::bench
