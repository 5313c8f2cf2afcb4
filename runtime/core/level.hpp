#pragma once
/// The choice among the copies of a kernel file that are compiled for one instruction set each.
#include "chunkwise/kernel/registry.hpp"

/// Returns the table of a namespace's kernels for this CPU, chosen once: CHUNKWISE_PICK_LEVEL(load). With
/// CHUNKWISE_ONLY_BASELINE there is but one copy (chunkwise_kernels, in cmake/chunkwise_flags.cmake).
#if defined(__x86_64__) && !defined(CHUNKWISE_ONLY_BASELINE)
#define CHUNKWISE_PICK_LEVEL(space)                                                   \
  (::chunkwise::cpu_level() == ::chunkwise::CpuLevel::avx512 ? space::avx512::table() \
   : ::chunkwise::cpu_level() == ::chunkwise::CpuLevel::avx2 ? space::avx2::table()   \
                                                             : space::baseline::table())
#else
#define CHUNKWISE_PICK_LEVEL(space) space::baseline::table()
#endif
