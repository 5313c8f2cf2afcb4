#include "runtime/graph/kinds/source.hpp"

#include <functional>

#include "chunkwise/graph/build.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/make_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using Source = Kind<SourceNode>;

std::span<const NodePtr> Source::inputs(const SourceNode&) { return {}; }

NodePtr Source::with_inputs(const Node& node, const SourceNode&, std::vector<NodePtr>) {
  return std::make_shared<const Node>(node);
}

std::uint64_t Source::hash(const SourceNode& data) {
  const std::string identity = data.source->identity();
  return Hash(1)
      .add(identity.empty() ? reinterpret_cast<std::uintptr_t>(data.source.get()) : std::hash<std::string>{}(identity))
      .value();
}

bool Source::equal(const Node&, const SourceNode& data, const Node&, const SourceNode& other_data) {
  if (data.source == other_data.source) return true;
  const std::string identity = data.source->identity();
  return !identity.empty() && identity == other_data.source->identity();
}

void Source::write(const Node&, const SourceNode& data, NodeWriter& to) { to.out.block(to.write_source(*data.source)); }

NodePtr Source::read(NodeReader& from) { return build::source(from.read_source(from.in.block())); }

std::string Source::describe(const Node&, const SourceNode& data) { return "source " + data.source->describe(); }

void Source::boxes(const Node&, const SourceNode&, const Region&, const VisitBox&) {}

NodePtr Source::push(const NodePtr& node, const SourceNode&, const IndexTransform& transform, IndexPusher&) {
  return build::view(node, transform);
}

const SourcePtr* source_of(const Node& node) {
  const auto* data = node.as<SourceNode>();
  return data ? &data->source : nullptr;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

NodePtr source(SourcePtr source) {
  if (!source) throw Error(ErrorCode::invalid_argument, "an array cannot be made from a source that is null");
  static_cast<void>(count_elements(source->shape()));
  if (!(source->grid().shape() == source->shape()))
    throw Error(ErrorCode::invalid_argument, source->describe() + ": its chunks cover the shape " +
                                                 to_string(source->grid().shape()) + ", not its own, " +
                                                 to_string(source->shape()));
  const Encoding& encoding = source->encoding();
  if (encoding.has_missing() && !is_floating(source->dtype()))
    throw Error(ErrorCode::type_mismatch, source->describe() + ": missing elements become NaN, which " +
                                              std::string(name_of(source->dtype())) + " does not have");
  if (encoding.stored == DType::boolean && !encoding.is_plain())
    throw Error(ErrorCode::type_mismatch, source->describe() + ": stored bool has no missing values, scale or offset");
  const DType dtype = source->dtype();
  const Shape shape = source->shape();
  ChunkGrid grid = source->grid();
  return graph::make_node(dtype, shape, std::move(grid), SourceNode{std::move(source)});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
