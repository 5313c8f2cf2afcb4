#include "runtime/plan/plan.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <unordered_set>

#include "chunkwise/core/array_handle.hpp"
#include "runtime/core/stack.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/graph/memory_view.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/fetches.hpp"
#include "runtime/plan/lines.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Finds the level of nodes (level_of). A node is visited once, however many paths lead to it.
class Levels {
 public:
  int operator()(const Node& node) {
    if (const auto found = known_.find(&node); found != known_.end()) return found->second;
    int level = 0;
    for (const NodePtr& input : inner_inputs_of(node))
      level = std::max(level, (*this)(*input) + (graph::flow_of(*input) == graph::Flow::complete ? 1 : 0));
    known_.emplace(&node, level);
    return level;
  }

 private:
  std::unordered_map<const Node*, int> known_;
};

/// A number of bytes that was reckoned as floating point, so that no sum of bounds overflows: exact as far as any
/// machine has memory.
std::uint64_t whole_bytes(double bytes) { return static_cast<std::uint64_t>(std::min(bytes, 0x1p62)); }

std::uint64_t bytes_of(const Node& node) {
  return static_cast<std::uint64_t>(node.shape.elements()) * size_of(node.dtype);
}

/// Returns the number of elements along the axes that are not reduced: the outputs of one box of the domain.
std::int64_t output_elements(const Shape& shape, std::uint32_t axes) {
  std::int64_t outputs = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (!(axes >> axis & 1U)) outputs *= shape[axis];
  return outputs;
}

/// Returns the bytes of one output's states, lanes included.
std::int64_t state_bytes(const ReduceTask& task) {
  std::int64_t bytes = 0;
  const DType element = task.body.node->dtype;
  for (const reduce::StateCode kind : task.kinds)
    bytes += static_cast<std::int64_t>(task.definition.lanes == 1 ? reduce::state_bytes(kind, element)
                                                                  : reduce::lane_state_bytes(kind, element));
  return bytes;
}

/// Returns the read block of a stage: for each axis of the domain the longest read block of a source that runs along
/// this axis unchanged.
Shape read_units(const Plan& plan, const Stage& stage) {
  Shape units = Shape::filled(stage.domain.rank(), 1);
  std::unordered_set<const Node*> seen;
  const auto visit = [&](const auto& self, const NodePtr& node, int lead) -> void {
    if (is_kept_for(plan, stage, *node) || !seen.insert(node.get()).second) return;
    if (const SourcePtr* const source = graph::source_of(*node)) {
      const Shape unit = (*source)->read_unit();
      for (int axis = 0; axis < unit.rank(); ++axis)
        if (lead + axis >= 0 && unit[axis] > 1 && node->shape[axis] == stage.domain[lead + axis])
          units[lead + axis] = std::max(units[lead + axis], unit[axis]);
    } else if (graph::only_joins(*node)) {
      // The joined axis of a part is a piece of the domain's; units of its other axes count.
      const NodePtr& part = inputs_of(*node).front();
      if (const SourcePtr* const first = graph::source_of(*part)) {
        const Shape unit = (*first)->read_unit();
        for (int axis = 0; axis < unit.rank(); ++axis)
          if (lead + axis >= 0) units[lead + axis] = std::max(units[lead + axis], unit[axis]);
      } else
        self(self, part, lead);
    } else if (graph::flow_of(*node) == graph::Flow::in_place) {
      for (const NodePtr& input : inputs_of(*node)) self(self, input, lead + node->shape.rank() - input->shape.rank());
    }
  };
  const auto visit_body = [&](const Body& body) {
    for (const NodePtr& input : body.inputs) visit(visit, input, stage.domain.rank() - input->shape.rank());
  };
  for (const auto& task : stage.reductions) visit_body(task.body);
  for (const auto& task : stage.writes) visit_body(task.body);
  for (int axis = 0; axis < units.rank(); ++axis)
    units[axis] = std::clamp<std::int64_t>(units[axis], 1, std::max<std::int64_t>(stage.domain[axis], 1));
  return units;
}

/// States of a tile that are in a processor's own cache (L2), beside what streams past them.
constexpr std::int64_t cached_states = std::int64_t{1} << 19;
/// Outputs of a tile at most.
constexpr std::int64_t longest_tile = std::int64_t{1} << 16;

