#include "runtime/executor/accumulate.hpp"

#include <algorithm>
#include <array>

namespace chunkwise::inline CHUNKWISE_ABI::executor {

States begin_states(const plan::FoldTask& task, std::size_t outputs) {
  States states;
  if (task.grouping) {
    const std::size_t groups = plan::groups_of(task);
    states.reserve(groups * task.states.size());
    for (std::size_t group = 0; group < groups; ++group)
      for (const reduce::StateCode kind : task.states)
        states.push_back(reduce::absent(kind, task.body.node->dtype, outputs));
    return states;
  }
  for (const reduce::StateCode kind : task.states) {
    states.emplace_back(kind, task.body.node->dtype, outputs);
    states.back().begin();
  }
  return states;
}

ChunkAccumulator::ChunkAccumulator(const plan::FoldTask& task)
    : task_(&task), takes_positions_(std::ranges::any_of(task.states, [&](reduce::StateCode kind) {
        return reduce::takes_positions(kind, task.body.node->dtype);
      })) {}

Positions ChunkAccumulator::positions_of(const Region& box) const {
  return takes_positions_ ? Positions(task_->body.node->shape, task_->axes, box, grouped_, indices_) : Positions();
}

void ChunkAccumulator::measure(const Region& box) {
  const bool same = outputs_ > 0 && box.shape() == box_.shape();
  box_ = box;
  if (takes_positions_) positions_ = positions_of(box);
  if (same) return;
  ready_.reset();
  output_strides_ = position_strides_ = PerAxis<std::int64_t>::filled(box.rank(), 0);
  outputs_ = reduced_ = 1;
  for (int axis = box.rank() - 1; axis >= 0; --axis) {
    const bool goes = task_->axes >> axis & 1U;
    (goes ? position_strides_ : output_strides_)[axis] = goes ? reduced_ : outputs_;
    (goes ? reduced_ : outputs_) *= box[axis].count;
  }
}

void ChunkAccumulator::begin(const Region& box) {
  measure(box);
  begin_measured();
}

void ChunkAccumulator::begin_measured() {
  // The states of the chunk before are still here if they were merged into others.
  if (!states_.empty() && states_.front().outputs == static_cast<std::size_t>(outputs_))
    for (reduce::State& state : states_) state.begin();
  else {
    states_.clear();  // gone before the new ones are there
    for (const reduce::StateCode kind : task_->states) {
      states_.emplace_back(kind, task_->body.node->dtype, static_cast<std::size_t>(outputs_));
      states_.back().begin();
    }
  }
  reduced_outputs_ = 0;
  has_lanes_ = false;
}

void ChunkAccumulator::begin_lane_states() {
  has_lanes_ = true;
  lane_states_.resize(task_->states.size());
  lane_bytes_.resize(task_->states.size(), 0);
  for (std::size_t k = 0; k < task_->states.size(); ++k) {
    const std::size_t bytes =
        reduce::lane_state_bytes(task_->states[k], task_->body.node->dtype) * static_cast<std::size_t>(outputs_);
    if (lane_bytes_[k] < bytes) {
      lane_states_[k].reset();
      lane_states_[k] = allocate_buffer(bytes);
      lane_bytes_[k] = bytes;
    }
    reduce::begin_lanes(task_->states[k], task_->body.node->dtype, lane_states_[k].get(),
                        static_cast<std::size_t>(outputs_));
  }
}

namespace {

/// Returns which operand of a product has one element for a whole stretch, where the other's lie in memory; -1 if the
/// body is anything else.
int factor_of(const plan::Body& body, const BodyRunner& runner, const PerOperand<std::int64_t>& steps) {
  if (!plan::is_product(body)) return -1;
  for (const Operand& operand : runner.operands())
    if (operand.decoding) return -1;
  if (steps[0] == 0 && steps[1] == 1) return 0;
  return steps[0] == 1 && steps[1] == 0 ? 1 : -1;
}

Walk walk_of(const Shape& slab, const PerOperand<Operand>& operands, const PerAxis<std::int64_t>& outputs,
             const PerAxis<std::int64_t>& positions) {
  PerOperand<PerAxis<std::int64_t>> maps;
  maps.reserve(operands.size() + 2);
  for (const Operand& operand : operands) maps.push_back(operand.strides);
  maps.push_back(outputs);
  maps.push_back(positions);
  return {slab, {maps.data(), maps.size()}};
}

}  // namespace

ChunkAccumulator::Slab::Slab(const ChunkAccumulator& of, const Shape& slab, PerOperand<Operand> operands)
    : shape(slab),
      runner(of.task_->body, std::move(operands)),
      walk(walk_of(slab, runner.operands(), of.output_strides_, of.position_strides_)),
      output(runner.operands().size()),
      position(output + 1) {
  const std::int64_t output_step = walk.stretch_stride(output);
  const std::int64_t position_step = walk.stretch_stride(position);
  rows_are_whole = !of.uses_lanes() && output_step == 1 && position_step == 0;
  const bool follows =
      of.uses_lanes() ? walk.stretch_length() == 1 || (output_step == 0 && position_step == 1) : rows_are_whole;
  if (!follows) walk.single_elements();
  for (std::size_t m = 0; m < output; ++m) steps.push_back(walk.stretch_stride(m));
  direct = runner.direct(steps.data());
  factor = factor_of(of.task_->body, runner, steps);
  std::int64_t outputs = 1;
  std::int64_t last = 0;  // output, counted from the first
  for (int axis = 0; axis < slab.rank(); ++axis) {
    last += (slab[axis] - 1) * of.output_strides_[axis];
    if (!(of.task_->axes >> axis & 1U)) outputs *= slab[axis];
  }
  outputs_follow = last + 1 == outputs;
}

bool ChunkAccumulator::Slab::is_like(const Shape& slab, const PerOperand<Operand>& operands) const {
  return direct && shape == slab &&
         std::ranges::equal(runner.operands(), operands, [](const Operand& a, const Operand& b) {
           return a.strides == b.strides && a.decoding == b.decoding;
         });
}

ChunkAccumulator::Slab& ChunkAccumulator::prepare(const Region& slab, const PerOperand<Operand>& operands) {
  const Shape shape = slab.shape();
  if (ready_ && ready_->is_like(shape, operands))
    ready_->runner.move_to(operands.front().data);
  else
    ready_.emplace(*this, shape, operands);
  ready_->first_output = ready_->first_position = 0;
  for (int axis = 0; axis < slab.rank(); ++axis) {
    const std::int64_t start = slab[axis].start - box_[axis].start;
    ready_->first_output += start * output_strides_[axis];
    ready_->first_position += start * position_strides_[axis];
  }
  return *ready_;
}

void ChunkAccumulator::rest() {
  if (ready_ && !ready_->direct) ready_.reset();
}

void ChunkAccumulator::add(Evaluator& evaluator, const Region& slab, int domain_rank) {
  add(slab, evaluator.operands(task_->body, slab, domain_rank));
}

void ChunkAccumulator::add(const Region& slab, const PerOperand<Operand>& operands) {
  add(prepare(slab, operands));
  rest();
}

void ChunkAccumulator::fold(const Region& box, const PerOperand<Operand>& operands, States& folded,
                            Buffer& row_blocks) {
  row_blocks_.swap(row_blocks);
  measure(box);
  fold_alone(prepare(box, operands), folded);
  rest();
  row_blocks_.swap(row_blocks);
}

SlabFacts ChunkAccumulator::facts_of(const Slab& slab) const {
  SlabFacts facts;
  facts.takes_lanes = uses_lanes();
  facts.in_memory = slab.direct;
  facts.are_products = slab.factor >= 0 && states_.size() == 1 && reduce::has_products(states_.front());
  facts.stretch_length = slab.walk.stretch_length();
  facts.reduced = reduced_;
  facts.outputs_are_next = !has_lanes_ && slab.outputs_follow && slab.first_output == reduced_outputs_;
  facts.positions_follow = !takes_positions_ || reduced_ == 0 || positions_.together(0) >= reduced_;
  return facts;
}

void ChunkAccumulator::add(Slab& slab) {
  path_ = path_of(facts_of(slab));
  switch (path_) {
    case ReductionPath::whole_outputs:
      return reduce_whole(slab);
    case ReductionPath::lanes:
      return add_lanes(slab);
    case ReductionPath::row_groups:
      return add_row_groups(slab);
    case ReductionPath::products:
      return add_products(slab);
    default:
      return add_rows(slab);
  }
}

void ChunkAccumulator::add_rows(Slab& slab) {
  const std::int64_t length = slab.walk.stretch_length();
  // Blocks of outputs outside, rows inside: the block's states stay in the cache while rows stream past.
  for (std::int64_t begin = 0; begin < length; begin += block_elements) {
    const std::int64_t n = std::min(block_elements, length - begin);
    slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
      const void* values = slab.runner.block(offsets.data(), slab.steps.data(), begin, n, nullptr);
      const std::int64_t number = slab.first_position + offsets[slab.position];
      const std::int64_t position = position_of(number);
      for (const reduce::State& state : states_)
        reduce::accumulate_row(state, static_cast<std::size_t>(slab.first_output + offsets[slab.output] + begin),
                               values, static_cast<std::size_t>(n), number == 0, position);
    });
  }
}

