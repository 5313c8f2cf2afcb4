#pragma once
/// The first exchange of both sides: protocol version, catalogue of operations, and proof that they know the secret.
#include <cstdint>
#include <string>

#include "backends/thrift/wire/security.hpp"
#include "backends/thrift/wire/services.hpp"

namespace chunkwise::wire {

/// Returns a hash of the meaning of numbers: the operations of op/catalog.hpp (number, name, arity, rule of types), the
/// reductions and the version of their definition.
[[nodiscard]] std::uint64_t catalogue_fingerprint();

/// The server's side on one connection.
class Greeting {
 public:
  /// `service` is the server's name in errors: "coordinator"; `server` is Welcome.server.
  Greeting(const Credentials& credentials, const char* service, const std::string& server, Socket& socket)
      : credentials_(&credentials), service_(service), server_(&server), socket_(&socket) {}
  /// Returns a new nonce.
  std::string challenge();
  /// Throws a Failure that says how the two sides differ. A connection has one try.
  Welcome hello(const Hello& hello);
  [[nodiscard]] bool accepted() const { return state_ == State::accepted; }
  [[nodiscard]] bool refused() const { return state_ == State::refused; }
  [[nodiscard]] Role::type role() const { return role_; }
  /// HOST:PORT that the client calls from.
  [[nodiscard]] const std::string& peer() const { return socket_->peer(); }
  /// The connection.
  [[nodiscard]] const Socket& socket() const { return *socket_; }
  /// Returns in a few words why it was refused, for a log.
  [[nodiscard]] const std::string& why_refused() const { return why_refused_; }

 private:
  enum class State { waiting, accepted, refused };
  const Credentials* credentials_;
  const char* service_;
  const std::string* server_;
  Socket* socket_;
  std::string nonce_, why_refused_;
  Role::type role_ = Role::CLIENT;
  State state_ = State::waiting;
};

/// The client's side: asks for the challenge, says hello, and checks and returns the welcome. Throws Failure if the
/// server refuses, and Error if the server does not know the secret.
Welcome greet(PeerClientT<Protocol>& client, Socket& socket, const Credentials& credentials, Role::type role);
/// Returns the hello that greet() says.
[[nodiscard]] Hello make_hello(const Credentials& credentials, Role::type role, const std::string& server_nonce,
                               const std::string& channel);

}  // namespace chunkwise::wire
