#pragma once
/// Sockets that listen, for servers of any protocol.
#include <functional>
#include <string>

#include "backends/thrift/wire/endpoint.hpp"
#include "runtime/core/owned_fd.hpp"

namespace chunkwise::wire {

/// Listens at the first address of the endpoint at which that is possible, with room for `waiting` connections that
/// nobody has accepted. Fills in the port that the system chose, and the address (without port) that it is bound to.
/// Calls `require` for each address, which may throw. Throws io, with `refusal` and the endpoint before the reason.
[[nodiscard]] OwnedFd listen_at(Endpoint& endpoint, std::string& bound_host, int waiting, const std::string& refusal,
                                const std::function<void(const sockaddr*)>& require = {});

}  // namespace chunkwise::wire
