#pragma once
/// The rewrites of a graph, one a file. Each keeps every value and dtype, and never changes a Reduce node's value grid
/// or definition. Debug builds verify the graph after each.
#include "chunkwise/graph/node.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

/// Makes nodes that mean the same one node, so that they are computed once.
[[nodiscard]] Graph merge_equal_nodes(Graph graph);
/// Moves indices towards the sources, so that elements nobody asked for are neither read nor computed.
[[nodiscard]] Graph push_indices(Graph graph);
/// Composes maps of maps over the same shape into one program of at most max_operations operations. A map with a costly
/// operation that fills several slots stays as it is, to be computed once a slab.
[[nodiscard]] Graph fuse_maps(Graph graph);

/// Takes a map under a reduction into the reduction's stage, so that its elements are never stored.
[[nodiscard]] plan::Plan fuse_reductions(plan::Plan plan);
/// Joins stages that stream the same domain at the same level, so that the sources they share are read once.
/// `pure`: joins only reductions over the same axes with the same definition.
[[nodiscard]] plan::Plan share_reads(plan::Plan plan, bool pure = false);

/// Returns the graph after those passes over graphs that are switched on.
[[nodiscard]] Graph optimize(Graph graph, const plan::Passes& passes);

/// Asserts that outputs have kept dtype and shape and that each node is what its inputs make it.
void verify(const Graph& before, const Graph& after);

/// Returns the same node over other inputs; its grid, and a reduction's value grid and definition, stay.
[[nodiscard]] NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs);

/// Returns the node over another grid of chunks of its shape; the node itself if its grid is that one.
[[nodiscard]] NodePtr with_grid(NodePtr node, const ChunkGrid& grid);

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
