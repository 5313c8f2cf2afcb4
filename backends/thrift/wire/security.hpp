#pragma once
/// Who may talk to whom: the shared secret and its proofs, and TLS with certificates on both sides.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "chunkwise/backend.hpp"

struct ssl_ctx_st;

namespace chunkwise::wire {

/// Settings with the environment's where they say nothing: CHUNKWISE_SECRET_FILE, CHUNKWISE_TLS_CERTIFICATE,
/// CHUNKWISE_TLS_KEY, CHUNKWISE_TLS_AUTHORITY.
[[nodiscard]] Security with_environment(Security security);

/// The shared secret that a file holds, without white space around it. Throws not_found or io where it cannot be read,
/// invalid_argument where it is empty, no regular file or longer than 64 KB, or others than its owner may read it.
[[nodiscard]] std::string read_secret(const std::string& file);

/// 32 random bytes.
[[nodiscard]] std::string random_nonce();
/// HMAC-SHA256 of the parts, each with its length, under the secret.
[[nodiscard]] std::string proof_of(std::string_view secret, std::initializer_list<std::string_view> parts);
/// Whether two proofs are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool equal_proofs(std::string_view a, std::string_view b);

/// SHA-256.
[[nodiscard]] std::string digest_of(std::string_view bytes);
/// The public number of whoever has a token: it follows from the token, but the token not from it. Positive.
[[nodiscard]] std::int64_t number_of(std::string_view token);

/// Certificates of one side. Each side accepts peers whose certificate the authority signed; a client also wants the
/// certificate to name the host or address it connected to.
class TlsContext {
 public:
  /// Throws Error where a file is missing, unreadable or no regular file, the key does not belong to the certificate,
  /// or a pass phrase guards it.
  explicit TlsContext(const Security& security);
  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

/// The files that one side's credentials come from.
struct CredentialFiles {
  Security security;
  /// The secret that workers prove in place of the other, so that who is let in as a client is not let in as a worker;
  /// empty: there is one secret for all.
  std::string worker_secret_file;
  bool user_secret = false;  ///< where there is no secret file, the secret of this user is used (user_secret.hpp)
};
/// The same with the environment's where they say nothing; also CHUNKWISE_WORKER_SECRET_FILE.
[[nodiscard]] CredentialFiles with_environment(CredentialFiles files);

/// What one side brings to a connection, read from its files once.
struct Credentials {
  std::string secret;               ///< empty: none
  std::string worker_secret;        ///< empty: `secret` is that of workers too
  std::shared_ptr<TlsContext> tls;  ///< null: none
  bool user_secret = false;         ///< `secret` is that of this user: nobody gave another
  std::string user_file;            ///< where it is, or would be
  std::string no_user_secret;       ///< why there is no secret, not even that of this user
  Credentials() = default;
  /// Throws Error where a file cannot be used, or only some of certificate, key and authority are given.
  explicit Credentials(const Security& security) : Credentials(CredentialFiles{security, {}, false}) {}
  explicit Credentials(const CredentialFiles& files);
};

}  // namespace chunkwise::wire