/// Decides whether a stage is cut into tiles: it is if it only reduces over the same axes, and if the states of a chunk
/// are too large to hold them for each chunk.
void choose_tiles(const Plan& plan, Stage& stage) {
  stage.tile_outputs = 0;
  if (!is_pure(stage) || stage.reductions.empty()) return;
  std::int64_t bytes = 0;
  for (const ReduceTask& task : stage.reductions) bytes += state_bytes(task);
  const std::uint32_t axes = stage.reductions.front().axes;
  const std::int64_t outputs = output_elements(stage.grid.largest(), axes);
  if (outputs <= (1 << 16) / bytes) return;
  const bool lanes = stage.reductions.front().definition.lanes != 1;
  // Files are read in longer pieces; memory is taken as it lies, in tiles whose states stay in the cache.
  const auto cached = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(cached_states / bytes)));
  std::int64_t tile = needs_reading(plan, stage) ? longest_tile : std::clamp<std::int64_t>(cached, 4096, longest_tile);
  if (lanes) tile = std::min<std::int64_t>(tile, needs_reading(plan, stage) ? 4096 : 256);
  std::int64_t runs = 1;
  for (int axis = 0; axis < stage.grid.rank(); ++axis)
    if (axes >> axis & 1U) runs *= stage.grid[axis].count();
  runs = (runs + 15) / 16;
  const std::int64_t all = output_elements(stage.domain, axes);
  while (tile > 4096 && all / tile * runs < 4 * plan.threads) tile /= 2;
  stage.tile_outputs = tile;
}

/// Returns the bytes that one reduction of a stage holds at a time: the states of chunks, those they are folded into,
/// and those that wait.
double held_state_bytes(const Plan& plan, const Stage& stage, const ReduceTask& task) {
  const std::int64_t chunk_outputs = output_elements(stage.grid.largest(), task.axes);
  double fields = 0;
  for (const reduce::StateCode kind : task.kinds)
    fields += static_cast<double>(reduce::state_bytes(kind, task.body.node->dtype));
  const auto own =
      static_cast<double>(stage.tile_outputs > 0 ? std::min(stage.tile_outputs, chunk_outputs) : chunk_outputs);
  std::int64_t chunks = 1;
  for (int axis = 0; axis < stage.grid.rank(); ++axis)
    if (task.axes >> axis & 1U) chunks *= stage.grid[axis].count();
  int depth = 2;
  for (std::int64_t runs = (chunks + task.definition.run - 1) / task.definition.run; runs > 1; runs = (runs + 1) / 2)
    ++depth;
  // Each thread has a chunk's states and those it is folded into; the tree keeps one a level and one a thread.
  double bytes = own * static_cast<double>(state_bytes(task)) * plan.threads;
  bytes += own * fields * (2 * plan.threads + depth);
  if (stage.tile_outputs == 0) {
    const std::int64_t all = output_elements(stage.domain, task.axes);
    bytes += static_cast<double>(all / std::max<std::int64_t>(chunk_outputs, 1)) * own * fields * depth;
    // Chunks that are done before one in front of them wait for it, within their run.
    if (plan.threads > 1)
      bytes += own * fields * static_cast<double>(std::min<std::int64_t>(chunks, task.definition.run));
  }
  return bytes;
}

