#include "backends/cluster/client/kept_reads.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "backends/cluster/client/kept_source.hpp"
#include "chunkwise/core/buffer.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// The part of a kept array that a region of a node is; nothing if the region is something else, or more than a part.
struct KeptPart {
  const KeptSource* source = nullptr;
  Region region;
};
std::optional<KeptPart> kept_part(const NodePtr& node, const Region& region) {
  if (const SourcePtr* const source = graph::source_of(*node)) {
    const auto* kept = dynamic_cast<const KeptSource*>(source->get());
    if (!kept) return {};
    return KeptPart{kept, region};
  }
  const NodePtr* const input = graph::strided_input(*node);
  const std::optional<IndexTransform> transform = graph::transform_of(*node);
  if (!input || !transform || !transform->keeps_order()) return {};
  return kept_part(*input, input_region(transform->axes, region));
}

}  // namespace

std::vector<UntypedNdArray> read_kept(const Graph& graph, std::span<const Target> targets, const RunOptions& options,
                                      const std::shared_ptr<ClientSession>& session) {
  std::vector<KeptPart> parts;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const NodePtr& output = graph.outputs[i];
    auto part = kept_part(output, Region::whole(output->shape));
    if (targets[i].sink || !part || part->source->session() != session) return {};
    parts.push_back(std::move(*part));
  }
  std::vector<UntypedNdArray> arrays;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Node& output = *graph.outputs[i];
    const auto bytes =
        static_cast<std::size_t>(std::max<std::int64_t>(output.shape.elements(), 1)) * size_of(output.dtype);
    const Buffer memory = allocate_buffer(bytes);
    const std::shared_ptr<trace::Recorder> recorder = trace::current();
    trace::Scope fetching(recorder.get(), trace::Kind::fetch, "part of a kept array");
    fetching.bytes(static_cast<std::size_t>(output.shape.elements()) * size_of(output.dtype));
    parts[i].source->read(parts[i].region, memory.get(), options.cancel);
    arrays.push_back({output.dtype, output.shape, row_major_strides(output.shape), memory, memory.get()});
  }
  if (options.report) *options.report = {};
  if (options.progress) options.progress({0, 0, 0, 0, true});
  return arrays;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
