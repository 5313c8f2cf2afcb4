#include "backends/cluster/client/uploads.hpp"

#include <algorithm>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backends/cluster/client/kept_source.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/cluster/steps.hpp"
#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/executor/copy.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Memory of this size travels inside the graph; more is uploaded.
constexpr std::int64_t inline_bytes = std::int64_t{1} << 16;

/// Returns the elements that a run streams, and those that are uploaded for it.
std::uint64_t elements_in_all(const Graph& graph) {
  std::uint64_t elements = 0;
  const plan::Plan plan = plan::make_divisible_plan(graph, {}, 1, std::uint64_t{1} << 62);
  for (const plan::Stage& stage : plan.stages) elements += static_cast<std::uint64_t>(stage.domain.elements());
  for_each_node(graph, [&](const Node& node) {
    const bool uploaded = is_ours(node);
    if (uploaded) elements += static_cast<std::uint64_t>(node.shape.elements());
    return !uploaded;
  });
  return elements;
}

}  // namespace

bool is_here(const Node& node) {
  if (const NodePtr* const input = graph::strided_input(node)) return is_here(**input);
  const SourcePtr* const source = graph::source_of(node);
  if (!source || dynamic_cast<const KeptSource*>(source->get())) return false;
  return (*source)->in_memory().data || (*source)->description().kind.empty();
}

bool is_ours(const Node& node) {
  if (const NodePtr* const input = graph::strided_input(node)) return is_ours(**input);
  const SourcePtr* const source = graph::source_of(node);
  if (!source || dynamic_cast<const KeptSource*>(source->get())) return false;
  if (!(*source)->in_memory().data) return (*source)->description().kind.empty();
  return node.shape.elements() * static_cast<std::int64_t>(size_of(node.dtype)) > inline_bytes;
}

Graph Uploads::replace(const Graph& graph, Tally& tally, bool& any) const {
  std::unordered_map<const Node*, NodePtr> uploaded;
  // Outputs come first, so that a part is seen before the whole that it is part of.
  const auto replace = [&](const auto& self, const NodePtr& node) -> NodePtr {
    if (const auto found = uploaded.find(node.get()); found != uploaded.end()) return found->second;
    NodePtr result = node;
    if (is_ours(*node)) {
      if (!any) tally.progress.total = elements_in_all(graph);
      any = true;
      result = upload(node, tally);
    } else {
      std::vector<NodePtr> inputs;
      bool same = true;
      for (const NodePtr& input : inputs_of(*node)) {
        inputs.push_back(self(self, input));
        same = same && inputs.back() == input;
      }
      if (!same) result = graph::with_inputs(*node, std::move(inputs));
    }
    return uploaded.emplace(node.get(), std::move(result)).first->second;
  };
  Graph sent = graph;
  for (NodePtr& output : sent.outputs) output = replace(replace, output);
  return sent;
}

NodePtr Uploads::upload(const NodePtr& node, Tally& tally) const {
  const SourceSpec spec = uploaded_source(*node);
  Graph graph;
  graph.outputs.push_back(build::source(std::make_shared<const KnownSource>(spec)));
  const std::vector<std::byte> description = to_bytes(graph, [&](const Source&) { return to_bytes(spec); });
  const std::int64_t bytes = node->shape.elements() * static_cast<std::int64_t>(size_of(node->dtype));
  UploadPlaces upload;
  const Inputs& places = upload.places;
  for (Patience patience(*session_, patience_);; patience.nobody({})) {
    if (tally.options.cancel.cancelled()) throw cancelled();
    upload = session_->begin_upload(description, node->grid.chunks(), bytes);
    if (!places.ranges.empty() || node->grid.chunks() == 0) break;
    tally.wait_for_workers();
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
  }
  auto hold = session_->hold(places.key);
  try {
    for (const Held& range : places.ranges)
      for (std::int64_t item = range.items.first; item < range.items.last; ++item)
        upload_chunk(node, item, upload, range.worker, tally);
  } catch (const Unreachable& error) {
    session_->blame_network(error);
    throw Error(ErrorCode::lost, spec.facts.name + " could not be given to a worker: " + error.what());
  }
  session_->uploaded(places.key);
  return build::source(std::make_shared<KeptSource>(session_, std::move(hold), node->dtype, node->shape, node->grid));
}

void Uploads::upload_chunk(const NodePtr& node, std::int64_t item, const UploadPlaces& upload, WorkerId holder,
                           Tally& tally) const {
  std::vector<AxisSubscript> box;
  for (const AxisRange& range : node->grid.region(node->grid.chunk(item)))
    box.push_back({AxisSubscript::Kind::range, range});
  RunOptions quiet;
  quiet.cancel = tally.options.cancel;
  const Target memory;
  const UntypedNdArray chunk = reader_->run(Graph{{build::index(node, std::move(box))}}, {&memory, 1}, quiet).front();
  const std::int64_t bytes = chunk.shape.elements() * static_cast<std::int64_t>(size_of(chunk.dtype));
  const Buffer dense = allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1)));
  executor::copy_elements(chunk.shape, size_of(chunk.dtype), chunk.data, chunk.strides, dense.get(),
                          row_major_strides(chunk.shape));
  session_->upload(upload, holder, item, {dense.get(), static_cast<std::size_t>(bytes)});
  tally.uploaded += static_cast<std::uint64_t>(chunk.shape.elements());
  tally.bytes += static_cast<std::uint64_t>(bytes);
  tally.tell(nullptr);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