void ChunkAccumulator::add_row_groups(Slab& slab) {
  constexpr std::size_t most = 16;        // rows of a group
  constexpr std::int64_t longest = 8192;  // outputs whose states stay in the second-level cache
  const std::int64_t length = slab.walk.stretch_length();
  for (std::int64_t begin = 0; begin < length; begin += longest) {
    const std::int64_t n = std::min(longest, length - begin);
    std::array<const void*, most> rows;
    std::array<std::int64_t, most> positions;
    std::size_t count = 0;
    std::int64_t output = 0;
    bool first = false;
    const auto add_group = [&] {
      for (const reduce::State& state : states_)
        reduce::accumulate_rows(state, static_cast<std::size_t>(slab.first_output + output + begin), rows.data(), count,
                                static_cast<std::size_t>(n), first, positions.data());
      count = 0;
    };
    slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
      if (count == most || (count > 0 && offsets[slab.output] != output)) add_group();
      const std::int64_t number = slab.first_position + offsets[slab.position];
      if (count == 0) output = offsets[slab.output], first = number == 0;
      positions[count] = position_of(number);
      rows[count++] = slab.runner.block(offsets.data(), slab.steps.data(), begin, n, nullptr);
    });
    if (count > 0) add_group();
  }
}

void ChunkAccumulator::add_products(Slab& slab) {
  constexpr std::size_t most = 32;        // rows of a group
  constexpr std::int64_t longest = 2048;  // outputs whose states stay in the first-level cache
  const std::int64_t length = slab.walk.stretch_length();
  const auto factor = static_cast<std::size_t>(slab.factor);
  const std::size_t row = 1 - factor;
  const auto size = static_cast<std::int64_t>(size_of(slab.runner.dtype()));
  const auto place = [&](std::size_t operand, std::int64_t offset) {
    return slab.runner.operands()[operand].data + offset * size;
  };
  for (std::int64_t begin = 0; begin < length; begin += longest) {
    const std::int64_t n = std::min(longest, length - begin);
    std::array<const void*, most> factors, rows;
    std::size_t count = 0;
    std::int64_t output = 0;
    const auto add_group = [&] {
      reduce::accumulate_products(states_.front(), static_cast<std::size_t>(slab.first_output + output + begin),
                                  factors.data(), rows.data(), count, static_cast<std::size_t>(n));
      count = 0;
    };
    slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
      if (count == most || (count > 0 && offsets[slab.output] != output)) add_group();
      output = offsets[slab.output];
      factors[count] = place(factor, offsets[factor]);
      rows[count++] = place(row, offsets[row] + begin);
    });
    if (count > 0) add_group();
  }
}

