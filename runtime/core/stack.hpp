#pragma once
/// The stack that a thread has left. A program may be started with little (`ulimit -s 200`), and a caller's thread may
/// have been made with little; a recursion that goes down a graph or a text asks before it begins.
#include <cstddef>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the bytes below the caller's frame that this thread may still use.
[[nodiscard]] std::size_t stack_left();

/// The stack of the threads that chunkwise makes for its runs.
inline constexpr std::size_t thread_stack = std::size_t{8} << 20;

/// Throws unsupported if this thread's stack is too small for a recursion of that depth; `what` names it in the
/// error.
void require_stack(int depth, const char* what);

}  // namespace chunkwise::inline CHUNKWISE_ABI
