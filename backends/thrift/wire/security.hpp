#pragma once
/// The shared secret and its proofs, and TLS with certificates on both sides: they decide who may talk to whom.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "chunkwise/backend.hpp"

struct ssl_ctx_st;

namespace chunkwise::wire {

/// Returns the settings, with the environment's for those that are empty: CHUNKWISE_SECRET_FILE,
/// CHUNKWISE_TLS_CERTIFICATE, CHUNKWISE_TLS_KEY, CHUNKWISE_TLS_AUTHORITY.
[[nodiscard]] Security with_environment(Security security);

/// Returns the shared secret that a file holds, without white space around it. Throws not_found or io if the file
/// cannot be read, invalid_argument if it is empty, no regular file or longer than 64 KB, or open to others than its
/// owner.
[[nodiscard]] std::string read_secret(const std::string& file);

/// Returns 32 random bytes.
[[nodiscard]] std::string random_nonce();
/// Returns the HMAC-SHA256 of the parts, each with its length, under the secret.
[[nodiscard]] std::string proof_of(std::string_view secret, std::initializer_list<std::string_view> parts);
/// Returns true if two proofs are equal, in a time that does not depend on the place where they differ.
[[nodiscard]] bool equal_proofs(std::string_view a, std::string_view b);

/// Returns the SHA-256 of bytes.
[[nodiscard]] std::string digest_of(std::string_view bytes);
/// Returns the public number of the holder of a token: it follows from the token, but the token not from it. Positive.
[[nodiscard]] std::int64_t number_of(std::string_view token);

/// The certificates of one side. Each side accepts peers whose certificate the authority signed; a client also wants
/// the certificate to name the host or address that it connected to, or to be the one that it shows itself, if no
/// authority signed that: so one certificate serves all sides of a cluster whose hosts are not known beforehand.
class TlsContext {
 public:
  /// Throws Error if a file is missing, unreadable or no regular file, the key does not belong to the certificate, or a
  /// pass phrase guards it.
  explicit TlsContext(const Security& security);
  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

/// The files that one side's credentials come from.
struct CredentialFiles {
  Security security;
  /// The secret that workers prove in place of the other, so that a caller that is let in as a client is not let in as
  /// a worker; empty: there is one secret for all.
  std::string worker_secret_file;
  bool user_secret = false;  ///< if there is no secret file, the secret of this user is used (user_secret.hpp)
};
/// Returns the same for these files; also CHUNKWISE_WORKER_SECRET_FILE.
[[nodiscard]] CredentialFiles with_environment(CredentialFiles files);

/// The credentials that one side brings to a connection, read from its files once.
struct Credentials {
  std::string secret;               ///< empty: none
  std::string worker_secret;        ///< empty: `secret` is that of workers too
  std::shared_ptr<TlsContext> tls;  ///< null: none
  bool user_secret = false;         ///< `secret` is that of this user: nobody gave another
  std::string user_file;            ///< the file that has it, or would have it
  std::string no_user_secret;       ///< why there is no secret, not even that of this user
  Credentials() = default;
  /// Throws Error if a file cannot be used, or only some of certificate, key and authority are given.
  explicit Credentials(const Security& security) : Credentials(CredentialFiles{security, {}, false}) {}
  explicit Credentials(const CredentialFiles& files);
};
/// Returns the credentials that the options of a server or client name, and the environment's for those that they leave
/// out, if they say that it is asked.
template <class Options>
[[nodiscard]] Credentials credentials_of(const Options& options) {
  const CredentialFiles files{options.security, options.worker_secret_file, options.user_secret};
  return Credentials(options.takes_environment ? with_environment(files) : files);
}

}  // namespace chunkwise::wire
