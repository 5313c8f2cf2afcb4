#include "backends/thrift/coordinator/refused_workers.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

constexpr cluster::Time told_again_after = 60;  // seconds, while the worker goes on trying
constexpr cluster::Time shown_for = 30;         // seconds
constexpr std::size_t most_names = 100;         // a caller that makes up names fills no memory

}  // namespace

bool RefusedWorkers::add(const std::string& name, const std::string& why, cluster::Time now) {
  const auto found = workers_.find(name);
  if (found == workers_.end() && workers_.size() >= most_names) return false;
  Refused& refused = found != workers_.end() ? found->second : workers_[name];
  const bool is_news = refused.why != why || refused.told + told_again_after < now;
  if (is_news) refused.told = now;
  refused.why = why;
  refused.last = now;
  return is_news;
}

void RefusedWorkers::forget_old(cluster::Time now) {
  std::erase_if(workers_, [&](const auto& entry) { return entry.second.last + shown_for < now; });
}

std::vector<std::string> RefusedWorkers::reasons() const {
  std::vector<std::string> reasons;
  for (const auto& [name, refused] : workers_) reasons.push_back(refused.why);
  return reasons;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
