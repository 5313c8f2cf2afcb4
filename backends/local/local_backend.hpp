#pragma once
/// Threads of this process: the backend behind "local" and "local:N", and what a worker of a cluster runs as well.
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A backend of `options.threads` threads under `options.memory_limit` bytes; `uri` is what it calls itself.
[[nodiscard]] BackendPtr make_local_backend(std::string uri, const BackendOptions& options);

}  // namespace chunkwise::inline CHUNKWISE_ABI