MemoryBound bound(const Plan& plan, std::span<const OutputKind> outputs) {
  double results = 0;
  double states = 0;
  double scratch = 0;
  const auto size = [](const Node& node) { return static_cast<double>(bytes_of(node)); };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // Memory that the caller has only lent is copied into the result.
    const NodePtr& output = plan.graph.outputs[i];
    if (!outputs[i].in_memory || !is_view(*output)) continue;
    const UntypedNdArray view = graph::view_of(output, Region::whole(output->shape), {});
    if (view.data && !view.owner) results += size(*output);
  }
  for (const Stage& stage : plan.stages) {
    double stage_scratch = 0;
    const Shape chunk = stage.grid.largest();
    const std::int64_t slab = std::max(std::min(plan.slab_elements / stage.weight, chunk.elements()),
                                       slab_shape(stage, chunk, plan.slab_elements).elements());
    ScratchMemory fetched(plan, stage);
    const auto add_scratch = [&](const Body& body) {
      for (const NodePtr& input : body.inputs) stage_scratch += fetched.bytes(input, slab);
      stage_scratch += static_cast<double>(staging_bytes(body.inputs.size()));
    };
    for (const ReduceTask& task : stage.reductions) {
      add_scratch(task.body);
      stage_scratch += static_cast<double>(row_blocks_bytes);
      for (const NodePtr& result : task.results) states += size(*result);
      states += held_state_bytes(plan, stage, task);
    }
    for (const WriteTask& task : stage.writes) {
      add_scratch(task.body);
      if (stage.kept)
        states += size(*stage.kept);
      else if (outputs[task.output].in_memory)
        results += size(*task.body.node);
      else
        stage_scratch += static_cast<double>(slab) * static_cast<double>(size_of(task.body.node->dtype));
    }
    stage_scratch += fetched.staging();
    // A reader has its piece twice beside what it delivers: as it is stored, and when it is half decoded.
    stage_scratch += 2 * static_cast<double>(plan.unit_bytes);
    scratch = std::max(scratch, stage_scratch * plan.threads);
  }
  return {whole_bytes(results), whole_bytes(states), whole_bytes(scratch)};
}

/// Sets the plan's unit_bytes, and returns the elements of the largest read block of any stage: no slab can be smaller.
std::int64_t smallest_slab(Plan& plan) {
  std::int64_t smallest = 4096;
  plan.unit_bytes = 0;
  for (const Stage& stage : plan.stages)
    for (const Fetch& fetch : fetches_of(plan, stage)) {
      const Source& source = *fetch.source;
      const std::int64_t unit = source.read_unit().elements();
      smallest = std::max(smallest, unit);
      if (unit > 1)
        plan.unit_bytes =
            std::max(plan.unit_bytes, unit * static_cast<std::int64_t>(size_of(source.encoding().stored)));
    }
  return smallest;
}

void count_reads(Plan& plan) {
  std::unordered_map<const Source*, std::size_t> position;
  for (const Stage& stage : plan.stages)
    for (SourceRead& read : reads_of(plan, stage)) {
      const auto [entry, added] = position.try_emplace(read.of, plan.reads.size());
      if (added)
        plan.reads.push_back(std::move(read));
      else
        plan.reads[entry->second].bytes = added_up(plan.reads[entry->second].bytes, read.bytes);
    }
}

}  // namespace

std::vector<SourceRead> reads_of(const Plan& plan, const Stage& stage) {
  std::unordered_map<const Source*, std::size_t> position;
  std::vector<SourceRead> reads;
  for (const Fetch& fetch : fetches_of(plan, stage)) {
    const Source& source = *fetch.source;
    if (source.is_generated() || source.in_memory().data) continue;
    const auto [entry, added] = position.try_emplace(&source, reads.size());
    if (added) reads.push_back({&source, source.describe(), 0});
    const double bytes = fetch.elements * static_cast<double>(size_of(source.encoding().stored)) + 0.5;
    reads[entry->second].bytes = added_up(reads[entry->second].bytes, whole_bytes(bytes));
  }
  return reads;
}

Shape slab_shape(const Stage& stage, const Shape& box, std::int64_t elements) {
  elements = std::max<std::int64_t>(elements / stage.weight, 1);
  if (box.elements() <= elements) return box;
  Shape slab = piece_shape(box, stage.units, elements);
  for (bool grown = true; grown;) {
    grown = false;
    for (const ReduceTask& task : stage.reductions) {
      bool wide = false;
      for (int axis = 0; axis < box.rank(); ++axis) {
        if (!(task.axes >> axis & 1U)) continue;
        if (wide && slab[axis] < box[axis]) slab[axis] = box[axis], grown = true;
        wide = wide || slab[axis] > 1;
      }
    }
  }
  return slab;
}

bool is_pure(const Stage& stage) {
  if (stage.reductions.empty()) return stage.writes.size() == 1;
  const ReduceTask& first = stage.reductions.front();
  return stage.writes.empty() &&
         std::all_of(stage.reductions.begin(), stage.reductions.end(),
                     [&](const ReduceTask& t) { return t.axes == first.axes && t.definition == first.definition; });
}

