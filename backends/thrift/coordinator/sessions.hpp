#pragma once
/// The sessions of a coordinator's clients: which are connected, their owners, and when the unconnected ones end. For
/// one thread at a time.
#include <map>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class Sessions {
 public:
  /// Begins a session, or goes on with it. `owner` is the same for all sessions of a user; empty: none. Returns true if
  /// the session was not there.
  bool open(cluster::ClientId client, const std::string& owner);
  /// The client of a session was heard of. Does nothing for a session that is not there.
  void heard(cluster::ClientId client);
  /// The connection of a session ended: the session ends soon, unless it is opened again or heard of.
  void closed(cluster::ClientId client, cluster::Time now);
  /// Takes away the sessions whose time is over; returns them.
  [[nodiscard]] std::vector<cluster::ClientId> take_ended(cluster::Time now);
  /// Takes away the sessions for which is_over(client) holds.
  template <class IsOver>
  void erase_if(const IsOver& is_over) {
    std::erase_if(sessions_, [&](const auto& session) { return is_over(session.first); });
  }

  [[nodiscard]] bool contains(cluster::ClientId client) const { return sessions_.contains(client); }
  /// Returns the owner of a session; empty if it has none, or is not there.
  [[nodiscard]] std::string owner(cluster::ClientId client) const;
  /// Returns the number of sessions that have a connection.
  [[nodiscard]] int connected() const;
  /// Returns true if there is a session without a connection, which ends soon.
  [[nodiscard]] bool any_ends_soon() const { return connected() < static_cast<int>(sessions_.size()); }

 private:
  struct Session {
    std::string owner;
    cluster::Time ends = 0;  ///< infinity while it is connected
  };
  std::map<cluster::ClientId, Session> sessions_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
