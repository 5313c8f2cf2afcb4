#include "backends/cluster/steps.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "runtime/core/printable.hpp"
#include "runtime/executor/partition.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/broadcast.hpp"
#include "runtime/store/stored_source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// A range of fewer elements is not worth its way.
constexpr std::int64_t least_elements = std::int64_t{1} << 20;
/// A stage of more chunks or tiles is refused: they would take more to count than to compute.
constexpr double most_items = 1 << 24;
/// Shares of a persisted array begin where merge groups of its reductions do.
constexpr std::int64_t persisted_align = 16;

/// Throws unsupported if a stage has too many chunks or tiles, before any is counted.
void require_countable(const plan::Stage& stage) {
  double chunks = 1;
  for (const AxisChunks& axis : stage.grid) chunks *= static_cast<double>(axis.count());
  const plan::Tiles* const cut_into = plan::tiles_of(stage);
  const double tiles =
      cut_into ? static_cast<double>(stage.domain.elements()) / static_cast<double>(cut_into->outputs) : 0;
  if (chunks > most_items || tiles > most_items)
    throw Error(ErrorCode::unsupported, "an array of shape " + to_string(stage.domain) +
                                            " in more than 2^24 chunks; "
                                            "make them larger");
}

/// Returns the key of the array that workers keep if a source is one, as a coordinator or a worker sees it; nothing for
/// another source.
std::optional<StepKey> kept_array(const Source& source) {
  if (const auto* known = dynamic_cast<const KnownSource*>(&source)) return known->spec().array;
  if (const auto* stored = dynamic_cast<const store::StoredSource*>(&source))
    return StepKey{stored->id().run, stored->id().step};
  return {};
}

/// The reductions, and the arrays that workers keep, that the bodies of a stage reach without passing a reduction.
class Reached {
 public:
  explicit Reached(const plan::Stage& stage) {
    for (const plan::Body* const body : plan::bodies_of(stage))
      for (const NodePtr& input : body->inputs) visit(*input);
  }
  std::vector<const Node*> reductions;
  std::vector<StepKey> arrays;

 private:
  void visit(const Node& node) {
    if (!seen_.insert(&node).second) return;
    if (graph::flow_of(node) == graph::Flow::complete) {
      reductions.push_back(&node);
      return;
    }
    if (const SourcePtr* const source = graph::source_of(node)) {
      const std::optional<StepKey> key = kept_array(**source);
      if (key && std::find(arrays.begin(), arrays.end(), *key) == arrays.end()) arrays.push_back(*key);
      return;
    }
    for (const NodePtr& input : inputs_of(node)) visit(*input);
  }
  std::unordered_set<const Node*> seen_;
};

/// The chunk of a kept array that holds the first element that a region of a node takes from such arrays.
struct FirstChunk {
  StepKey array;
  std::int64_t chunk = 0;
};
/// Regions of nodes that take nothing from a kept array: a node that is used in many places is asked once.
using WithoutKept = std::unordered_map<const Node*, std::vector<Region>>;

std::optional<FirstChunk> first_chunk(const Node& node, const Region& region, WithoutKept& without) {
  if (const SourcePtr* const source = graph::source_of(node)) {
    const std::optional<StepKey> key = kept_array(**source);
    if (!key) return {};
    const ChunkGrid& grid = (*source)->grid();
    std::int64_t chunk = 0;
    for (int axis = 0; axis < grid.rank(); ++axis)
      chunk = chunk * grid[axis].count() + grid[axis].find(region[axis].start);
    return FirstChunk{*key, chunk};
  }
  const graph::Flow flow = graph::flow_of(node);
  if (flow == graph::Flow::complete) return {};
  const std::span<const NodePtr> inputs = inputs_of(node);
  const bool is_in_place = flow == graph::Flow::in_place;
  if (is_in_place) {
    std::vector<Region>& known = without[&node];
    if (std::find(known.begin(), known.end(), region) != known.end()) return {};
  }
  std::optional<FirstChunk> found;
  bool first = true;
  graph::for_each_box(node, region, [&](std::size_t input, const Region& box) {
    // Only the first box of a view counts, which has its first element.
    if (!found && (is_in_place || first)) found = first_chunk(*inputs[input], box, without);
    first = false;
  });
  if (is_in_place && !found) without[&node].push_back(region);
  return found;
}

/// Sets the chunk that each work item of a step reads first, as few ranges.
void follow(StepSpec& spec, const plan::Stage& stage, const executor::Partition& cut) {
  const plan::Body& body = *plan::bodies_of(stage).front();
  const std::int64_t size = cut.by_merge_groups() ? cut.merge_group_size() : 1;
  for (std::int64_t item = 0; item < spec.items; ++item) {
    const auto [tile, position] = cut.tile_and_position(item);
    const Region box = cut.chunk(tile, position * size);
    std::optional<FirstChunk> first;
    WithoutKept without;
    for (const NodePtr& input : body.inputs) {
      first = first_chunk(*input, graph::broadcast_region(box, stage.domain, input->shape), without);
      if (first) break;
    }
    if (!first) continue;
    if (!spec.follows) spec.follows = first->array;
    if (first->array != *spec.follows) continue;
    if (!spec.follow.empty() && spec.follow.back().items.last == item) {
      StepSpec::Follow& last = spec.follow.back();
      if (last.items.count() == 1) last.stride = first->chunk - last.item;
      if (last.item + last.stride * last.items.count() == first->chunk) {
        last.items.last = item + 1;
        continue;
      }
    }
    spec.follow.push_back({{item, item + 1}, first->chunk, 0});
  }
}

}  // namespace

