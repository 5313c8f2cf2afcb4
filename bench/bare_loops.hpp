#pragma once
/// The loops that mark the limits: plain memory, no chunks, no plan, every vector unit of this machine (the file is
/// compiled with -march=native), and as many independent lanes as its arithmetic wants. A careful programmer would
/// write them by hand for this one purpose; the time of ours is told as a multiple of theirs.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace chunkwise::bench {

/// A field over time: `rows` rows of `width` elements, row-major, without gaps.
template <class T>
struct Rows {
  const T* data = nullptr;
  std::size_t rows = 0, width = 0;
  [[nodiscard]] std::size_t size() const { return rows * width; }
};

namespace bare {

/// Returns the sum in float64 of n elements, in 32 lanes.
double sum(const float* x, std::size_t n);
double sum(const double* x, std::size_t n);
/// Sums in float64 of columns [begin, end), the state in tiles that stay in the cache.
void column_sums(const Rows<float>& x, std::size_t begin, std::size_t end, double* sums);
void column_sums(const Rows<double>& x, std::size_t begin, std::size_t end, double* sums);
/// Mean and standard deviation of columns [begin, end) in one read: four rows at a time in registers, merged into the
/// tile's state by Chan's formula.
void column_moments(const Rows<float>& x, std::size_t begin, std::size_t end, float* mean, float* deviation);
void column_moments(const Rows<double>& x, std::size_t begin, std::size_t end, double* mean, double* deviation);
/// out = (x - mean) / deviation for rows [begin, end), mean and deviation being of one row.
void standardise(const Rows<float>& x, std::size_t begin, std::size_t end, const float* mean, const float* deviation,
                 float* out);
void standardise(const Rows<double>& x, std::size_t begin, std::size_t end, const double* mean, const double* deviation,
                 double* out);
/// out = (a - b) / c, element by element.
void combine(const float* a, const float* b, const float* c, std::size_t n, float* out);
void combine(const double* a, const double* b, const double* c, std::size_t n, double* out);

}  // namespace bare

/// Threads that wait for the next loop, so that a limit does not pay for starting them.
class BareTeam {
 public:
  explicit BareTeam(int threads);
  ~BareTeam();
  BareTeam(const BareTeam&) = delete;
  /// Calls loop(begin, end) on all threads, [0, n) cut into equal ranges at multiples of 64; returns when all are done.
  void run(std::size_t n, const std::function<void(std::size_t begin, std::size_t end)>& loop);

 private:
  void part(std::size_t index) const;
  std::vector<std::thread> threads_;
  std::size_t n_ = 0;
  const std::function<void(std::size_t, std::size_t)>* loop_ = nullptr;  ///< null: the team ends
  std::atomic<int> round_{0}, busy_{0};
};

}  // namespace chunkwise::bench
