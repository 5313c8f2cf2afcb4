#pragma once
/// A relay on loopback that counts the bytes and calls it passes on, and can keep back an answer: put before a
/// coordinator, it sees all that others say to it.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace chunkwise::testing_cluster {

class Relay {
 public:
  /// Passes connections on to HOST:PORT of loopback.
  explicit Relay(const std::string& address)
      : target_(loopback(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))))),
        listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in own = loopback(0);
    socklen_t size = sizeof own;
    auto* const name = reinterpret_cast<sockaddr*>(&own);
    if (::bind(listener_, name, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, name, &size) != 0)
      throw std::runtime_error("the relay cannot listen");
    port_ = ntohs(own.sin_port);
    threads_.emplace_back([this] { accept(); });
  }
  ~Relay() {
    ending_ = true;
    for (std::thread& thread : threads_) thread.join();  // accept() adds none once it has ended, as the first
    ::close(listener_);
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Bytes that passed in both directions so far.
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// Counts the calls of a method from now on.
  void count_calls_of(const std::string& method) {
    const std::scoped_lock lock(counting_);
    counted_ = method;
    calls_ = 0;
  }
  [[nodiscard]] int calls() const { return calls_; }
  /// The next call of a method is passed on, and its connection closed before the answer.
  void lose_answer_to(const std::string& method) {
    method_ = method;
    to_lose_ = 1;
  }
  /// Answers that were lost so far.
  [[nodiscard]] int lost() const { return lost_; }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void accept() {
    while (!ending_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      const int here = ::accept(listener_, nullptr, nullptr);
      const int there = ::socket(AF_INET, SOCK_STREAM, 0);
      if (::connect(there, reinterpret_cast<const sockaddr*>(&target_), sizeof target_) != 0)
        ::shutdown(here, SHUT_RDWR);
      threads_.emplace_back([this, here, there] { pass(here, there); });
    }
  }
  void pass(int here, int there) {
    const int on = 1;
    for (const int socket : {here, there}) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::array<char, 65536> buffer{};
    bool loses = false;
    for (bool open = true; open && !ending_;) {
      std::array<pollfd, 2> ready{pollfd{here, POLLIN, 0}, pollfd{there, POLLIN, 0}};
      if (::poll(ready.data(), ready.size(), 50) <= 0) continue;
      for (const bool back : {false, true}) {
        if (ready[back].revents == 0) continue;
        const ssize_t size = ::recv(back ? there : here, buffer.data(), buffer.size(), 0);
        open = size > 0;
        if (open && back && loses) {
          ++lost_;
          open = false;
        }
        const std::string_view bytes(buffer.data(), open ? static_cast<std::size_t>(size) : 0);
        if (!back) count(bytes);
        if (!back && to_lose_ > 0 && has_method(bytes)) loses = to_lose_.exchange(0) > 0;
        for (ssize_t sent = 0; open && sent < size;) {
          const ssize_t more =
              ::send(back ? here : there, buffer.data() + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
          open = more > 0;
          if (open) sent += more;
        }
        if (!open) break;
        bytes_ += size;
      }
    }
    ::close(here);
    ::close(there);
  }

  void count(std::string_view bytes) {
    const std::scoped_lock lock(counting_);
    if (!counted_.empty() && bytes.find(counted_) != std::string_view::npos) ++calls_;
  }
  [[nodiscard]] bool has_method(std::string_view bytes) const { return bytes.find(method_) != std::string_view::npos; }

  sockaddr_in target_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<std::int64_t> bytes_{0};
  std::string method_;  ///< written before to_lose_ is
  std::atomic<int> to_lose_{0}, lost_{0};
  std::mutex counting_;
  std::string counted_;  ///< nothing: none
  std::atomic<int> calls_{0};
  std::list<std::thread> threads_;
};

}  // namespace chunkwise::testing_cluster
