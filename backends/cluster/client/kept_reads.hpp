#pragma once
/// Results that lie ready on the workers: parts of arrays that they keep, each of which is one read.
#include <memory>
#include <span>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Returns the outputs if all of them are parts of arrays that the session's workers keep, and go into memory; else
/// nothing. Nothing is planned; each output is one read.
[[nodiscard]] std::vector<UntypedNdArray> read_kept(const Graph& graph, std::span<const Target> targets,
                                                    const RunOptions& options,
                                                    const std::shared_ptr<ClientSession>& session);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
