#include "runtime/plan/usable.hpp"

#include <algorithm>

#include "runtime/core/stack.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

void require_usable(const Graph& graph) {
  int depth = 0;
  for (const NodePtr& output : graph.outputs) {
    if (!output) throw Error(ErrorCode::invalid_argument, "an array to compute stands for nothing: its node is null");
    depth = std::max(depth, output->depth);
  }
  require_stack(depth, "planning the run");
}

void require_home(const Graph& graph, const std::string& home) {
  require_usable(graph);
  for_each_node(graph, [&](const Node& node) {
    if (const SourcePtr* const source = graph::source_of(node)) {
      if (const std::string own = (*source)->home(); !own.empty() && own != home)
        throw Error(ErrorCode::wrong_backend, (*source)->describe() + " is kept by " + own + " and cannot be used on " +
                                                  home + "; compute() it there and pass the result on");
    }
    return !graph::joins_memory(node);
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
