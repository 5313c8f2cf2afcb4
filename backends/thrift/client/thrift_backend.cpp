// The backend behind "thrift://HOST:PORT": runs go to a cluster over the session of this file's folder.
#include "backends/thrift/client/thrift_backend.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "backends/cluster/client/cluster_backend.hpp"
#include "backends/local/local_backend.hpp"
#include "backends/thrift/client/session.hpp"
#include "backends/thrift/wire/address_file.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/plan/usable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using namespace thrift;

class ThriftBackend final : public ClusterBackend {
 public:
  ThriftBackend(std::string uri, const std::string& address, const BackendOptions& options)
      : ThriftBackend(std::shared_ptr<Session>(new Session(std::move(uri), address, options.security), &Session::end),
                      options) {}
  [[nodiscard]] const std::shared_ptr<Session>& session() const { return session_; }

 private:
  ThriftBackend(std::shared_ptr<Session> session, const BackendOptions& options)
      : ClusterBackend(session, make_local_backend("local", options), options), session_(std::move(session)) {}
  std::shared_ptr<Session> session_;
};

/// Waits for the file that the coordinator writes its address to, and says so. Throws io if it does not come within so
/// many seconds; 0: waits for ever.
void await_address(const std::string& uri, const wire::CoordinatorName& coordinator, double patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  double silence = 2;  // seconds: a wait that is over by then is no news
  while (!wire::is_known(coordinator)) {
    const double waited = std::chrono::duration<double>(Clock::now() - began).count();
    if (patience > 0 && waited > patience)
      throw Error(ErrorCode::io, printable(uri) + ": no coordinator has written its address to " +
                                     printable(coordinator.text) + " for " + seconds_text(patience) +
                                     " s; start one with: chunkwise cluster start, or chunkwise coordinator "
                                     "--address-file " +
                                     printable(coordinator.text));
    if (waited > silence) {
      std::fprintf(stderr, "chunkwise: waiting for a coordinator that writes its address to %s\n",
                   printable(coordinator.text).c_str());
      std::fflush(stderr);
      silence = std::max(silence * 4, 30.0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

namespace thrift {

BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options,
                               std::shared_ptr<void> kept) {
  const auto no_address = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' names no coordinator" + why);
  };
  if (!rest.starts_with("//") || rest.size() == 2) throw no_address("; write thrift://HOST:PORT");
  rest.remove_prefix(2);
  wire::CoordinatorName coordinator;
  try {
    coordinator = wire::coordinator_name("thrift://" + std::string(rest));
  } catch (const Error& error) {
    throw no_address(std::string(": ") + error.what());
  }
  await_address(uri, coordinator, options.wait_for_workers);
  BackendOptions found = options;
  found.security = wire::settings_for(coordinator, options.security);
  auto backend = std::make_shared<ThriftBackend>(std::move(uri), wire::address_of(coordinator), found);
  backend->session()->keep(std::move(kept));
  return backend;
}

const std::shared_ptr<Session>& session_of(const BackendPtr& backend) {
  const auto* own = dynamic_cast<const ThriftBackend*>(backend.get());
  if (!own)
    throw Error(ErrorCode::wrong_backend,
                "arrays can be published on a cluster; '" + usable(backend).uri() + "' is none");
  return own->session();
}

}  // namespace thrift

}  // namespace chunkwise::inline CHUNKWISE_ABI

/// Takes the file of the backends that start clusters out of an archive too, to which connect() refers as weakly.
[[gnu::used]] static chunkwise::BackendPtr (*const starts_clusters)(std::string, const chunkwise::BackendOptions&) =
    &chunkwise::thrift::make_cluster_backend;

/// The symbol that a program which links chunkwise::thrift asks the linker for, so that this file is part of it.
extern "C" void chunkwise_thrift_backend() {}
