#pragma once
/// The parts that all files of the suite share: the size of the study, the numbers of threads, and the backends.
#include <cstdint>
#include <memory>
#include <vector>

#include "bare_loops.hpp"
#include "chunkwise/chunkwise.hpp"

namespace chunkwise::bench {

/// Returns the steps of time of the study's array, --steps=N; 544 is its full size (4.5 GB as float64), 4 a chunk.
[[nodiscard]] std::int64_t steps();
/// Returns 1, 2, 4, ... and all the CPUs of this process.
[[nodiscard]] const std::vector<int>& thread_counts();
/// Returns the local backend with so many threads; one object each.
[[nodiscard]] const BackendPtr& local(int threads);

inline constexpr std::int64_t latitudes = 721, longitudes = 1440;
inline constexpr std::int64_t chunk_steps = 4;  ///< steps of time in a chunk

/// Returns the study's array as a formula of `n` steps, chunks of (4, 721, 1440): nothing of it is in memory.
template <class T>
[[nodiscard]] Array<T, 3> generated(std::int64_t n) {
  return random<T, 3>({n, latitudes, longitudes}, 1, {chunk_steps, latitudes, longitudes});
}

/// The study's array in memory that has been touched, chunks of (4, 721, 1440), and the same as a bare loop sees it.
template <class T>
struct Study {
  Array<T, 3> x;
  Rows<T> rows;
};
template <class T>
[[nodiscard]] const Study<T>& study();
/// Frees the memory of study(), which makes it anew when it is asked again.
void forget_study();

void add_study();
void add_machinery();
void add_growth();
void add_lines();
void add_shapes();
void add_language();
void add_memory();
void add_backends();
void add_coordinator();
/// Ends the cluster that still runs: before main ends, and with it the objects that its threads use.
void end_backends();

}  // namespace chunkwise::bench
