#pragma once
/// Strips of rows, and asking for them in time. Included by kernels.cpp, once for each instruction set, so all of it
/// has internal linkage.
#include <cstddef>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {
namespace {

/// Elements of a row between two rounds of prefetching: eight cache lines of it.
template <class T>
constexpr std::size_t prefetch_strip = 512 / sizeof(T);

/// Asks for a strip of a row that will be wanted some strips from now. Rows lie megabytes apart, and the processor's
/// guesses of several of them at a time come too late: sums along the first axis ran a third faster with this, in
/// memory that no cache holds. An address beyond the row does no harm.
template <class T>
CHUNKWISE_INLINE void prefetch(const T* strip) {
  const char* from = reinterpret_cast<const char*>(strip) + 4 * 512;
  for (std::size_t line = 0; line < 512; line += 64) __builtin_prefetch(from + line);
}

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