int level_of(const Node& node) { return Levels{}(node); }

bool is_view(const Node& node) {
  if (graph::flow_of(node) == graph::Flow::complete) return true;
  if (const SourcePtr* const source = graph::source_of(node)) return (*source)->in_memory().data != nullptr;
  const NodePtr* const input = graph::strided_input(node);
  return input && is_view(**input);
}

namespace {

/// Takes over the tiles of another process's plan, after checking them: they may have come from anywhere.
void take_tilings(Plan& plan, const std::vector<Tiling>& tilings) {
  const auto fits = [](const Stage& stage, const Tiling& tiling) {
    if (tiling.outputs < 0 || (tiling.outputs > 0 && stage.reductions.empty())) return false;
    if (tiling.units.rank() != stage.domain.rank()) return false;
    return std::all_of(tiling.units.begin(), tiling.units.end(), [](std::int64_t unit) { return unit >= 1; });
  };
  bool all_fit = tilings.size() == plan.stages.size();
  for (std::size_t i = 0; all_fit && i < tilings.size(); ++i) {
    all_fit = fits(plan.stages[i], tilings[i]);
    plan.stages[i].tile_outputs = tilings[i].outputs;
    plan.stages[i].tile_units = tilings[i].units;
    plan.stages[i].by_position = tilings[i].by_position;
  }
  if (!all_fit)
    throw Error(ErrorCode::invalid_argument, "the tilings of " + std::to_string(tilings.size()) +
                                                 " stages are those of another graph than this, which has " +
                                                 std::to_string(plan.stages.size()) + " stages");
}

/// Returns a plan with the stages of a graph, and at most `budget` bytes for arrays that are held because they are
/// broadcast. In a pure plan every output is written, even a view.
Plan stages_of(Graph graph, std::span<const OutputKind> outputs, const Passes& passes, std::uint64_t budget,
               bool pure) {
  Plan plan;
  Levels levels;
  std::unordered_set<const Node*> seen;
  const auto keep = [&](const NodePtr& node) {
    if (is_view(*node) || bytes_of(*node) > budget || !plan.kept.insert(node.get()).second) return;
    budget -= bytes_of(*node);
    Stage stage{levels(*node), node->shape, node->grid, {}, {}, 0};
    stage.writes.push_back({outputs.size(), body_of(node, true)});
    stage.kept = node;
    plan.stages.push_back(std::move(stage));
  };
  const auto collect = [&](const auto& self, const NodePtr& node) -> void {
    if (!seen.insert(node.get()).second) return;
    for (const NodePtr& input : inner_inputs_of(*node)) {
      self(self, input);
      const bool is_in_place = graph::flow_of(*node) == graph::Flow::in_place;
      if (is_in_place && input->shape.elements() < node->shape.elements()) keep(input);
    }
    const ReduceNode* const reduce = graph::fold_of(*node);
    if (!reduce) return;
    Stage stage{levels(*node), reduce->input->shape, reduce->value_grid, {}, {}, 0};
    stage.reductions.push_back({body_of(reduce->input, false),
                                reduce->axes,
                                reduce->definition,
                                {reduce::state_for(reduce->op, reduce->input->dtype)},
                                {node}});
    plan.stages.push_back(std::move(stage));
  };
  for (const NodePtr& output : graph.outputs) collect(collect, output);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const NodePtr& output = graph.outputs[i];
    const bool is_there = is_view(*output) || plan.kept.contains(output.get());
    if (!pure && outputs[i].in_memory && is_there) continue;
    const int level = levels(*output) + (graph::flow_of(*output) == graph::Flow::complete ? 1 : 0);
    Stage stage{level, output->shape, output->grid, {}, {}, 0};
    stage.writes.push_back({i, body_of(output, true)});
    plan.stages.push_back(std::move(stage));
  }
  plan.graph = std::move(graph);
  std::stable_sort(plan.stages.begin(), plan.stages.end(), [](const Stage& a, const Stage& b) {
    return std::pair(a.level, !a.kept) < std::pair(b.level, !b.kept);
  });
  return passes.has("fuse_reductions") ? fuse_reductions(std::move(plan)) : plan;
}

