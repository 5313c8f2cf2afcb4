#pragma once
/// The rewrites of a graph, one a file. Each keeps every value and dtype, and never changes a fold's value grid or
/// definition. plan/passes.hpp has the table that names and runs them.
#include "chunkwise/graph/node.hpp"
#include "runtime/optimize/notes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

/// Makes nodes that mean the same one node, so that they are computed once.
[[nodiscard]] Graph merge_equal_nodes(Graph graph, Notes* notes = nullptr);
/// Moves indices towards the sources, so that elements that nobody asked for are neither read nor computed.
[[nodiscard]] Graph push_indices(Graph graph, Notes* notes = nullptr);
/// Composes maps of maps over the same shape into one program of at most max_operations operations. A map with a costly
/// operation that fills several slots stays as it is, to be computed once a slab.
[[nodiscard]] Graph fuse_maps(Graph graph, Notes* notes = nullptr);

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
