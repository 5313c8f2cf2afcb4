#include "chunkwise/kernel/registry.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Registry {
  struct Entry {
    Program program;
    KernelFunction kernel;
  };
  /// Held by writers, beside the other mutex: a child of fork() then finds the whole in order, and makes the other
  /// anew, which threads that read may have held.
  std::mutex writing;
  std::shared_mutex mutex;
  /// By program id; the programs are compared, so that two with one id never share a kernel.
  std::unordered_map<std::uint64_t, std::vector<Entry>> kernels;

  KernelFunction find(const Program& program) {
    const auto found = kernels.find(program.id());
    if (found == kernels.end()) return nullptr;
    for (const Entry& entry : found->second)
      if (entry.program == program) return entry.kernel;
    return nullptr;
  }
};

/// Never destroyed: threads may still look for kernels while static objects are being destroyed.
Registry& registry() {
  return *detail::made_once([] {
    auto* const made = new Registry;
    hold_over_forks(made->writing);
    call_around_forks([] {}, [] {}, [] { new (&registry().mutex) std::shared_mutex; });
    return made;
  });
}

CpuLevel detected_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return CpuLevel::baseline;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return avx512 ? CpuLevel::avx512 : CpuLevel::avx2;
#else
  return CpuLevel::baseline;
#endif
}

/// Returns this CPU's level, or a lower one by the variable: no value may choose instructions that this CPU lacks.
CpuLevel chosen_level() {
  const CpuLevel detected = detected_level();
  const char* const variable = std::getenv("CHUNKWISE_CPU");
  const std::string_view wish = variable == nullptr ? "" : variable;
  if (wish == "baseline") return CpuLevel::baseline;
  if (wish == "avx2") return std::min(detected, CpuLevel::avx2);
  return detected;
}

}  // namespace

void register_kernel(const Program& program, KernelFunction kernel) {
  Registry& all = registry();
  const std::scoped_lock lock(all.writing, all.mutex);
  if (all.find(program) == nullptr) all.kernels[program.id()].push_back({program, kernel});
}

KernelFunction find_kernel(const Program& program) {
  Registry& all = registry();
  const std::shared_lock lock(all.mutex);
  return all.find(program);
}

CpuLevel cpu_level() {
  return *detail::made_once([] { return new const CpuLevel(chosen_level()); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
