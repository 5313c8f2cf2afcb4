// Fuzzes what a coordinator or a worker reads from a client: any bytes, through the same transport, limits and
// dispatcher as in a server. The first byte says which service, and whether the client was let in. A single allocation
// beyond the limit is found by libFuzzer's -malloc_limit_mb. messages/ has a call of each kind.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>

#include "backends/thrift/wire/server.hpp"

namespace wire = chunkwise::wire;

namespace {

/// Services that do nothing with what they read.
struct NullCoordinator : wire::CoordinatorService {
  using Interface = wire::CoordinatorNull;
};
struct NullWorker : wire::WorkerService {
  using Interface = wire::WorkerNull;
};

constexpr std::uint32_t limit = 1 << 20;

template <class Service>
void serve(const std::uint8_t* data, std::size_t size, bool let_in) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  const auto socket = std::make_shared<wire::Socket>(ends[0], nullptr);
  (void)!::write(ends[1], data, size);
  (void)::shutdown(ends[1], SHUT_WR);
  {
    const wire::Credentials none;
    const auto handler = std::make_shared<wire::ConnectionHandler<Service>>();
    const std::string identity(32, 'i');
    wire::Dispatcher<Service> dispatcher(handler, none, identity, *socket);
    if (let_in) {
      std::string nonce;
      handler->challenge(nonce);
      wire::Welcome welcome;
      handler->hello(welcome, wire::make_hello(none, wire::Role::CLIENT, nonce, {}));
    }
    try {
      socket->set_deadlines(std::chrono::milliseconds(100), {});
      const auto transport = std::make_shared<wire::Transport>(socket, limit);
      wire::Protocol protocol(transport);
      while (transport->peek() && dispatcher.answer(protocol)) {
      }
    } catch (const std::exception&) {
      // As in a server: the connection ends.
    }
  }
  ::close(ends[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return 0;
  const bool let_in = (data[0] & 2) == 0;
  if ((data[0] & 1) == 0)
    serve<NullCoordinator>(data + 1, size - 1, let_in);
  else
    serve<NullWorker>(data + 1, size - 1, let_in);
  return 0;
}
