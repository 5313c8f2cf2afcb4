#include "backends/thrift/wire/process_use.hpp"

#include <unistd.h>

#include <cmath>
#include <ctime>
#include <fstream>

namespace chunkwise::wire {

namespace {

double cpu_seconds_of_process() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::int64_t resident_bytes_of_process() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  return file >> all >> resident ? resident * ::sysconf(_SC_PAGE_SIZE) : 0;
}

}  // namespace

ProcessUse ProcessMeter::now() {
  const std::scoped_lock lock(mutex_);
  const Clock::time_point here = Clock::now();
  const double passed = std::chrono::duration<double>(here - measured_).count();
  if (last_.resident_bytes > 0 && passed < 1) return last_;
  const double cpu = cpu_seconds_of_process();
  last_.resident_bytes = resident_bytes_of_process();
  if (passed > 0.1) last_.cpu_percent = static_cast<std::int32_t>(std::lround((cpu - cpu_seconds_) / passed * 100));
  cpu_seconds_ = cpu;
  measured_ = here;
  return last_;
}

}  // namespace chunkwise::wire
