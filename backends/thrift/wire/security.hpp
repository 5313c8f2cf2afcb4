#pragma once
/// Who may talk to whom: the shared secret and its proofs, and TLS with certificates on both sides.
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
/// invalid_argument where it is empty or others than its owner may read it.
[[nodiscard]] std::string read_secret(const std::string& file);

/// 32 random bytes.
[[nodiscard]] std::string random_nonce();
/// HMAC-SHA256 of the parts, each with its length, under the secret.
[[nodiscard]] std::string proof_of(std::string_view secret, std::initializer_list<std::string_view> parts);
/// Whether two proofs are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool equal_proofs(std::string_view a, std::string_view b);

/// Certificates of one side. Each side accepts peers whose certificate the authority signed; a client also wants the
/// certificate to name the host or address it connected to.
class TlsContext {
 public:
  /// Throws Error where a file is missing or unreadable, or the key does not belong to the certificate.
  explicit TlsContext(const Security& security);
  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

/// What one side brings to a connection, read from its files once.
struct Credentials {
  std::string secret;               ///< empty: none
  std::shared_ptr<TlsContext> tls;  ///< null: none
  Credentials() = default;
  /// Throws Error where a file cannot be used, or only some of certificate, key and authority are given.
  explicit Credentials(const Security& security);
};

}  // namespace chunkwise::wire
