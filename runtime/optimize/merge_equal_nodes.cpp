#include <unordered_map>

#include "runtime/optimize/passes.hpp"
#include "runtime/optimize/rewrite.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

Graph merge_equal_nodes(Graph graph, Notes* notes) {
  std::unordered_multimap<std::uint64_t, NodePtr> known;
  return rewrite(std::move(graph), [&known, notes](const Node&, NodePtr node) {
    const auto [first, last] = known.equal_range(node->hash);
    for (auto it = first; it != last; ++it)
      if (equal_shallow(*it->second, *node)) {
        if (notes) notes->done("computed once for several places: " + describe(*node));
        return it->second;
      }
    known.emplace(node->hash, node);
    return node;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
