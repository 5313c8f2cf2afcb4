#include "runtime/explore/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds that a connection may rest between requests, that a request may take to arrive, and that an answer may take
/// to move on.
constexpr std::chrono::seconds rest{30}, arrival{10}, departure{30};
constexpr std::size_t most_requests = 100'000;
/// How often a thread that waits looks whether the server stops.
constexpr int look_milliseconds = 100;

thread_local int answered = -1;

/// A connection, as the library reads and writes it.
class Connection : public httplib::Stream {
 public:
  Connection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}

  /// Waits for the first byte of another request. Returns false if there is none.
  bool wait_for_request() {
    received_ = 0;
    if (begin_ < end_) return start();
    if (!wait(POLLIN, Clock::now() + rest)) return false;
    return start();
  }

  bool is_readable() const override { return begin_ < end_ || is_ready(POLLIN, 0); }
  bool is_writable() const override { return is_ready(POLLOUT, 0) && !HttpServer::nobody_waits(); }

  ssize_t read(char* to, size_t size) override {
    if (begin_ == end_) {
      if (received_ > most_request_bytes || !wait(POLLIN, deadline_)) return -1;
      const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (count <= 0) return count;
      begin_ = 0;
      end_ = static_cast<std::size_t>(count);
      received_ += end_;
    }
    const std::size_t count = std::min(size, end_ - begin_);
    std::memcpy(to, buffer_.data() + begin_, count);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, size_t size) override {
    while (true) {
      if (!wait(POLLOUT, Clock::now() + departure)) return -1;
      const ssize_t count = ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) return count;
      if (errno != EAGAIN && errno != EINTR) return -1;
    }
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { get(&::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { get(&::getsockname, ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  bool start() {
    deadline_ = Clock::now() + arrival;
    return true;
  }

  [[nodiscard]] bool is_ready(short what, int milliseconds) const {
    pollfd asked{socket_, what, 0};
    return ::poll(&asked, 1, milliseconds) == 1 && (asked.revents & what) != 0;
  }

  [[nodiscard]] bool wait(short what, Clock::time_point until) const {
    do {
      if (is_ready(what, look_milliseconds)) return true;
      pollfd broken{socket_, 0, 0};
      if (::poll(&broken, 1, 0) == 1) return false;
    } while (!stopping_ && Clock::now() < until);
    return false;
  }

  template <class Get>
  void get(Get get, std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (get(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
      ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
      port = ntohs(v4.sin_port);
    } else if (address.ss_family == AF_INET6) {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
      port = ntohs(v6.sin6_port);
    }
    ip = text.data();
  }

  int socket_;
  const std::atomic<bool>& stopping_;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0, end_ = 0;
  std::size_t received_ = 0;  // of this request
  Clock::time_point deadline_;
};

/// A thread for each connection, so that one that rests keeps nobody waiting.
class Connections : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override {
    std::unique_lock lock(mutex_);
    ++count_;
    lock.unlock();
    std::thread([this, serve = std::move(serve)] {
      serve();
      const std::scoped_lock ended(mutex_);
      --count_;
      none_.notify_all();
    }).detach();
  }
  void shutdown() override {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

std::atomic<int> connected{0};

}  // namespace

HttpServer::HttpServer() {
  new_task_queue = [] { return new Connections; };
  // Without SO_REUSEPORT, which is the library's own choice: nobody else shall listen on this port.
  set_socket_options([](socket_t sock) {
    const int yes = 1;
    ::setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

bool HttpServer::nobody_waits() {
  if (answered < 0) return false;
  char byte = 0;
  const ssize_t count = ::recv(answered, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

void HttpServer::stop_all() {
  stopping_ = true;
  stop();
}

bool HttpServer::process_and_close_socket(socket_t sock) {
  bool good = ++connected <= most_connections;
  if (good) {
    const int yes = 1;
    ::setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Connection connection(sock, stopping_);
    for (std::size_t left = most_requests; left > 0 && good && !stopping_ && connection.wait_for_request(); --left) {
      answered = sock;
      bool closed = false;
      good = process_request(connection, left == 1, closed, nullptr) && !closed;
      answered = -1;
    }
  }
  --connected;
  ::shutdown(sock, SHUT_RDWR);
  ::close(sock);
  return good;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
