#include "backends/thrift/wire/server.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/core/threads.hpp"

namespace chunkwise::wire {

namespace {

/// A file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

/// Listens at the endpoint; fills in the port where the system chose it.
int listen_at(Endpoint& endpoint, const Credentials& credentials, const char* service) {
  const std::string who = "the " + std::string(service);
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::io, who + " cannot listen at " + endpoint.to_string() + ": " + why);
  };
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found))
    throw refuse(::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, &::freeaddrinfo);
  if (credentials.secret.empty() && !is_loopback(found->ai_addr))
    throw Error(ErrorCode::invalid_argument,
                who + " does not listen at " + endpoint.to_string() +
                    " without a shared secret, because others can reach it there; give it one (--secret-file or "
                    "CHUNKWISE_SECRET_FILE), or listen at 127.0.0.1");

  Descriptor fd(::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, found->ai_protocol));
  const int yes = 1;
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (fd.get() < 0 || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), 512) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0)
    throw refuse(std::strerror(errno));
  endpoint.port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                                    : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  return fd.release();
}

}  // namespace

void write_failure(Protocol& out, const std::string& method, std::int32_t sequence, const Failure& failure) {
  using namespace apache::thrift::protocol;
  out.writeMessageBegin(method, T_REPLY, sequence);
  out.writeFieldBegin("failure", T_STRUCT, 1);
  failure.write(&out);
  out.writeFieldStop();
  out.writeMessageEnd();
  out.transport().writeEnd();
  out.transport().flush();
}

/// What the threads of connections share with the listener; it lives as long as the last of them.
struct Listener::State {
  struct Connection {
    std::shared_ptr<Socket> socket;
    std::thread thread;
    bool done = false;
  };

  State(const ServerOptions& given, const Credentials& known, const char* name, Serve function)
      : options(given),
        credentials(known),
        service(name),
        serve(std::move(function)),
        wake(::eventfd(0, EFD_CLOEXEC)) {}

  void accept_all(const std::shared_ptr<State>& self);
  void begin(const std::shared_ptr<State>& self, int fd);
  void refuse(int fd) const;
  void join_done();

  ServerOptions options;
  Credentials credentials;
  const char* service;
  Serve serve;
  Descriptor listening{-1};
  Descriptor wake;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<Connection> connections;
};

void Listener::State::accept_all(const std::shared_ptr<State>& self) {
  for (;;) {
    pollfd waiting[] = {{listening.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) continue;  // EINTR
    if (waiting[1].revents != 0) return;
    const int fd = ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
      begin(self, fd);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      ::poll(&waiting[1], 1, 100);  // connections end by and by; till then they wait in the backlog
  }
}

void Listener::State::begin(const std::shared_ptr<State>& self, int fd) {
  join_done();
  std::unique_lock lock(mutex);
  if (connections.size() >= static_cast<std::size_t>(options.max_connections)) {
    lock.unlock();
    return refuse(fd);
  }
  try {
    auto socket = std::make_shared<Socket>(fd, credentials.tls.get());
    const auto connection = connections.insert(connections.end(), {socket, {}, false});
    try {
      connection->thread = std::thread([self, connection, socket] {
        try {
          self->serve(socket);
        } catch (...) {
          // Its handler could not be made, or failed as it was told of the end: the connection ends.
        }
        socket->shut_down();
        const std::lock_guard at_end(self->mutex);
        connection->socket.reset();
        connection->done = true;
        self->ended.notify_all();
      });
    } catch (...) {
      connections.erase(connection);
      throw;
    }
  } catch (...) {
    // No memory, or no thread, for one more: closed.
  }
}

void Listener::State::refuse(int fd) const {
  try {
    const auto socket = std::make_shared<Socket>(fd, nullptr);
    if (credentials.tls) return;
    // The answer to the challenge that will come; it fits in the system's buffer.
    Protocol protocol(std::make_shared<Transport>(socket));
    write_failure(
        protocol, "challenge", 0,
        make_failure(ErrorCode::io, "the " + std::string(service) + " has " + std::to_string(options.max_connections) +
                                        " connections, which is its limit; try again later"));
  } catch (...) {
    // The connection is gone already.
  }
}

void Listener::State::join_done() {
  std::list<Connection> done;
  {
    const std::lock_guard lock(mutex);
    for (auto c = connections.begin(); c != connections.end();) {
      const auto next = std::next(c);
      if (c->done) done.splice(done.end(), connections, c);
      c = next;
    }
  }
  for (Connection& connection : done)
    if (connection.thread.joinable()) connection.thread.join();
}

Listener::Listener(const ServerOptions& options, const Credentials& credentials, const char* service, Serve serve)
    : endpoint_(parse_endpoint(options.listen)),
      state_(std::make_shared<State>(options, credentials, service, std::move(serve))) {
  state_->listening.reset(listen_at(endpoint_, credentials, service));
  acceptor_ = start_thread(std::string("a ") + service, [state = state_] { state->accept_all(state); });
}

Listener::~Listener() { stop(std::chrono::seconds(10)); }

bool Listener::stop(std::chrono::milliseconds grace) {
  if (acceptor_.joinable()) {
    const std::uint64_t one = 1;
    (void)!::write(state_->wake.get(), &one, sizeof one);
    acceptor_.join();
    state_->listening.reset();
  }
  std::unique_lock lock(state_->mutex);
  for (auto& connection : state_->connections)
    if (connection.socket) connection.socket->shut_down();
  const bool all = state_->ended.wait_for(lock, grace, [&] {
    for (const auto& connection : state_->connections)
      if (!connection.done && connection.thread.joinable()) return false;
    return true;
  });
  // The thread of a handler that is still busy keeps the state, and so its place in it.
  for (auto& connection : state_->connections)
    if (!connection.done && connection.thread.joinable()) connection.thread.detach();
  lock.unlock();
  state_->join_done();
  return all;
}

}  // namespace chunkwise::wire