/// Makes the plan for make_plan, for which `tilings` is null, and for make_pure_plan: then stages are pure, and they
/// are cut by the tilings if there are any.
Plan make_any_plan(const Graph& graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
                   std::uint64_t limit, const std::vector<Tiling>* tilings) {
  require_usable(graph);
  const bool pure = tilings != nullptr;
  const bool fixed = pure && !tilings->empty();
  Plan plan, separate;
  const auto fit = [&](Plan& candidate, bool whole_units) {
    candidate.threads = threads;
    candidate.lines.clear();
    candidate.whole_units = whole_units;
    for (Stage& stage : candidate.stages) {
      choose_tiles(candidate, stage);
      const Shape units = read_units(candidate, stage);
      stage.units = whole_units ? units : Shape(Shape::filled(stage.domain.rank(), 1));
      stage.tile_units = pure ? units : stage.units;
      hold_lines(candidate, stage, whole_units, pure);
    }
    if (fixed) take_tilings(candidate, *tilings);
    const std::int64_t unit = smallest_slab(candidate);
    candidate.slab_elements = first_slab_elements(candidate, std::max(unit, std::int64_t{1} << 18), whole_units, limit);
    for (;;) {
      candidate.memory = bound(candidate, outputs);
      if (candidate.memory.total() <= limit) return true;
      bool shrunk = false;
      if (candidate.slab_elements / 2 >= unit) candidate.slab_elements /= 2, shrunk = true;
      for (Stage& stage : candidate.stages)
        if (!fixed && stage.tile_outputs > 1024) stage.tile_outputs /= 2, shrunk = true;
      if (!shrunk && candidate.threads > 1) --candidate.threads, shrunk = true;
      if (!shrunk) return false;
    }
  };
  // Reductions over different axes in one read keep states that reading twice does not need; a unit that is read in
  // several pieces needs less memory yet, and takes longest.
  const auto fits_somehow = [&](std::uint64_t budget) {
    plan = separate = stages_of(graph, outputs, passes, budget, pure);
    if (passes.has("share_reads")) plan = share_reads(std::move(plan), pure ? Purity::pure : Purity::mixed);
    if (fit(plan, true)) return true;
    // Others count on these stages.
    if (pure) return fit(plan, false);
    std::swap(plan, separate);
    if (fit(plan, true) || fit(plan, false)) return true;
    std::swap(plan, separate);
    return fit(plan, false);
  };
  // The stages of a pure plan are the same whatever the limit is.
  const bool fits = pure ? fits_somehow(0) : fits_somehow(limit / 8) || fits_somehow(0);
  if (!fits) {
    const MemoryBound& need = pure || plan.memory.total() < separate.memory.total() ? plan.memory : separate.memory;
    throw Error(ErrorCode::memory_limit,
                "the plan needs up to " + format_bytes(static_cast<double>(need.total())) + " of memory (results " +
                    format_bytes(static_cast<double>(need.results)) + ", reductions " +
                    format_bytes(static_cast<double>(need.states)) + ", work in progress " +
                    format_bytes(static_cast<double>(need.scratch)) + "), but the limit is " +
                    format_bytes(static_cast<double>(limit)) + longest_line(plan) +
                    (need.results > 0 ? "; raise the limit, write the result to a file, or ask for less at a time"
                                      : "; raise the limit, or ask for less at a time"));
  }
  count_reads(plan);
  return plan;
}

}  // namespace

Plan make_plan(Graph graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
               std::uint64_t limit) {
  return make_any_plan(graph, outputs, passes, threads, limit, nullptr);
}

Plan make_pure_plan(Graph graph, const Passes& passes, int threads, std::uint64_t limit,
                    const std::vector<Tiling>& tilings) {
  const std::vector<OutputKind> outputs(graph.outputs.size(), OutputKind{false});
  return make_any_plan(graph, outputs, passes, threads, limit, &tilings);
}

std::vector<Tiling> tilings_of(const Plan& plan) {
  std::vector<Tiling> tilings;
  for (const Stage& stage : plan.stages) tilings.push_back({stage.tile_outputs, stage.tile_units, stage.by_position});
  return tilings;
}

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
