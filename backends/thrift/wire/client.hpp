#pragma once
/// Calls to the servers of the protocol: a connection, and a pool of connections by address.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "backends/thrift/wire/failure.hpp"
#include "backends/thrift/wire/handshake.hpp"
#include "backends/thrift/wire/services.hpp"

namespace chunkwise::wire {

/// The options with which a client connects.
struct ClientOptions {
  Security security;
  std::string worker_secret_file;  ///< CredentialFiles::worker_secret_file
  bool user_secret = false;        ///< CredentialFiles::user_secret
  bool takes_environment = true;   ///< credentials that are left out are taken from the environment
  Role::type role = Role::CLIENT;
  Deadlines deadlines;
  std::uint32_t max_message_bytes = max_message;
};

/// Rethrows the exception that is being handled for a caller: as an Error that names the peer. A Failure becomes a
/// RemoteError, an exception of Thrift a PeerLost; an Error goes on as it is.
[[noreturn]] void throw_call_error(const std::string& peer);

/// A connection to a server, after the handshake. For one thread at a time, except for interrupt().
template <class Service>
class Connection {
 public:
  using Client = typename Service::Client;

  /// Connects and says hello. Throws NotConnected if there is nobody, PeerLost if the connection breaks, RemoteError if
  /// the server refuses, Error if the server does not know the secret. A `stop` ends waiting for the server's hello
  /// with a PeerLost.
  Connection(const std::string& address, const Credentials& credentials, const ClientOptions& options,
             const std::stop_token& stop = {})
      : peer_(address),
        socket_(std::make_shared<Socket>(parse_peer(address), options.deadlines, credentials.tls.get())),
        client_(std::make_shared<Protocol>(std::make_shared<Transport>(socket_, options.max_message_bytes))) {
    const std::stop_callback stopped(stop, [this] { interrupt(); });
    call([&](Client& client) { server_ = greet(client, *socket_, credentials, options.role).server; });
    socket_->set_deadlines(options.deadlines.send, options.deadlines.receive);
  }
  Connection(const std::string& address, const ClientOptions& options)
      : Connection(address, credentials_of(options), options) {}

  /// Returns function(client), with errors as throw_call_error() throws them. Any but a RemoteError breaks the
  /// connection.
  template <class F>
  decltype(auto) call(F&& function) {
    try {
      return std::forward<F>(function)(client_);
    } catch (const Failure&) {
      throw_call_error(peer_);
    } catch (...) {
      broken_ = true;
      throw_call_error(peer_);
    }
  }
  /// Returns false after a call that broke the connection, or if the server has ended it.
  [[nodiscard]] bool usable() const noexcept { return !broken_ && socket_->idle(); }
  /// Sets the time for which the next calls wait without any byte coming; 0: for ever.
  void set_deadlines(const Deadlines& deadlines) { socket_->set_deadlines(deadlines.send, deadlines.receive); }
  /// Ends a call that waits in another thread, which gets a PeerLost, and the connection.
  void interrupt() noexcept { socket_->shut_down(); }
  [[nodiscard]] const std::string& address() const { return peer_; }
  /// Returns the address of this side.
  [[nodiscard]] std::string local_host() const { return socket_->local().host; }
  /// Welcome.server.
  [[nodiscard]] const std::string& server() const { return server_; }

 private:
  std::string peer_, server_;
  std::shared_ptr<Socket> socket_;
  Client client_;
  bool broken_ = false;
};

/// Connections by address, made when needed and used again. Thread-safe: calls at the same time have a connection each.
template <class Service>
class ConnectionPool {
 public:
  using Client = typename Service::Client;

  explicit ConnectionPool(ClientOptions options)
      : options_(std::move(options)), credentials_(credentials_of(options_)) {}

  /// Returns function(client) over a connection to HOST:PORT. Throws as Connection and Connection::call do; then the
  /// connection is not used again, except after a RemoteError. `function` may call more than once. A `stop` ends it
  /// with a PeerLost.
  template <class F>
  decltype(auto) with(const std::string& address, F&& function, const std::stop_token& stop = {}) {
    Lease lease{*this, take(address, stop)};
    const std::stop_callback stopped(stop, [&lease] { lease.connection->interrupt(); });
    return lease.connection->call(std::forward<F>(function));
  }
  /// Returns the credentials that were read when the pool was made, for connections that are to have the same.
  [[nodiscard]] const Credentials& credentials() const { return credentials_; }
  /// Ends the idle connections to an address, because its server is gone.
  void forget(const std::string& address) {
    const std::lock_guard lock(mutex_);
    idle_.erase(address);
  }

 private:
  using ConnectionPtr = std::unique_ptr<Connection<Service>>;
  static constexpr std::size_t max_idle = 8;  // of an address

  struct Lease {
    ConnectionPool& pool;
    ConnectionPtr connection;
    ~Lease() { pool.give_back(std::move(connection)); }
  };

  ConnectionPtr take(const std::string& address, const std::stop_token& stop) {
    {
      const std::lock_guard lock(mutex_);
      auto& idle = idle_[address];
      while (!idle.empty()) {
        ConnectionPtr connection = std::move(idle.back());
        idle.pop_back();
        if (connection->usable()) return connection;
      }
    }
    return std::make_unique<Connection<Service>>(address, credentials_, options_, stop);
  }
  void give_back(ConnectionPtr connection) noexcept {
    if (!connection->usable()) return;
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[connection->address()];
    if (idle.size() < max_idle) idle.push_back(std::move(connection));
  }

  ClientOptions options_;
  Credentials credentials_;
  std::mutex mutex_;
  std::map<std::string, std::vector<ConnectionPtr>> idle_;
};

}  // namespace chunkwise::wire
