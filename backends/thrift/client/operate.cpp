// What an operator asks of a cluster: workers end, begin anew, become more or fewer; the cluster ends; logs.
#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/user_secret.hpp"
#include "chunkwise/cluster.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

wire::ClientOptions options_for(const wire::CoordinatorName& name, const Security& security) {
  wire::ClientOptions options;
  options.security = wire::settings_for(name, security);
  options.user_secret = true;
  return options;
}

/// Calls function(client, owner) at the coordinator.
template <class F>
void ask(const TextArgument& coordinator, const Security& security, F&& function) {
  const wire::CoordinatorName name = wire::coordinator_name(coordinator);
  wire::Connection<wire::CoordinatorService> connection(wire::address_of(name), options_for(name, security));
  const std::string owner = wire::owner_token();
  connection.call([&](auto& client) { function(client, owner); });
}

void end_worker(const TextArgument& coordinator, const TextArgument& worker, const Security& security,
                wire::WorkerEnd::type how) {
  const std::string name{std::string_view(worker)};
  ask(coordinator, security, [&](auto& client, const std::string& owner) { client.end_worker(owner, name, how); });
}

}  // namespace

void retire_worker(const TextArgument& coordinator, const TextArgument& worker, const Security& security) {
  end_worker(coordinator, worker, security, wire::WorkerEnd::HAND_OVER);
}

void restart_worker(const TextArgument& coordinator, const TextArgument& worker, const Security& security) {
  end_worker(coordinator, worker, security, wire::WorkerEnd::RESTART);
}

void scale_cluster(const TextArgument& coordinator, int workers, const Security& security) {
  ask(coordinator, security, [&](auto& client, const std::string& owner) { client.scale(owner, workers); });
}

void shut_down_cluster(const TextArgument& coordinator, const Security& security) {
  ask(coordinator, security, [&](auto& client, const std::string& owner) { client.shut_down(owner); });
}

std::string worker_log(const TextArgument& coordinator, const TextArgument& worker, std::size_t bytes,
                       const Security& security) {
  const std::string_view wanted = worker;
  std::string names;
  for (const ClusterStatus::Member& member : cluster_status(coordinator, security).workers) {
    if (member.name == wanted) {
      const wire::CoordinatorName name = wire::coordinator_name(coordinator);
      wire::Connection<wire::WorkerService> connection(member.address, options_for(name, security));
      std::string text;
      connection.call([&](auto& client) {
        client.read_log(text, static_cast<std::int32_t>(std::min<std::size_t>(bytes, std::size_t{1} << 20)));
      });
      return printable(text, true);
    }
    names += (names.empty() ? "" : ", ") + member.name;
  }
  throw Error(ErrorCode::not_found, "there is no worker " + printable(wanted) +
                                        (names.empty() ? ", nor any other" : "; there are: " + names));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
