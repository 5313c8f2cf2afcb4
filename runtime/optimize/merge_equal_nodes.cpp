#include <unordered_map>

#include "runtime/optimize/rewrite.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

Graph merge_equal_nodes(Graph graph) {
  std::unordered_multimap<std::uint64_t, NodePtr> known;
  return rewrite(std::move(graph), [&known](const Node&, NodePtr node) {
    const auto [first, last] = known.equal_range(node->hash);
    for (auto it = first; it != last; ++it)
      if (equal_shallow(*it->second, *node)) return it->second;
    known.emplace(node->hash, node);
    return node;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