Steps make_steps(Graph graph, const plan::Passes& passes, int threads, std::uint64_t limit,
                 const std::vector<plan::Tiling>& tilings, Keepers keepers) {
  Steps result;
  result.plan = plan::make_divisible_plan(std::move(graph), passes, threads, limit, tilings);
  result.output_steps.resize(result.plan.graph.outputs.size());
  std::unordered_map<const Node*, std::int32_t> combine_of;
  for (std::size_t i = 0; i < result.plan.stages.size(); ++i) {
    plan::Stage& stage = result.plan.stages[i];
    require_countable(stage);
    const Reached reached(stage);
    // Chunks that are neighbours along the reduced axes lie on the same worker; if all lie on one, tiles are done with
    // one after the other.
    auto* const fold = std::get_if<plan::Fold>(&stage.work);
    if (fold && tilings.empty() && keepers == Keepers::several && !reached.arrays.empty())
      fold->tiling.order = plan::WorkItemOrder::by_position;
    const executor::Partition cut(stage);
    const auto number = static_cast<std::int32_t>(result.steps.size());
    Step step{cut.folds() ? StepKind::reduce : StepKind::write,
              i,
              cut.work_items(),
              {},
              reached.arrays,
              cut.work_item_bytes()};
    for (const Node* node : reached.reductions) {
      const std::int32_t needed = combine_of.at(node);
      if (std::find(step.needs.begin(), step.needs.end(), needed) == step.needs.end()) step.needs.push_back(needed);
    }
    result.steps.push_back(std::move(step));
    if (cut.folds()) {
      const std::int64_t finished = cut.tiles() > 0 ? cut.finished_bytes(0) : 0;
      result.steps.push_back({StepKind::combine, i, cut.tiles(), {number}, {}, finished});
      for (const plan::FoldTask& task : plan::folds_of(stage))
        for (const NodePtr& node : task.results) combine_of[node.get()] = number + 1;
    } else {
      result.output_steps[std::get<plan::Write>(stage.work).output] = number;
    }
  }
  return result;
}

RunSpec spec_of(const Steps& steps, const std::vector<bool>& persisted, RunId run, ClientId client) {
  RunSpec spec;
  spec.id = run;
  spec.client = client;
  spec.worker_memory = static_cast<std::int64_t>(steps.plan.memory.total());
  for (const Step& step : steps.steps) {
    const plan::Stage& stage = steps.plan.stages[step.stage];
    const executor::Partition cut(stage);
    StepSpec own;
    own.kind = step.kind;
    own.items = step.items;
    own.needs = step.needs;
    own.reads = step.reads;
    own.bytes_per_item = step.bytes_per_item;
    if (step.kind != StepKind::combine) {
      own.elements = stage.domain.elements();
      own.grain = own.items > 0
                      ? std::max<std::int64_t>(1, least_elements / std::max<std::int64_t>(own.elements / own.items, 1))
                      : 1;
      own.align = cut.grain();
      if (const auto* const fold = std::get_if<plan::Fold>(&stage.work))
        own.by_position = fold->tiling.order == plan::WorkItemOrder::by_position;
      if (!step.reads.empty()) follow(own, stage, cut);
      if (step.kind == StepKind::write) {
        own.persisted = persisted.at(std::get<plan::Write>(stage.work).output);
        if (own.persisted) own.align = persisted_align;
      }
    }
    spec.steps.push_back(std::move(own));
  }
  if (!steps.plan.graph.outputs.empty()) spec.describe = printable(describe(*steps.plan.graph.outputs.front()));
  return spec;
}

SourceSpec uploaded_source(const Node& node) {
  SourceSpec spec;
  spec.facts.dtype = spec.facts.encoding.stored = node.dtype;
  spec.facts.shape = node.shape;
  spec.facts.grid = node.grid;
  spec.facts.read_block = Shape::filled(node.shape.rank(), 1);
  // The name that a source gives itself, unless it is memory, says more than its type and shape do.
  const SourcePtr* const source = graph::source_of(node);
  const bool has_name = source && !(*source)->in_memory().data;
  spec.facts.name =
      has_name ? (*source)->describe() : "array of " + std::string(name_of(node.dtype)) + " " + to_string(node.shape);
  spec.description.kind = upload_kind;
  return spec;
}

bool is_upload(const Graph& graph) {
  if (graph.outputs.size() != 1) return false;
  const SourcePtr* const source = graph::source_of(*graph.outputs.front());
  const auto* known = source ? dynamic_cast<const KnownSource*>(source->get()) : nullptr;
  return known && known->spec().description.kind == upload_kind;
}

RunSpec upload_spec(const Graph& graph, RunId run, ClientId client) {
  const Node& array = *graph.outputs.front();
  double chunks = 1;
  for (const AxisChunks& axis : array.grid) chunks *= static_cast<double>(axis.count());
  if (chunks > most_items) throw Error(ErrorCode::unsupported, "an upload of more than 2^24 chunks; make them larger");
  RunSpec spec;
  spec.id = run;
  spec.client = client;
  spec.describe = printable((*graph::source_of(array))->describe());
  StepSpec step;
  step.kind = StepKind::upload;
  step.items = array.grid.chunks();
  step.bytes_per_item = array.grid.largest().elements() * static_cast<std::int64_t>(size_of(array.dtype));
  step.persisted = true;
  spec.steps.push_back(std::move(step));
  return spec;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
