#pragma once
/// The backend of this process's threads, behind "local" and "local:N".
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns a backend of `options.threads` threads under `options.memory_limit` bytes; `uri` is its name.
[[nodiscard]] BackendPtr make_local_backend(std::string uri, const BackendOptions& options);

}  // namespace chunkwise::inline CHUNKWISE_ABI
