#include "backends/thrift/coordinator/sessions.hpp"

#include <algorithm>
#include <limits>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Seconds for which a session outlives its connection: a client that only lost its way is back by then.
constexpr cluster::Time grace = 2;
constexpr cluster::Time forever = std::numeric_limits<cluster::Time>::infinity();

}  // namespace

bool Sessions::open(cluster::ClientId client, const std::string& owner) {
  return sessions_.insert_or_assign(client, Session{owner, forever}).second;
}

void Sessions::heard(cluster::ClientId client) {
  if (const auto session = sessions_.find(client); session != sessions_.end()) session->second.ends = forever;
}

void Sessions::closed(cluster::ClientId client, cluster::Time now) {
  if (const auto session = sessions_.find(client); session != sessions_.end()) session->second.ends = now + grace;
}

std::vector<cluster::ClientId> Sessions::take_ended(cluster::Time now) {
  std::vector<cluster::ClientId> ended;
  for (const auto& [client, session] : sessions_)
    if (session.ends <= now) ended.push_back(client);
  for (const cluster::ClientId client : ended) sessions_.erase(client);
  return ended;
}

std::string Sessions::owner(cluster::ClientId client) const {
  const auto session = sessions_.find(client);
  return session == sessions_.end() ? std::string() : session->second.owner;
}

int Sessions::connected() const {
  return static_cast<int>(
      std::ranges::count_if(sessions_, [](const auto& session) { return session.second.ends == forever; }));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
