#include "backends/thrift/wire/socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "chunkwise/core/made_once.hpp"

namespace chunkwise::wire {

namespace {

using std::chrono::milliseconds;

template <class Call>
auto retried(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// ---- OpenSSL's way to the descriptor, without the SIGPIPE that its own would raise

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      retried([&] { return ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL); });
  if (sent < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = retried([&] { return ::recv(descriptor_of(bio), out, static_cast<std::size_t>(size), 0); });
  if (got < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* make_bio(int fd) {
  const BIO_METHOD* const method = detail::made_once([] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    BIO_meth_set_write(made, &bio_write);
    BIO_meth_set_read(made, &bio_read);
    BIO_meth_set_ctrl(made, &bio_control);
    return made;
  });
  BIO* bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

// ---- connecting

template <class T>
void set_option(int fd, int level, int name, const T& value) {
  (void)::setsockopt(fd, level, name, &value, sizeof value);  // a socket does without options that it does not know
}

void set_usual_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/// Connects within the time; returns 0 or the number of the error.
int connect_within(int fd, const sockaddr* address, socklen_t length, milliseconds patience) {
  if (::connect(fd, address, length) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{fd, POLLOUT, 0};
  const int timeout = patience.count() > 0 ? static_cast<int>(patience.count()) : -1;
  const int ready = retried([&] { return ::poll(&waiting, 1, timeout); });
  if (ready == 0) return ETIMEDOUT;
  int cause = 0;
  socklen_t size = sizeof cause;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) == 0 ? cause : errno;
}

std::string seconds(milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

/// Accepts a certificate that does not name the host, if it is the very one that this side shows and no authority has
/// signed it, as that of a started cluster (certificate.hpp): whoever proves to have its key belongs to the cluster,
/// wherever it runs. To be called by OpenSSL for each certificate of a chain.
int accept_own_certificate(int accepted, X509_STORE_CTX* chain) {
  const int error = X509_STORE_CTX_get_error(chain);
  if (accepted == 1 || (error != X509_V_ERR_HOSTNAME_MISMATCH && error != X509_V_ERR_IP_ADDRESS_MISMATCH))
    return accepted;
  const auto* const tls =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* const own = tls == nullptr ? nullptr : SSL_get_certificate(tls);
  const X509* const shown = X509_STORE_CTX_get0_cert(chain);
  if (own == nullptr || shown == nullptr || X509_cmp(own, shown) != 0 || X509_self_signed(own, 1) != 1) return 0;
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);
/// Returns one end of a connection; without host if it has no address.
Endpoint end_of(int fd, NameCall name_call) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  if (name_call(fd, name, &length) != 0 || (name->sa_family != AF_INET && name->sa_family != AF_INET6)) return {};
  const std::uint16_t port = name->sa_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(name)->sin6_port
                                                         : reinterpret_cast<const sockaddr_in*>(name)->sin_port;
  return {host_of(name), ntohs(port)};
}

}  // namespace

Socket::Socket(const Endpoint& peer, const Deadlines& deadlines, const TlsContext* tls)
    : peer_(peer.to_string()), peer_host_(peer.host), tls_(nullptr, &SSL_free) {
  const auto refuse = [&](const std::string& why) {
    return NotConnected(
        peer_, "cannot connect to " + peer_ + ": " + why + "; is it running there, and reachable from here?", why);
  };
  // A lack of this machine says nothing of the peer.
  const auto lack = [&](const std::string& why) { return PeerLost(peer_, "cannot connect to " + peer_ + ": " + why); };
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  if (const int error = ::getaddrinfo(peer.host.c_str(), std::to_string(peer.port).c_str(), &hints, &found)) {
    if (error == EAI_AGAIN || error == EAI_MEMORY || error == EAI_SYSTEM) throw lack(::gai_strerror(error));
    throw refuse(::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, &::freeaddrinfo);

  int cause = 0;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    fd_ = ::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    cause = fd_ < 0 ? errno : connect_within(fd_, a->ai_addr, a->ai_addrlen, deadlines.connect);
    if (cause == 0) break;
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  if (cause == EMFILE || cause == ENFILE || cause == ENOMEM || cause == ENOBUFS) throw lack(std::strerror(cause));
  if (cause == ETIMEDOUT) throw refuse("no answer for " + seconds(deadlines.connect));
  if (cause != 0) throw refuse(std::strerror(cause));

  (void)::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
  set_usual_options(fd_);
  set_deadlines(deadlines.connect, deadlines.connect);
  if (tls == nullptr) return;
  try {
    begin_tls(*tls);
    SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, &accept_own_certificate);
    X509_VERIFY_PARAM* wanted = SSL_get0_param(tls_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, peer.host.c_str()) != 1) {
      (void)X509_VERIFY_PARAM_set1_host(wanted, peer.host.c_str(), 0);
      (void)SSL_set_tlsext_host_name(tls_.get(), peer.host.c_str());
    }
    ERR_clear_error();
    if (const int done = SSL_connect(tls_.get()); done != 1) fail_tls("cannot make TLS with", done);
  } catch (const TlsRefused&) {
    ::close(fd_);
    throw;
  } catch (const PeerLost& error) {
    ::close(fd_);
    throw NotConnected(error.address(), error.what(), error.what());
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Socket::Socket(int descriptor, const TlsContext* tls) : fd_(descriptor), tls_(nullptr, &SSL_free) {
  const Endpoint peer = end_of(fd_, &::getpeername);
  peer_ = peer.host.empty() ? "a local socket" : peer.to_string();
  peer_host_ = peer.host;
  set_usual_options(fd_);
  if (tls == nullptr) return;
  try {
    begin_tls(*tls);
    SSL_set_accept_state(tls_.get());
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Socket::~Socket() {
  tls_.reset();
  ::close(fd_);
}

Endpoint Socket::local() const { return end_of(fd_, &::getsockname); }

void Socket::begin_tls(const TlsContext& tls) {
  tls_.reset(SSL_new(tls.get()));
  if (!tls_) throw std::bad_alloc();
  BIO* bio = make_bio(fd_);
  SSL_set_bio(tls_.get(), bio, bio);
}

Speech Socket::first_speech() const noexcept {
  constexpr unsigned char handshake = 0x16;  // the type of a client's first TLS record; no message begins with it
  unsigned char byte = 0;
  if (retried([&] { return ::recv(fd_, &byte, 1, MSG_PEEK); }) != 1) return Speech::none;
  return byte == handshake ? Speech::tls : Speech::plain;
}

std::size_t Socket::receive(void* out, std::size_t size, bool all) {
  if (tls_) {
    ERR_clear_error();
    std::size_t got = 0;
    const int done = SSL_read_ex(tls_.get(), out, size, &got);
    if (done == 1) return got;
    if (SSL_get_error(tls_.get(), done) == SSL_ERROR_ZERO_RETURN) return 0;
    fail_tls("cannot receive from", done);
  }
  const ssize_t got = retried([&] { return ::recv(fd_, out, size, all ? MSG_WAITALL : 0); });
  if (got < 0) fail("cannot receive from", errno);
  return static_cast<std::size_t>(got);
}

void Socket::send(iovec* parts, int count, bool more) {
  if (tls_) {
    for (const iovec* part = parts; part != parts + count; ++part) {
      ERR_clear_error();
      std::size_t sent = 0;
      if (part->iov_len == 0) continue;
      const int done = SSL_write_ex(tls_.get(), part->iov_base, part->iov_len, &sent);
      if (done != 1) fail_tls("cannot send to", done);
    }
    return;
  }
  while (count > 0) {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t done = retried([&] { return ::sendmsg(fd_, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0)); });
    if (done < 0) fail("cannot send to", errno);
    auto sent = static_cast<std::size_t>(done);
    for (; count > 0 && sent >= parts->iov_len; ++parts, --count) sent -= parts->iov_len;
    if (count > 0) *parts = {static_cast<std::byte*>(parts->iov_base) + sent, parts->iov_len - sent};
  }
}

void Socket::push() { set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1); }

void Socket::shut_down() noexcept { (void)::shutdown(fd_, SHUT_RDWR); }

void Socket::part() noexcept {
  const auto until = std::chrono::steady_clock::now() + milliseconds(500);
  (void)::shutdown(fd_, SHUT_WR);
  set_option(fd_, SOL_SOCKET, SO_RCVTIMEO, timeval{.tv_sec = 0, .tv_usec = 500'000});
  char ignored[4096];
  while (::recv(fd_, ignored, sizeof ignored, 0) > 0 && std::chrono::steady_clock::now() < until) {
  }
}

bool Socket::idle() const noexcept {
  char byte;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

void Socket::set_deadlines(milliseconds send, milliseconds receive) {
  const auto set = [&](int option, milliseconds time) {
    set_option(fd_, SOL_SOCKET, option, timeval{.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000});
  };
  set(SO_SNDTIMEO, send_ = send);
  set(SO_RCVTIMEO, receive_ = receive);
}

std::string Socket::channel_binding() {
  if (!tls_) return {};
  static constexpr std::string_view label = "EXPORTER-chunkwise-secret";
  std::string value(32, '\0');
  if (SSL_export_keying_material(tls_.get(), reinterpret_cast<unsigned char*>(value.data()), value.size(), label.data(),
                                 label.size(), nullptr, 0, 0) != 1)
    throw Error(ErrorCode::io, "TLS with " + peer_ + " has no exported keys");
  return value;
}

void Socket::fail(const std::string& doing, int cause) const {
  const bool sending = doing.find("send") != std::string::npos;
  const std::string why = cause == EAGAIN ? "it was silent for " + seconds(sending ? send_ : receive_)
                          : cause == 0    ? "it has ended the connection"
                                          : std::strerror(cause);
  throw PeerLost(peer_, doing + " " + peer_ + ": " + why);
}

namespace {
/// Returns true if the peer has said that it does not take our certificate, or misses one: a client learns that when it
/// reads for the first time.
bool refuses_certificate(int reason) {
  switch (reason - SSL_AD_REASON_OFFSET) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}
}  // namespace

void Socket::fail_tls(const char* doing, int result) const {
  const int cause = errno;
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) fail(doing, EAGAIN);
  if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN) fail(doing, error == SSL_ERROR_SYSCALL ? cause : 0);
  const unsigned long code = ERR_peek_error();
  const char* const text = ERR_reason_error_string(code);
  const std::string said = std::string("TLS says '") + (text ? text : "error") + "'";
  const long verified = SSL_get_verify_result(tls_.get());
  const int reason = ERR_GET_REASON(code);
  const bool is_refused = refuses_certificate(reason);
  std::string why = said;
  if (verified != X509_V_OK)
    why += ", its certificate: " + std::string(X509_verify_cert_error_string(verified));
  else if (is_refused)
    why += ": it does not accept the certificate of this side";
  else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    why += std::string("; give it ") + tls_options;
  else if (reason == SSL_R_WRONG_VERSION_NUMBER)
    why = std::string("it speaks no TLS; start it with ") + tls_options + ", or leave them out here";
  const std::string message = std::string(doing) + " " + peer_ + ": " + why;
  if (is_refused || SSL_is_init_finished(tls_.get()) == 0) throw TlsRefused(peer_, message, why);
  throw PeerLost(peer_, message);
}

}  // namespace chunkwise::wire
