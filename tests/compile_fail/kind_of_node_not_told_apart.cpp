// Kinds of node are told apart, and one of them is forgotten.
// expect-error: a kind of node has no call here that takes it
#include "runtime/graph/kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

int number_of(const Node& node) {
  return by_kind(
      node, [](const SourceNode&) { return 0; }, [](const ViewNode&) { return 1; }, [](const MapNode&) { return 2; },
#ifdef CHUNKWISE_GOOD_TWIN
      [](const AlongNode&) { return 4; },
#endif
      [](const FoldNode&) { return 3; });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
