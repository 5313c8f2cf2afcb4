#include "runtime/core/stack.hpp"

#include <pthread.h>

#include <cstdint>
#include <string>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the lowest address of this thread's stack; 0 if the system does not say.
std::uintptr_t lowest_address() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  std::size_t size = 0;
  std::size_t guard = 0;
  const bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  (void)pthread_attr_getguardsize(&attributes, &guard);
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<std::uintptr_t>(lowest) + guard : 0;
}

/// The stack of the functions at the end of a recursion, and the most of one step of it. Sanitizers make frames
/// several times as large.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t base_stack = std::size_t{256} << 10;
constexpr std::size_t step_stack = std::size_t{8} << 10;
#else
constexpr std::size_t base_stack = std::size_t{48} << 10;
constexpr std::size_t step_stack = std::size_t{2} << 10;
#endif

}  // namespace

std::size_t stack_left() {
  // Asked once a thread: for the first one, glibc reads a file to answer.
  thread_local const std::uintptr_t lowest = lowest_address();
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here > lowest ? here - lowest : 0;
}

void require_stack(int depth, const char* what) {
  const std::size_t left = stack_left();
  const std::size_t wanted = base_stack + step_stack * static_cast<std::size_t>(depth);
  if (left >= wanted) return;
  throw Error(ErrorCode::unsupported, std::string(what) + " needs about " + format_bytes(static_cast<double>(wanted)) +
                                          " of stack, and this thread has " + format_bytes(static_cast<double>(left)) +
                                          " left; give the thread more, for a program's first one with ulimit -s");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
