#include "backends/thrift/wire/refusals.hpp"

namespace chunkwise::wire {

namespace {

/// Kinds that are counted apart; refusals of further addresses are told as one.
constexpr std::size_t most_kinds = 100;

}  // namespace

void Refusals::add(const std::string& host, const std::string& why) {
  if (!log_) return;
  const std::scoped_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  tell_due(now);
  Kind kind{host, why};
  if (!counts_.contains(kind) && counts_.size() >= most_kinds) kind.first = "many addresses";
  const auto [count, is_new] = counts_.try_emplace(kind, Count{now});
  if (is_new)
    log_(server_ + " refused " + kind.first + ": " + why);
  else
    ++count->second.untold;
}

void Refusals::tell() {
  if (!log_) return;
  const std::scoped_lock lock(mutex_);
  tell_due(Clock::now());
}

void Refusals::tell_due(Clock::time_point now) {
  for (auto entry = counts_.begin(); entry != counts_.end();) {
    const auto here = entry++;
    auto& [kind, count] = *here;
    if (now - count.told < interval_) continue;
    if (count.untold == 0) {
      counts_.erase(here);
      continue;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - count.told).count();
    log_(server_ + " refused " + kind.first + " " + std::to_string(count.untold) +
         (count.untold == 1 ? " more time in " : " more times in ") + std::to_string(seconds) + " s: " + kind.second);
    count = {now, 0};
  }
}

}  // namespace chunkwise::wire
