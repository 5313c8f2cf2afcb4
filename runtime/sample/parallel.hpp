#pragma once
/// Just enough threads for the generator.
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace sample {

/// Calls `work(i)` for each i from 0 to `count` - 1 on up to `threads` threads, in no fixed order.
/// After an exception no further i begins; the first exception is thrown to the caller when all threads have ended.
inline void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr error;
  std::mutex error_mutex;

  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };

  {
    std::vector<std::jthread> helpers;  // joined at the end of this block, whatever happens
    for (int thread = 1; thread < threads && static_cast<std::size_t>(thread) < count; ++thread) {
      try {
        helpers.emplace_back(run);
      } catch (const std::system_error&) {
        break;  // the system gives no more threads: those that are there do it all
      }
    }
    run();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace sample
}  // namespace chunkwise::inline CHUNKWISE_ABI
