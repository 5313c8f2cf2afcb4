#include "backends/thrift/wire/security.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "backends/thrift/wire/small_file.hpp"
#include "backends/thrift/wire/user_secret.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::wire {

namespace {
void fill(std::string& value, const char* variable) {
  const char* const set = std::getenv(variable);
  if (value.empty() && set != nullptr) value = set;
}

constexpr std::size_t most_secret = std::size_t{1} << 16;
/// Of a certificate with its chain, a key, or all authorities of a system.
constexpr std::size_t most_pem = std::size_t{1} << 24;

/// Gives OpenSSL no pass phrase, which it would otherwise wait for at the terminal.
int no_pass_phrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}
}  // namespace

Security with_environment(Security security) {
  fill(security.secret_file, "CHUNKWISE_SECRET_FILE");
  fill(security.certificate, "CHUNKWISE_TLS_CERTIFICATE");
  fill(security.key, "CHUNKWISE_TLS_KEY");
  fill(security.authority, "CHUNKWISE_TLS_AUTHORITY");
  return security;
}

CredentialFiles with_environment(CredentialFiles files) {
  files.security = with_environment(std::move(files.security));
  fill(files.worker_secret_file, "CHUNKWISE_WORKER_SECRET_FILE");
  return files;
}

std::string read_secret(const std::string& file) {
  const auto fail = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "the secret file " + printable(file) + " " + why);
  };
  const SmallFile read = read_small_file("the secret file", file, most_secret);
  if ((read.mode & (S_IRWXG | S_IRWXO)) != 0) throw fail("is open to others than its owner; run chmod 600 on it");
  const std::string& secret = read.bytes;
  constexpr const char* white = " \t\r\n";
  const std::size_t first = secret.find_first_not_of(white);
  if (first == std::string::npos) throw fail("is empty; write for example 'openssl rand -hex 32' to it");
  return secret.substr(first, secret.find_last_not_of(white) + 1 - first);
}

std::string random_nonce() {
  std::array<unsigned char, 32> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Error(ErrorCode::io, "the system has no random bytes to give");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string proof_of(std::string_view secret, std::initializer_list<std::string_view> parts) {
  std::string message;
  for (const std::string_view part : parts) {
    message += std::to_string(part.size());
    message += ':';
    message += part;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &size) == nullptr)
    throw Error(ErrorCode::io, "OpenSSL has no HMAC-SHA256");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

bool equal_proofs(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string digest_of(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  (void)SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
               reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::int64_t number_of(std::string_view token) {
  const std::string digest = digest_of(token);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return std::max<std::int64_t>(static_cast<std::int64_t>(number >> 1), 1);
}

TlsContext::TlsContext(const Security& security) : context_(SSL_CTX_new(TLS_method()), &SSL_CTX_free) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX* const context = context_.get();
  const auto require = [](long done, const std::string& what) {
    if (done == 1) return;
    const char* const reason = ERR_reason_error_string(ERR_get_error());
    throw Error(ErrorCode::invalid_argument, "TLS: " + what + (reason ? std::string(": ") + reason : ""));
  };
  (void)read_small_file("the certificate", security.certificate, most_pem);
  (void)read_small_file("the key", security.key, most_pem);
  (void)read_small_file("the file of authorities", security.authority, most_pem);
  bool is_guarded = false;
  SSL_CTX_set_default_passwd_cb(context, &no_pass_phrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &is_guarded);
  ERR_clear_error();
  require(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "this OpenSSL has no TLS 1.3");
  require(SSL_CTX_use_certificate_chain_file(context, security.certificate.c_str()),
          "cannot use the certificate " + security.certificate);
  const int has_key = SSL_CTX_use_PrivateKey_file(context, security.key.c_str(), SSL_FILETYPE_PEM);
  require(has_key,
          "cannot use the key " + security.key +
              (is_guarded ? ", which a pass phrase guards; give one without, that only its owner can read" : ""));
  require(SSL_CTX_check_private_key(context),
          "the key " + security.key + " does not belong to the certificate " + security.certificate);
  require(SSL_CTX_load_verify_locations(context, security.authority.c_str(), nullptr),
          "cannot use the authority's certificates " + security.authority);
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  (void)SSL_CTX_set_num_tickets(context, 0);  // a client takes a connection on which something came for a broken one
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);  // messages tell their own length
}

Credentials::Credentials(const CredentialFiles& sources) {
  const Security& security = sources.security;
  if (!security.secret_file.empty()) {
    secret = read_secret(security.secret_file);
  } else if (sources.user_secret) {
    UserSecret own = wire::user_secret();
    secret = std::move(own.secret);
    user_secret = !secret.empty();
    user_file = std::move(own.file);
    no_user_secret = std::move(own.why_not);
  }
  if (!sources.worker_secret_file.empty()) {
    worker_secret = read_secret(sources.worker_secret_file);
    if (secret.empty())
      throw Error(ErrorCode::invalid_argument, "a secret of workers alone (" + sources.worker_secret_file +
                                                   ") also needs one that clients know (--secret-file or "
                                                   "CHUNKWISE_SECRET_FILE)");
  }
  const std::array<std::pair<const std::string*, const char*>, 3> files{
      {{&security.certificate, "a certificate"}, {&security.key, "a key"}, {&security.authority, "an authority"}}};
  std::string missing;
  std::size_t given = 0;
  for (const auto& [file, what] : files) {
    if (!file->empty())
      ++given;
    else
      missing += (missing.empty() ? "" : " and ") + std::string(what);
  }
  if (given != 0 && given != files.size())
    throw Error(ErrorCode::invalid_argument, "TLS also needs " + missing + ": give the PEM files of all three");
  if (given != 0) tls = std::make_shared<TlsContext>(security);
}

}  // namespace chunkwise::wire
