#pragma once
/// TCP connections, bare or under TLS, on which the transport (transport.hpp) and the server (server.hpp) stand.
/// Next: transport.hpp.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "backends/thrift/wire/endpoint.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/core/error.hpp"

struct iovec;
struct ssl_st;

namespace chunkwise::wire {

/// A peer that could not be reached, or a connection to it that broke. A call under way may or may not have happened.
class PeerLost : public Error {
 public:
  PeerLost(std::string address, const std::string& message)
      : Error(ErrorCode::io, message), address_(std::move(address)) {}
  /// HOST:PORT of the peer.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  std::string address_;
};

/// There was never a connection: nobody listens there, no way leads there, or there is no TLS to be made (TlsRefused).
class NotConnected : public PeerLost {
 public:
  NotConnected(std::string address, const std::string& message, std::string cause)
      : PeerLost(std::move(address), message), cause_(std::move(cause)) {}
  /// The reason alone: "Connection refused".
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

 private:
  std::string cause_;
};

/// There was no TLS to be made with the peer: it speaks none, or one side does not accept the certificate of the other.
class TlsRefused : public NotConnected {
 public:
  using NotConnected::NotConnected;
};

/// The options of a side that speaks TLS: for errors and lines of a log.
inline constexpr const char* tls_options =
    "--tls-certificate, --tls-key and --tls-authority (or CHUNKWISE_TLS_CERTIFICATE, _KEY and _AUTHORITY)";

/// The way in which a client begins.
enum class Speech : std::uint8_t { none, plain, tls };

/// The times for which a client waits; 0: for ever.
struct Deadlines {
  std::chrono::milliseconds connect{5000};   ///< for the connection, TLS and the handshake
  std::chrono::milliseconds send{60000};     ///< without any byte being taken
  std::chrono::milliseconds receive{60000};  ///< without any byte coming
};

/// The standing of a client with the server that it connected to.
enum class Standing : std::uint8_t {
  stranger,   ///< has not said hello yet
  known,      ///< was let in
  dismissed,  ///< had to go, because it took too long, or to make room
};

/// One connection, with TCP_NODELAY and keepalive. Reading and writing are for one thread; shut_down() for any.
class Socket {
 public:
  /// Connects, and makes TLS if `tls` is given. Throws NotConnected.
  Socket(const Endpoint& peer, const Deadlines& deadlines, const TlsContext* tls);
  /// An accepted connection; `tls` is made at the first read or write. Takes the descriptor.
  Socket(int descriptor, const TlsContext* tls);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Reads 1 to `size` bytes, all of them if `all` is set and the peer does not pause. Returns their number; 0: the
  /// peer has ended the connection. Throws PeerLost.
  std::size_t receive(void* out, std::size_t size, bool all);
  /// For an accepted connection: waits for the first byte and returns how the client speaks; `none` if none comes.
  [[nodiscard]] Speech first_speech() const noexcept;
  [[nodiscard]] bool speaks_tls() const noexcept { return tls_ != nullptr; }
  /// Speaks without TLS from now on, as to a client that has none.
  void speak_plainly() noexcept { tls_.reset(); }
  /// Sends all bytes of the parts, which it changes. `more`: something follows at once. Throws PeerLost.
  void send(iovec* parts, int count, bool more);
  /// Sends bytes that were held back because more were to follow.
  void push();
  /// Ends the connection for both sides: a thread that reads or writes it gets an error.
  void shut_down() noexcept;
  /// Says goodbye: sends no more, and takes bytes that still come for half a second, because the system discards our
  /// last bytes if more come after the end.
  void part() noexcept;
  /// Returns true if nothing has come and the peer has not ended the connection.
  [[nodiscard]] bool idle() const noexcept;
  /// Sets the times for which the next reads and writes wait; 0: for ever.
  void set_deadlines(std::chrono::milliseconds send, std::chrono::milliseconds receive);
  /// HOST:PORT of the peer.
  [[nodiscard]] const std::string& peer() const { return peer_; }
  /// HOST of the peer: its address, if this is an accepted connection.
  [[nodiscard]] const std::string& peer_host() const { return peer_host_; }
  /// Returns HOST:PORT of this side, as addresses; empty if it has none.
  [[nodiscard]] Endpoint local() const;
  /// For servers. Any thread may ask for the standing, and change a stranger's; become() returns false if it is none
  /// any more.
  [[nodiscard]] Standing standing() const noexcept { return standing_; }
  bool become(Standing standing) noexcept {
    Standing expected = Standing::stranger;
    return standing_.compare_exchange_strong(expected, standing);
  }
  /// Returns a value that only the two ends of this TLS connection know; empty without TLS. Proofs of the secret
  /// include it, so that nobody in between can pass them on.
  [[nodiscard]] std::string channel_binding();

 private:
  void begin_tls(const TlsContext& tls);
  [[noreturn]] void fail(const std::string& doing, int cause) const;
  [[noreturn]] void fail_tls(const char* doing, int result) const;

  int fd_ = -1;
  std::string peer_, peer_host_;
  std::atomic<Standing> standing_{Standing::stranger};
  std::chrono::milliseconds send_{0}, receive_{0};
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
};

}  // namespace chunkwise::wire
