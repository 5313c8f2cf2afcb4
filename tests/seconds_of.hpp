#pragma once
/// How long a call takes, for tests that something comes to an end in time.
#include <chrono>

namespace chunkwise_test {

/// Calls f and returns the seconds that it took.
template <class F>
double seconds_of(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace chunkwise_test