void ChunkAccumulator::reduce_whole(Slab& slab) {
  const std::int64_t position = position_of(0);
  slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    const void* values = slab.runner.block(offsets.data(), slab.steps.data(), 0, reduced_, nullptr);
    for (const reduce::State& state : states_)
      reduce::reduce_lanes(state, static_cast<std::size_t>(reduced_outputs_), values,
                           static_cast<std::size_t>(reduced_), position);
    ++reduced_outputs_;
  });
}

void ChunkAccumulator::add_lanes(Slab& slab) {
  if (!has_lanes_) begin_lane_states();
  const std::int64_t length = slab.walk.stretch_length();
  const std::size_t size = size_of(slab.runner.dtype());
  // Several kinds share a block while it is in the cache; a single one takes memory as it lies.
  const std::int64_t step = slab.direct && states_.size() == 1 ? length : block_elements;
  slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    for (std::int64_t begin = 0; begin < length; begin += step) {
      const std::int64_t n = std::min(step, length - begin);
      const void* values = slab.runner.block(offsets.data(), slab.steps.data(), begin, n, nullptr);
      const std::int64_t number = slab.first_position + offsets[slab.position] + begin;
      const auto output = static_cast<std::size_t>(slab.first_output + offsets[slab.output]);
      const auto add = [&](std::int64_t offset, std::int64_t count, std::int64_t position) {
        const auto* from = static_cast<const std::byte*>(values) + static_cast<std::size_t>(offset) * size;
        for (std::size_t k = 0; k < states_.size(); ++k)
          reduce::accumulate_lanes(states_[k].kind, states_[k].element,
                                   lane_states_[k].get() + output * states_[k].kernels->lane_bytes, from,
                                   static_cast<std::size_t>(count), number + offset, position);
      };
      if (takes_positions_)
        positions_.for_each_stretch(number, n, add);
      else
        add(0, n, 0);
    }
  });
}

