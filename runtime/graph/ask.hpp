#pragma once
/// The questions that any node answers, whatever its kind. The answers are derived from those of the kinds (kind.hpp),
/// or come from the one kind that has one.
#include <optional>
#include <vector>

#include "chunkwise/graph/node.hpp"
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

[[nodiscard]] Flow flow_of(const Node& node);

/// Calls visit(input, box) for the boxes of its inputs that a box of a node needs.
void for_each_box(const Node& node, const Region& region, const VisitBox& visit);

/// Returns the same node over other inputs; its grid, and a fold's value grid and definition, stay.
[[nodiscard]] NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs);

/// Returns the view of a node through a transform, with the index moved as deep as the node's kind lets it.
[[nodiscard]] NodePtr push_through(const NodePtr& node, const IndexTransform& transform, IndexPusher& pusher);

/// Returns the source that a node is; null for all others.
[[nodiscard]] const SourcePtr* source_of(const Node& node);
/// Returns the map that a node is, whose elements are made from those of its inputs at the same place; null for others.
[[nodiscard]] const MapNode* elementwise_of(const Node& node);
/// Returns the aggregate that a node is; null for all others.
[[nodiscard]] const FoldNode* fold_of(const Node& node);
/// Returns the value that elements of a view have which stand for none of its input; null if there is none.
[[nodiscard]] const Scalar* fill_of(const Node& node);
/// Returns the function of lines that a node is; null for all others.
[[nodiscard]] const AlongNode* along_of(const Node& node);

/// Returns the array below a view that strides can express, so that the view lies in memory if the array does; null for
/// all others.
[[nodiscard]] const NodePtr* strided_input(const Node& node);
/// Returns the most elements of one of its inputs that so many elements of a node are made from, if these lie in a box.
/// Elements of a diagonal are made from a square.
[[nodiscard]] std::int64_t most_input_elements(const Node& node, std::int64_t elements);
/// Returns the transform of a view of one array; none for all others.
[[nodiscard]] std::optional<IndexTransform> transform_of(const Node& node);
/// Returns the transform of a view of one array with a fill value; none for all others.
[[nodiscard]] std::optional<IndexTransform> filled_transform_of(const Node& node);
/// True for a view that is an array in other chunks.
[[nodiscard]] bool is_rechunked(const Node& node);
/// True for a join of sources, below which nothing but sources is.
[[nodiscard]] bool joins_sources(const Node& node);
/// Returns true for a join of memory of this process, which nobody reads and no backend keeps.
[[nodiscard]] bool joins_memory(const Node& node);
/// Returns true if a node joins its inputs as they are: their axes are its own.
[[nodiscard]] bool only_joins(const Node& node);

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
