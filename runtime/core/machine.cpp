#include "runtime/core/machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <thread>

namespace chunkwise::inline CHUNKWISE_ABI {

int usable_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::uint64_t usable_memory() {
  auto memory =
      static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  memory = std::min(memory, memory_of_groups("/proc/self/cgroup", "/sys/fs/cgroup"));
  // ulimit -v and -d, by which schedulers without control groups keep jobs within their memory.
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      memory = std::min(memory, static_cast<std::uint64_t>(limit.rlim_cur));
  }
  return memory;
}

std::uint64_t memory_of_groups(const std::string& membership, const std::string& mount) {
  auto memory = std::numeric_limits<std::uint64_t>::max();
  const auto look = [&](const std::string& file) {
    std::ifstream in(file);
    std::uint64_t limit = 0;
    if (in >> limit && limit > 0) memory = std::min(memory, limit);
  };
  look(mount + "/memory.max");
  look(mount + "/memory/memory.limit_in_bytes");
  // A line is HIERARCHY:CONTROLLERS:PATH, without controllers for version 2. A limit may stand at any group above.
  std::ifstream groups(membership);
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_second = controllers == ",,";
    if (!is_second && controllers.find(",memory,") == std::string::npos) continue;
    for (std::string path = line.substr(second + 1); path.size() > 1; path.erase(path.rfind('/')))
      look(is_second ? mount + path + "/memory.max" : mount + "/memory" + path + "/memory.limit_in_bytes");
  }
  return memory;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
