#pragma once
/// The certificate of a cluster: one for all of its sides, made when the cluster is started, and gone with it. Whoever
/// has its key belongs to the cluster (wire::TlsContext).
#include <string>

namespace chunkwise::wire {

/// A certificate that signs itself, and its key, as PEM.
struct Certificate {
  std::string certificate, key;
};

/// Makes a certificate of a key of its own (P-256), valid for ten years. `name` is its common name, for people. Throws
/// io if OpenSSL cannot make one.
[[nodiscard]] Certificate make_certificate(const std::string& name);

}  // namespace chunkwise::wire
