#include "backends/thrift/launch/adapt.hpp"

#include <algorithm>
#include <cstdint>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// The seconds for which all workers are busy before more are wanted: a run that is over by then needs no more.
constexpr double patience = 2;

/// Returns how many workers hold what is kept with half of their memory.
int holders_of(const ClusterStatus& status) {
  std::uint64_t held = 0, least_limit = 0;
  for (const ClusterStatus::Member& worker : status.workers) {
    held += worker.held;
    least_limit = least_limit == 0 ? worker.memory_limit : std::min(least_limit, worker.memory_limit);
  }
  const std::uint64_t half = std::max<std::uint64_t>(least_limit / 2, 1);
  const std::uint64_t needed = held / half + (held % half > 0 ? 1 : 0);
  return static_cast<int>(std::min<std::uint64_t>(needed, status.workers.size()));
}

}  // namespace

int Adapt::wanted(const ClusterStatus& status, int wanted, double now) {
  const auto there = static_cast<int>(status.workers.size());
  const bool is_short = std::ranges::any_of(status.runs, [](const auto& run) { return !run.waits_for.empty(); });
  const bool all_busy =
      there > 0 && std::ranges::all_of(status.workers, [](const auto& worker) { return worker.running > 0; });
  const bool is_busy = !status.runs.empty() && there >= wanted && (is_short || all_busy);
  if (!is_busy)
    busy_since_ = -1;
  else if (busy_since_ < 0)
    busy_since_ = now;
  if (!status.runs.empty())
    idle_since_ = -1;
  else if (idle_since_ < 0)
    idle_since_ = now;

  int target = std::clamp(wanted, least_, most_);
  if (!status.runs.empty() && target == 0) target = std::min(most_, 1);
  if (is_busy && now - busy_since_ >= patience) {
    busy_since_ = now;
    target = std::min(std::max(target, 1) * 2, most_);
  }
  if (idle_since_ >= 0 && now - idle_since_ >= idle_)
    target = std::clamp(std::max(least_, holders_of(status)), least_, std::max(target, least_));
  return target;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
