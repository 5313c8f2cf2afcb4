#pragma once
/// The choice among the copies of a kernel file that are compiled for one instruction set each.
#include "chunkwise/kernel/registry.hpp"

/// The table of a namespace's kernels for this CPU, chosen once: CHUNKWISE_PICK_LEVEL(load)
#if defined(__x86_64__)
#define CHUNKWISE_PICK_LEVEL(space)                                                   \
  (::chunkwise::cpu_level() == ::chunkwise::CpuLevel::avx512 ? space::avx512::table() \
   : ::chunkwise::cpu_level() == ::chunkwise::CpuLevel::avx2 ? space::avx2::table()   \
                                                             : space::baseline::table())
#else
#define CHUNKWISE_PICK_LEVEL(space) space::baseline::table()
#endif
