#pragma once
/// A bare TCP connection over loopback: the mark that calls and transfers are measured against.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

namespace chunkwise::bench {

/// Bytes of a transfer.
inline constexpr std::size_t transfer = std::size_t{8} << 20;

inline const std::vector<char>& memory() {
  static const std::vector<char> bytes(transfer, 'x');
  return bytes;
}

/// A request is a number of bytes; the answer is so many.
class BareServer {
 public:
  BareServer() : listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listening_, generic, size) != 0 || ::listen(listening_, 1) != 0 ||
        ::getsockname(listening_, generic, &size) != 0)
      std::perror("bare server");
    client_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(client_, generic, size) != 0) std::perror("bare client");
    serving_ = ::accept(listening_, nullptr, nullptr);
    for (const int fd : {client_, serving_}) {
      const int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    thread_ = std::thread([this] {
      std::uint64_t wanted = 0;
      while (::recv(serving_, &wanted, sizeof wanted, MSG_WAITALL) == sizeof wanted)
        for (std::size_t sent = 0; sent < wanted;) {
          const ssize_t now = ::send(serving_, memory().data() + sent, wanted - sent, MSG_NOSIGNAL);
          if (now <= 0) return;
          sent += static_cast<std::size_t>(now);
        }
    });
  }
  ~BareServer() {
    ::close(client_);
    thread_.join();
    ::close(serving_);
    ::close(listening_);
  }
  void ask(void* out, std::uint64_t size) const {
    (void)::send(client_, &size, sizeof size, MSG_NOSIGNAL);
    (void)::recv(client_, out, size, MSG_WAITALL);
  }

 private:
  int listening_, client_ = -1, serving_ = -1;
  std::thread thread_;
};

}  // namespace chunkwise::bench
