#pragma once
/// Checks of a graph that come before anything walks it.
#include <string>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Throws invalid_argument if an output of the graph is null, and unsupported if this thread's stack is too small for
/// the graph's depth.
void require_usable(const Graph& graph);

/// Throws what require_usable throws, and wrong_backend, naming both backends, if a source of the graph is kept by
/// another backend than the one of URI `home`.
void require_home(const Graph& graph, const std::string& home);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