/// Rows of several boxes that are folded together: streams that a processor follows, and prefetches, at a time.
constexpr std::size_t rows_together = 8;

std::size_t ChunkAccumulator::fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank,
                                   States& folded) {
  const auto operands_of = [&](const Region& box) { return evaluator.operands(task_->body, box, domain_rank); };
  measure(boxes.front());
  Slab& slab = prepare(boxes.front(), operands_of(boxes.front()));
  const bool rows_are_few = !row_groups(slab).empty();
  if (!rows_are_few || fold_path(facts_of(slab), true, true) != ReductionPath::folded_chunks) {
    fold_alone(slab, folded);
    rest();
    return 1;
  }
  path_ = ReductionPath::folded_chunks;
  std::array<const std::byte*, rows_together> places{slab.runner.operands().front().data};
  std::size_t count = 1;
  const std::size_t most = std::min(boxes.size(), rows_together / slab.groups->front().rows.size());
  while (count < most) {
    const Region& box = boxes[count];
    const PerOperand<Operand> next = operands_of(box);
    if (!slab.is_like(box.shape(), next)) {
      // If the slab was read or computed, that took memory, which is planned for one box at a time: it is folded now.
      fold_rows(slab, boxes.first(count), {places.data(), count}, folded);
      measure(box);
      fold_alone(prepare(box, next), folded);
      rest();
      return count + 1;
    }
    places[count++] = next.front().data;
  }
  fold_rows(slab, boxes.first(count), {places.data(), count}, folded);
  return count;
}

