#pragma once
/// Threads of a program's own, which the system may refuse.
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Starts a thread that runs `function`. Throws io, naming the thread's purpose, if the system gives none.
template <class F>
[[nodiscard]] std::thread start_thread(const std::string& purpose, F&& function) {
  try {
    return std::thread(std::forward<F>(function));
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::io, "the system gives no thread for " + purpose + " (" + error.code().message() +
                                   "); raise the limit of processes (ulimit -u), or end others");
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
