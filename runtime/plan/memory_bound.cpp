#include "runtime/plan/memory_bound.hpp"

#include <algorithm>

#include "runtime/graph/ask.hpp"
#include "runtime/graph/memory_view.hpp"
#include "runtime/plan/fetches.hpp"
#include "runtime/plan/read_blocks.hpp"
#include "runtime/plan/stages.hpp"
#include "runtime/plan/tiling.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// The most bytes that a state takes beside its fields, and that the accumulator of one group of a chunk takes.
constexpr double group_place_bytes = 256;
/// What a tile takes whose result is written as it is finished: its box, and its tree.
constexpr double tile_place_bytes = 1024;
constexpr double group_accumulator_bytes = 4096;

double size(const Node& node) { return static_cast<double>(bytes_of(node)); }

/// Returns the bytes that one fold of a stage holds at a time: the states of chunks, those they are folded into, and
/// those that wait.
double held_state_bytes(const Plan& plan, const Stage& stage, const FoldTask& task) {
  const std::int64_t chunk_outputs = output_elements(stage.grid.largest(), task.axes);
  double fields = 0;
  for (const reduce::StateCode state : task.states)
    fields += static_cast<double>(reduce::state_bytes(state, task.body.node->dtype));
  const Tiles* const tiles = tiles_of(stage);
  const auto own = static_cast<double>(
      tiles ? std::min(std::max(tiles->outputs, output_elements(tiles->block, task.axes)), chunk_outputs)
            : chunk_outputs);
  std::int64_t chunks = 1;
  for (int axis = 0; axis < stage.grid.rank(); ++axis)
    if (task.axes >> axis & 1U) chunks *= stage.grid[axis].count();
  // States of chunks have those of the groups that are in them; without a grouping there is one.
  const auto groups = [&](std::int64_t of_chunks) {
    return static_cast<double>(groups_in(task, stage.grid, std::min(of_chunks, chunks)));
  };
  // The nodes that wait in a tree for one chunk that is not there yet: one at each depth, beside the way from it to the
  // root.
  double path = 0;
  int depth = 2;
  const std::int64_t group = task.definition.merge_group_size;
  const std::int64_t merge_groups = (chunks + group - 1) / group;
  std::int64_t below = group;
  for (std::int64_t nodes = merge_groups; nodes > 1;
       nodes = (nodes + 1) / 2, below = std::min(2 * below, chunks), ++depth)
    path += groups(below);
  path = std::min(path, static_cast<double>(merge_groups) * groups(group));
  // Each thread has a chunk's states and those it is folded into, or two nodes that it merges.
  double bytes = own * static_cast<double>(state_bytes(task)) * groups(1) * plan.threads;
  bytes += own * fields * 2 * (plan.threads + 1) * groups(chunks);
  // Others may wait for the chunk of each thread, however late it comes; and for the next one of each tree, which are
  // all under way unless tiles of outputs are folded one after the other.
  const double trees =
      tiles ? 0
            : static_cast<double>(output_elements(stage.domain, task.axes) / std::max<std::int64_t>(chunk_outputs, 1));
  bytes += own * fields * (plan.threads * path + trees * (path + 2 * groups(chunks)));
  // Chunks that are done before one in front of them wait for it, within their merge group.
  const double waiting = tiles || plan.threads == 1
                             ? 0
                             : static_cast<double>(std::min<std::int64_t>(chunks, task.definition.merge_group_size));
  bytes += own * fields * waiting * groups(1);
  if (task.grouping) {
    // Each set of states has a place for every group, and each thread the accumulators of the groups of a chunk.
    const double places = static_cast<double>(groups_of(task) * task.states.size()) * group_place_bytes;
    bytes += places * (plan.threads * (4 + depth) + trees * depth + waiting);
    bytes += groups(1) * group_accumulator_bytes * plan.threads;
  }
  return bytes;
}

/// The parts of a bound while it is added up: floating point, so that no sum overflows.
struct Sums {
  double results = 0;
  double states = 0;
  double scratch = 0;
};

/// Adds the bytes that a stage holds beyond its own end, and returns the scratch memory of one of its threads.
double add_stage(const Plan& plan, const Stage& stage, std::span<const OutputKind> outputs, Sums& sums) {
  double scratch = 0;
  const Shape chunk = stage.grid.largest();
  const std::int64_t slab = std::max(std::min(plan.slab_elements / stage.weight, chunk.elements()),
                                     slab_shape(stage, chunk, plan.slab_elements).elements());
  ScratchMemory fetched(plan, stage);
  const auto add_body = [&](const Body& body) {
    for (const NodePtr& input : body.inputs) scratch += fetched.bytes(input, slab);
    scratch += static_cast<double>(staging_bytes(body.inputs.size()));
  };
  const auto add_write = [&](const Write& write) {
    add_body(write.body);
    if (outputs[write.output].in_memory)
      sums.results += size(*write.body.node);
    else
      scratch += static_cast<double>(slab) * static_cast<double>(size_of(write.body.node->dtype));
  };
  for (const FoldTask& task : folds_of(stage)) {
    add_body(task.body);
    scratch += static_cast<double>(row_blocks_bytes);
    // Elements that are gathered group by group.
    if (task.grouping) scratch += static_cast<double>(slab) * 8 * static_cast<double>(task.body.inputs.size());
    if (!task.written)
      for (const NodePtr& result : task.results) sums.states += size(*result);
    else if (const Tiles* const tiles = tiles_of(stage))
      sums.states +=
          static_cast<double>(output_elements(stage.domain, task.axes) / tiles->outputs + 1) * tile_place_bytes;
    sums.states += held_state_bytes(plan, stage, task);
  }
  if (const auto* const write = std::get_if<Write>(&stage.work)) add_write(*write);
  if (const auto* const shared = std::get_if<Shared>(&stage.work))
    for (const Write& write : shared->writes) add_write(write);
  if (const auto* const materialise = std::get_if<Materialise>(&stage.work)) {
    add_body(materialise->body);
    sums.states += size(*materialise->array);
  }
  scratch += fetched.staging();
  // A reader has its piece twice beside the result: as it is stored, and half decoded.
  return scratch + 2 * static_cast<double>(plan.block_bytes);
}

}  // namespace

MemoryBound memory_bound(const Plan& plan, std::span<const OutputKind> outputs) {
  Sums sums;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // Memory that the caller has only lent is copied into the result.
    const NodePtr& output = plan.graph.outputs[i];
    if (!outputs[i].in_memory || !is_view(*output)) continue;
    const UntypedNdArray view = graph::view_of(output, Region::whole(output->shape), {});
    if (view.data && !view.owner) sums.results += size(*output);
  }
  for (const Stage& stage : plan.stages)
    sums.scratch = std::max(sums.scratch, add_stage(plan, stage, outputs, sums) * plan.threads);
  return {whole_bytes(sums.results), whole_bytes(sums.states), whole_bytes(sums.scratch)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
