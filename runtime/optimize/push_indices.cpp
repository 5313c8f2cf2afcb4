#include <functional>
#include <unordered_map>
#include <utility>

#include "runtime/graph/ask.hpp"
#include "runtime/graph/kinds/view.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

namespace {

class Pusher final : public graph::IndexPusher {
 public:
  explicit Pusher(Notes* notes) : notes_(notes) {}

  NodePtr visit(const NodePtr& node) override {
    if (const auto found = done_.find(node.get()); found != done_.end()) return found->second.second;
    NodePtr result = rebuild(node);
    done_.emplace(node.get(), std::pair(node, result));
    return result;
  }

  /// Pushes equal requests once, or a chain of nodes that are each used twice would be walked along all its paths.
  NodePtr push(const NodePtr& input, const IndexTransform& transform) override {
    Request request{input, transform};
    if (const auto found = pushed_.find(request); found != pushed_.end()) return found->second;
    NodePtr result = graph::push_through(input, transform, *this);
    if (notes_ && !graph::transform_of(*result))
      notes_->done("index to " + to_string(transform.shape) + " through " + describe(*input));
    pushed_.emplace(std::move(request), result);
    return result;
  }

 private:
  NodePtr rebuild(const NodePtr& node) {
    if (const auto transform = graph::transform_of(*node); transform && !graph::is_rechunked(*node))
      return graph::with_grid(push(inputs_of(*node).front(), *transform), node->grid);
    std::vector<NodePtr> inputs;
    bool same = true;
    for (const NodePtr& input : inner_inputs_of(*node)) {
      inputs.push_back(visit(input));
      same = same && inputs.back() == input;
    }
    return same ? node : graph::with_inputs(*node, std::move(inputs));
  }

  struct Request {
    NodePtr input;
    IndexTransform transform;
    bool operator==(const Request&) const = default;
  };
  struct HashRequest {
    std::size_t operator()(const Request& request) const {
      graph::Hash hash(reinterpret_cast<std::uintptr_t>(request.input.get()));
      for (const std::int64_t extent : request.transform.shape) hash.add_signed(extent);
      graph::add_axes(hash, request.transform.axes);
      return hash.value();
    }
  };

  Notes* notes_;
  std::unordered_map<const Node*, std::pair<NodePtr, NodePtr>> done_;
  std::unordered_map<Request, NodePtr, HashRequest> pushed_;
};

}  // namespace

Graph push_indices(Graph graph, Notes* notes) {
  Pusher pusher(notes);
  for (NodePtr& output : graph.outputs) output = pusher.visit(output);
  return graph;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
