#pragma once
/// The part of the machine that this process may use.
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns how many CPUs this process may use: its affinity, which container limits and taskset change.
[[nodiscard]] int usable_threads();
/// Returns the bytes of memory of the machine, or of the container, control group (cgroup) or resource limit (ulimit
/// -v, ulimit -d) that this process is in, if that is less.
[[nodiscard]] std::uint64_t usable_memory();

/// Returns the least memory limit of the control groups that a process is in: `membership` is its /proc/PID/cgroup,
/// `mount` the folder /sys/fs/cgroup. The greatest number if there is no limit.
[[nodiscard]] std::uint64_t memory_of_groups(const std::string& membership, const std::string& mount);

}  // namespace chunkwise::inline CHUNKWISE_ABI
