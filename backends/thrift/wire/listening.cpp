#include "backends/thrift/wire/listening.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

OwnedFd listen_at(Endpoint& endpoint, std::string& bound_host, int waiting, const std::string& refusal,
                  const std::function<void(const sockaddr*)>& require) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::io, refusal + " " + endpoint.to_string() + ": " + why);
  };
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found))
    throw refuse(::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, &::freeaddrinfo);
  std::string why;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    if (require) require(a->ai_addr);
    OwnedFd fd(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol));
    const int yes = 1, no = 0;
    // [::] is every address of the machine, of either kind.
    if (fd.get() >= 0 && a->ai_family == AF_INET6 && is_wildcard(endpoint.host))
      (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (fd.get() < 0 || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(fd.get(), a->ai_addr, a->ai_addrlen) != 0 || ::listen(fd.get(), waiting) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
      if (why.empty()) why = std::strerror(errno);
      continue;
    }
    endpoint.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                                      : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
    bound_host = host_of(reinterpret_cast<const sockaddr*>(&bound));
    return OwnedFd(fd.release());
  }
  throw refuse(why);
}

}  // namespace chunkwise::wire