void ChunkAccumulator::fold_alone(Slab& slab, States& folded) {
  const bool rows_are_few = !row_groups(slab).empty();
  if (rows_are_few && fold_path(facts_of(slab), true, false) == ReductionPath::folded_rows) {
    path_ = ReductionPath::folded_rows;
    const std::byte* const place = slab.runner.operands().front().data;
    return fold_rows(slab, {&box_, 1}, {&place, 1}, folded);
  }
  begin_measured();
  add(slab);
  close_states();
  if (folded.empty())
    folded = std::exchange(states_, {});
  else
    merge(folded, states_);
}

const std::vector<ChunkAccumulator::RowGroup>& ChunkAccumulator::row_groups(Slab& slab) const {
  if (slab.groups) return *slab.groups;
  std::vector<RowGroup>& groups = slab.groups.emplace();
  if (!slab.rows_are_whole || reduced_ > most_rows) return groups;
  slab.walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    const std::int64_t output = offsets[slab.output];
    if (groups.empty() || groups.back().output != output) groups.push_back({output, {}});
    groups.back().rows.emplace_back(offsets.begin(), offsets.end());
  });
  if (std::ranges::any_of(
          groups, [&](const RowGroup& group) { return static_cast<std::int64_t>(group.rows.size()) != reduced_; }))
    groups.clear();
  return groups;
}

void ChunkAccumulator::fold_rows(Slab& slab, std::span<const Region> boxes, std::span<const std::byte* const> places,
                                 States& folded) {
  if (folded.empty()) {
    for (const reduce::StateCode kind : task_->states)
      folded.emplace_back(kind, task_->body.node->dtype, static_cast<std::size_t>(outputs_));
  }
  const std::size_t row_count = slab.groups->front().rows.size();
  const std::size_t size = size_of(slab.runner.dtype());
  if (!slab.direct && !row_blocks_) row_blocks_ = allocate_buffer(row_blocks_bytes);
  const std::int64_t length = slab.walk.stretch_length();
  // Rows that have to be loaded first are loaded in blocks that stay in the cache; memory is taken as it lies.
  const std::int64_t width =
      slab.direct ? length
                  : std::clamp<std::int64_t>(4 * block_elements / static_cast<std::int64_t>(row_count) / 64 * 64, 64,
                                             block_elements);
  std::vector<const void*> rows(places.size() * row_count);
  // Row r of a box has its element number r.
  std::vector<std::int64_t> positions;
  for (const Region& box : boxes) {
    if (!takes_positions_) break;
    const Positions of_box = positions_of(box);
    for (std::size_t r = 0; r < row_count; ++r) positions.push_back(of_box.of(static_cast<std::int64_t>(r)));
  }
  for (const RowGroup& group : *slab.groups) {
    for (std::int64_t begin = 0; begin < length; begin += width) {
      const std::int64_t n = std::min(width, length - begin);
      std::size_t r = 0;
      for (const std::byte* const place : places) {
        slab.runner.move_to(place);
        for (const PerOperand<std::int64_t>& offsets : group.rows) {
          std::byte* const block =
              slab.direct ? nullptr : row_blocks_.get() + r * static_cast<std::size_t>(width) * size;
          rows[r++] = slab.runner.block(offsets.data(), slab.steps.data(), begin, n, block);
        }
      }
      for (const reduce::State& state : folded)
        reduce::fold_rows(state, static_cast<std::size_t>(group.output + begin), rows.data(), row_count, places.size(),
                          static_cast<std::size_t>(n), takes_positions_ ? positions.data() : nullptr);
    }
  }
  for (reduce::State& state : folded) state.count += static_cast<std::int64_t>(row_count * places.size());
}

void ChunkAccumulator::close_states() {
  for (std::size_t k = 0; k < states_.size(); ++k) {
    states_[k].count = reduced_;
    if (!uses_lanes())
      reduce::close_rows(states_[k], reduced_);
    else if (has_lanes_)
      reduce::close_lanes(states_[k], lane_states_[k].get(), reduced_, static_cast<std::size_t>(reduced_outputs_));
  }
}

States ChunkAccumulator::close() {
  close_states();
  return std::exchange(states_, {});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
