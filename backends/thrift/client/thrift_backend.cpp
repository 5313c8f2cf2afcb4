// The backend behind "thrift://HOST:PORT": runs go to a cluster over the session of this file's folder.
#include "backends/thrift/client/thrift_backend.hpp"

#include "backends/cluster/client/cluster_backend.hpp"
#include "backends/local/local_backend.hpp"
#include "backends/thrift/client/session.hpp"
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

}  // namespace

namespace thrift {

BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options) {
  const auto no_address = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' names no coordinator" + why);
  };
  if (!rest.starts_with("//") || rest.size() == 2) throw no_address("; write thrift://HOST:PORT");
  rest.remove_prefix(2);
  try {
    (void)wire::parse_peer(rest);
  } catch (const Error& error) {
    throw no_address(std::string(": ") + error.what());
  }
  return std::make_shared<ThriftBackend>(std::move(uri), std::string(rest), options);
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

/// The symbol that a program which links chunkwise::thrift asks the linker for, so that this file is part of it.
extern "C" void chunkwise_thrift_backend() {}
