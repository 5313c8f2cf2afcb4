#include "backends/thrift/wire/server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "backends/thrift/wire/listening.hpp"
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

bool agree_on_tls(Refusals& refusals, const std::shared_ptr<Socket>& socket, const std::string& service) {
  const Speech speech = socket->first_speech();
  const bool wants_tls = socket->speaks_tls();
  if (speech == Speech::none) return false;
  if ((speech == Speech::tls) == wants_tls) return true;
  const std::string options = tls_options, server = "the " + service;
  const std::string said = wants_tls ? server + " speaks TLS; give " + options : server + " speaks no TLS";
  const std::string told = wants_tls ? "it speaks no TLS; give it " + options + ", or start " + server + " without them"
                                     : "it speaks TLS, which " + server + " does not; start " + server + " with " +
                                           options + ", or leave them out there";
  if (!socket->become(Standing::dismissed)) return false;
  refusals.add(socket->peer_host(), told);
  try {
    // The answer to the challenge that has come. A client that speaks TLS learns from it that this is none.
    socket->speak_plainly();
    Protocol protocol(std::make_shared<Transport>(socket));
    write_failure(protocol, "challenge", 0, make_failure(ErrorCode::invalid_argument, said));
  } catch (const PeerLost&) {
    // It has gone already.
  }
  socket->part();
  return false;
}

/// The state that the threads of connections share with the listener; it lives as long as the last of them.
struct Listener::State {
  using Clock = std::chrono::steady_clock;
  struct Connection {
    std::shared_ptr<Socket> socket;
    std::thread thread;
    bool done = false;
    Clock::time_point began = Clock::now();
    [[nodiscard]] bool is(Standing standing) const { return !done && socket && socket->standing() == standing; }
  };

  State(const ServerOptions& given, const Credentials& known, const char* name, std::shared_ptr<Refusals> told,
        Serve function)
      : options(given),
        credentials(known),
        service(name),
        refusals(std::move(told)),
        serve(std::move(function)),
        wake(::eventfd(0, EFD_CLOEXEC)) {}

  void accept_all(const std::shared_ptr<State>& self);
  void begin(const std::shared_ptr<State>& self, int fd);
  void refuse(int fd) const;
  void join_done();
  /// Ends the connection, unless somebody was let in over it; `mutex` is held.
  void dismiss(const Connection& connection, const std::string& why) const;
  void dismiss_late();
  /// Makes room for one more stranger: the oldest connection of the address that has most has to go. Returns false if
  /// all that there are have to go already.
  bool make_room() const;

  ServerOptions options;
  Credentials credentials;
  const char* service;
  std::shared_ptr<Refusals> refusals;
  Serve serve;
  Descriptor listening{-1};
  Descriptor wake;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<Connection> connections;
};

void Listener::State::accept_all(const std::shared_ptr<State>& self) {
  const auto greeting = static_cast<int>(options.greeting.count());
  const int patience = std::clamp(greeting / 4, 10, 500);  // ms between two looks for late ones
  auto next_look = Clock::now();
  for (;;) {
    pollfd waiting[] = {{listening.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
    const int ready = ::poll(waiting, 2, patience);
    if (Clock::now() >= next_look) {
      dismiss_late();
      refusals->tell();
      next_look = Clock::now() + std::chrono::milliseconds(patience);
    }
    if (ready <= 0) continue;  // the time, or EINTR
    if (waiting[1].revents != 0) return;
    const int fd = ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
      begin(self, fd);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      ::poll(&waiting[1], 1, 100);  // connections end by and by; till then they wait in the backlog
  }
}

void Listener::State::dismiss(const Connection& connection, const std::string& why) const {
  if (!connection.socket->become(Standing::dismissed)) return;
  refusals->add(connection.socket->peer_host(), why);
  connection.socket->shut_down();
}

void Listener::State::dismiss_late() {
  const auto began = Clock::now() - options.greeting;
  const std::scoped_lock lock(mutex);
  for (const Connection& connection : connections)
    if (connection.is(Standing::stranger) && connection.began < began)
      dismiss(connection, "no hello within " + std::to_string(options.greeting.count()) + " ms");
}

bool Listener::State::make_room() const {
  std::map<std::string, int> of_host;
  for (const Connection& connection : connections)
    if (connection.is(Standing::stranger)) ++of_host[connection.socket->peer_host()];
  const auto most = std::ranges::max_element(of_host, {}, [](const auto& entry) { return entry.second; });
  if (most == of_host.end()) return false;
  for (const Connection& connection : connections) {  // the oldest come first
    if (!connection.is(Standing::stranger) || connection.socket->peer_host() != most->first) continue;
    dismiss(connection, "more connections without hello than the " + std::to_string(options.max_strangers) +
                            " that are waited for");
    return true;
  }
  return false;
}

void Listener::State::begin(const std::shared_ptr<State>& self, int fd) {
  join_done();
  std::unique_lock lock(mutex);
  const auto known = std::ranges::count_if(connections, [](const auto& c) { return c.is(Standing::known); });
  if (known >= options.max_connections) {
    lock.unlock();
    return refuse(fd);
  }
  if (static_cast<std::ptrdiff_t>(connections.size()) - known >= options.max_strangers && !make_room()) {
    ::close(fd);
    return;
  }
  try {
    auto socket = std::make_shared<Socket>(fd, credentials.tls.get());
    const auto connection = connections.insert(connections.end(), {socket, {}});
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
      refusals->add(socket->peer_host(), "the system gives no thread for its connection; see `ulimit -u`");
    }
  } catch (...) {
    // No memory for one more: closed.
  }
}

void Listener::State::refuse(int fd) const {
  try {
    const auto socket = std::make_shared<Socket>(fd, nullptr);
    refusals->add(socket->peer_host(),
                  "there are " + std::to_string(options.max_connections) + " connections, which is the limit");
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

Listener::Listener(const ServerOptions& options, const Credentials& credentials, const char* service,
                   std::shared_ptr<Refusals> refusals, Serve serve)
    : endpoint_(parse_endpoint(options.listen)),
      state_(std::make_shared<State>(options, credentials, service, std::move(refusals), std::move(serve))) {
  const std::string who = "the " + std::string(service);
  const auto require_secret = [&](const sockaddr* address) {
    // The secret of one user does not tell it from users of other machines on the network.
    if ((credentials.secret.empty() || credentials.user_secret) && !is_loopback(address))
      throw Error(ErrorCode::invalid_argument,
                  who + " does not listen at " + endpoint_.to_string() +
                      " without a shared secret, because others can reach it there; give it one (--secret-file or "
                      "CHUNKWISE_SECRET_FILE), or listen at 127.0.0.1");
  };
  constexpr int waiting = 512;
  state_->listening.reset(
      listen_at(endpoint_, bound_host_, waiting, who + " cannot listen at", require_secret).release());
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
