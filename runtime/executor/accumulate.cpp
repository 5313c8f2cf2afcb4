#include "runtime/executor/accumulate.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace chunkwise::inline CHUNKWISE_ABI::executor {

States begin_states(const plan::ReduceTask& task, std::size_t outputs) {
  States states;
  for (const reduce::StateKind kind : task.kinds) {
    states.emplace_back(kind, task.body.node->dtype, outputs);
    states.back().begin();
  }
  return states;
}

void ChunkAccumulator::measure(const Region& box) {
  box_ = box;
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
  // The states of the chunk before are still here where they were merged into others.
  if (!states_.empty() && states_.front().outputs == static_cast<std::size_t>(outputs_))
    for (reduce::State& state : states_) state.begin();
  else
    states_ = begin_states(*task_, static_cast<std::size_t>(outputs_));
  reduced_outputs_ = 0;
  has_lanes_ = false;
}

void ChunkAccumulator::begin_lane_states() {
  has_lanes_ = true;
  lane_states_.resize(task_->kinds.size());
  lane_bytes_.resize(task_->kinds.size(), 0);
  for (std::size_t k = 0; k < task_->kinds.size(); ++k) {
    const std::size_t bytes = reduce::lane_state_bytes(task_->kinds[k]) * static_cast<std::size_t>(outputs_);
    if (lane_bytes_[k] < bytes) lane_states_[k] = allocate_buffer(bytes), lane_bytes_[k] = bytes;
    reduce::begin_lanes(task_->kinds[k], task_->body.node->dtype, lane_states_[k].get(),
                        static_cast<std::size_t>(outputs_));
  }
}

PerOperand<std::int64_t> ChunkAccumulator::Slab::steps() const {
  PerOperand<std::int64_t> steps;
  for (std::size_t m = 0; m < output; ++m) steps.push_back(walk.run_stride(m));
  return steps;
}

ChunkAccumulator::Slab ChunkAccumulator::prepare(Evaluator& evaluator, const Region& slab, int domain_rank) const {
  BodyRunner runner = evaluator.prepare(task_->body, slab, domain_rank);
  PerOperand<PerAxis<std::int64_t>> maps;
  maps.reserve(runner.operands().size() + 2);
  for (const Operand& operand : runner.operands()) maps.push_back(operand.strides);
  maps.push_back(output_strides_);
  maps.push_back(position_strides_);
  Slab result{std::move(runner), Walk(slab.shape(), {maps.data(), maps.size()}), maps.size() - 2, maps.size() - 1};
  std::int64_t outputs = 1;
  std::int64_t last = 0;  // output, counted from the first
  for (int axis = 0; axis < slab.rank(); ++axis) {
    result.first_output += (slab[axis].start - box_[axis].start) * output_strides_[axis];
    result.first_position += (slab[axis].start - box_[axis].start) * position_strides_[axis];
    last += (slab[axis].count - 1) * output_strides_[axis];
    if (!(task_->axes >> axis & 1U)) outputs *= slab[axis].count;
  }
  result.outputs_follow = last + 1 == outputs;
  return result;
}

void ChunkAccumulator::add(Evaluator& evaluator, const Region& slab, int domain_rank) {
  Slab ready = prepare(evaluator, slab, domain_rank);
  add(ready);
}

void ChunkAccumulator::add_rows(Slab& slab) {
  if (slab.walk.run_stride(slab.output) != 1 || slab.walk.run_stride(slab.position) != 0) slab.walk.single_elements();
  if (add_row_groups(slab)) return;
  const PerOperand<std::int64_t> steps = slab.steps();
  const std::int64_t length = slab.walk.run_length();
  // Blocks of outputs outside, rows inside: the block's states stay in the cache while rows stream past.
  for (std::int64_t begin = 0; begin < length; begin += block_elements) {
    const std::int64_t n = std::min(block_elements, length - begin);
    slab.walk.for_each_run([&](std::span<const std::int64_t> offsets) {
      const void* values = slab.runner.block(offsets.data(), steps.data(), begin, n, nullptr);
      const bool first = slab.first_position + offsets[slab.position] == 0;
      for (const reduce::State& state : states_)
        reduce::accumulate_row(state, static_cast<std::size_t>(slab.first_output + offsets[slab.output] + begin),
                               values, static_cast<std::size_t>(n), first);
    });
  }
}

bool ChunkAccumulator::add_row_groups(Slab& slab) {
  constexpr std::size_t most = 16;        // rows of a group
  constexpr std::int64_t shortest = 256;  // elements of a row
  constexpr std::int64_t longest = 8192;  // outputs whose states stay in the second-level cache
  const PerOperand<std::int64_t> steps = slab.steps();
  const std::int64_t length = slab.walk.run_length();
  if (length < shortest || !slab.runner.direct(steps.data())) return false;
  for (std::int64_t begin = 0; begin < length; begin += longest) {
    const std::int64_t n = std::min(longest, length - begin);
    std::array<const void*, most> rows;
    std::size_t count = 0;
    std::int64_t output = 0;
    bool first = false;
    const auto add_group = [&] {
      for (const reduce::State& state : states_)
        reduce::accumulate_rows(state, static_cast<std::size_t>(slab.first_output + output + begin), rows.data(), count,
                                static_cast<std::size_t>(n), first);
      count = 0;
    };
    slab.walk.for_each_run([&](std::span<const std::int64_t> offsets) {
      if (count == most || (count > 0 && offsets[slab.output] != output)) add_group();
      if (count == 0) output = offsets[slab.output], first = slab.first_position + offsets[slab.position] == 0;
      rows[count++] = slab.runner.block(offsets.data(), steps.data(), begin, n, nullptr);
    });
    if (count > 0) add_group();
  }
  return true;
}

bool ChunkAccumulator::reduce_whole(Slab& slab) {
  if (has_lanes_ || slab.walk.run_length() != reduced_ || !slab.outputs_follow || slab.first_output != reduced_outputs_)
    return false;
  const PerOperand<std::int64_t> steps = slab.steps();
  if (reduced_ > block_elements && !slab.runner.direct(steps.data())) return false;
  slab.walk.for_each_run([&](std::span<const std::int64_t> offsets) {
    const void* values = slab.runner.block(offsets.data(), steps.data(), 0, reduced_, nullptr);
    for (const reduce::State& state : states_)
      reduce::reduce_lanes(state, static_cast<std::size_t>(reduced_outputs_), values,
                           static_cast<std::size_t>(reduced_));
    ++reduced_outputs_;
  });
  return true;
}

void ChunkAccumulator::add_lanes(Slab& slab) {
  if (slab.walk.run_length() > 1 &&
      (slab.walk.run_stride(slab.output) != 0 || slab.walk.run_stride(slab.position) != 1))
    slab.walk.single_elements();
  if (reduce_whole(slab)) return;
  if (!has_lanes_) begin_lane_states();
  const PerOperand<std::int64_t> steps = slab.steps();
  const std::int64_t length = slab.walk.run_length();
  // Several kinds share a block while it is in the cache; a single one takes memory as it lies.
  const std::int64_t step = slab.runner.direct(steps.data()) && states_.size() == 1 ? length : block_elements;
  slab.walk.for_each_run([&](std::span<const std::int64_t> offsets) {
    for (std::int64_t begin = 0; begin < length; begin += step) {
      const std::int64_t n = std::min(step, length - begin);
      const void* values = slab.runner.block(offsets.data(), steps.data(), begin, n, nullptr);
      for (std::size_t k = 0; k < states_.size(); ++k)
        reduce::accumulate_lanes(
            states_[k].kind, states_[k].element,
            lane_states_[k].get() + static_cast<std::size_t>(slab.first_output + offsets[slab.output]) *
                                        reduce::lane_state_bytes(states_[k].kind),
            values, static_cast<std::size_t>(n), slab.first_position + offsets[slab.position] + begin);
    }
  });
}

/// A box of more rows than this stores its states.
constexpr std::int64_t most_rows = 32;
/// Rows of several boxes that are folded together: streams that a processor follows, and prefetches, at a time.
constexpr std::size_t rows_together = 8;

bool ChunkAccumulator::is_like(const Rows& a, const Rows& b) {
  return a.slab.walk.run_length() == b.slab.walk.run_length() &&
         std::ranges::equal(a.groups, b.groups, [](const RowGroup& x, const RowGroup& y) {
           return x.output == y.output && x.rows.size() == y.rows.size();
         });
}

std::size_t ChunkAccumulator::fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank,
                                   States& folded) {
  const auto ready = [&](std::size_t i) {
    measure(boxes[i]);
    return rows_of(prepare(evaluator, boxes[i], domain_rank));
  };
  Rows first = ready(0);
  if (!first.direct()) {
    fold_alone(std::move(first), folded);
    return 1;
  }
  const std::size_t most = std::min(boxes.size(), rows_together / first.groups.front().rows.size());
  boost::container::small_vector<Rows, rows_together> together;
  together.push_back(std::move(first));
  // One that is not like the others was read or computed, perhaps. That takes memory, which is planned for one box at a
  // time: it is folded at once.
  std::optional<Rows> other;
  while (!other && together.size() < most) {
    Rows next = ready(together.size());
    if (next.direct() && is_like(next, together.front()))
      together.push_back(std::move(next));
    else
      other = std::move(next);
  }
  fold_rows({together.data(), together.size()}, folded);
  if (!other) return together.size();
  fold_alone(std::move(*other), folded);
  return together.size() + 1;
}

void ChunkAccumulator::fold_alone(Rows box, States& folded) {
  if (!box.groups.empty()) return fold_rows({&box, 1}, folded);
  begin_measured();
  add(box.slab);
  close_states();
  if (folded.empty())
    folded = std::exchange(states_, {});
  else
    merge(folded, states_);
}

ChunkAccumulator::Rows ChunkAccumulator::rows_of(Slab slab) const {
  Rows result{std::move(slab), {}, {}};
  result.steps = result.slab.steps();
  const Walk& walk = result.slab.walk;
  if (uses_lanes() || reduced_ > most_rows || walk.run_stride(result.slab.output) != 1 ||
      walk.run_stride(result.slab.position) != 0)
    return result;
  std::vector<RowGroup>& groups = result.groups;
  walk.for_each_run([&](std::span<const std::int64_t> offsets) {
    const std::int64_t output = offsets[result.slab.output];
    if (groups.empty() || groups.back().output != output) groups.push_back({output, {}});
    groups.back().rows.emplace_back(offsets.begin(), offsets.end());
  });
  if (std::ranges::any_of(
          groups, [&](const RowGroup& group) { return static_cast<std::int64_t>(group.rows.size()) != reduced_; }))
    groups.clear();
  return result;
}

void ChunkAccumulator::fold_rows(std::span<Rows> boxes, States& folded) {
  if (folded.empty()) {
    for (const reduce::StateKind kind : task_->kinds)
      folded.emplace_back(kind, task_->body.node->dtype, static_cast<std::size_t>(outputs_));
  }
  const Slab& slab = boxes.front().slab;
  const bool direct = boxes.front().direct();
  const std::size_t row_count = boxes.front().groups.front().rows.size();
  const std::size_t size = size_of(slab.runner.dtype());
  if (!direct && !row_blocks_) row_blocks_ = allocate_buffer(4 * block_elements * 8 + most_rows * 64 * 8);
  const std::int64_t length = slab.walk.run_length();
  // Rows that have to be loaded first are loaded in blocks that stay in the cache; memory is taken as it lies.
  const std::int64_t width =
      direct ? length
             : std::clamp<std::int64_t>(4 * block_elements / static_cast<std::int64_t>(row_count) / 64 * 64, 64,
                                        block_elements);
  std::vector<const void*> rows(boxes.size() * row_count);
  for (std::size_t g = 0; g < boxes.front().groups.size(); ++g) {
    for (std::int64_t begin = 0; begin < length; begin += width) {
      const std::int64_t n = std::min(width, length - begin);
      std::size_t r = 0;
      for (Rows& box : boxes)
        for (const PerOperand<std::int64_t>& offsets : box.groups[g].rows) {
          std::byte* const block = direct ? nullptr : row_blocks_.get() + r * static_cast<std::size_t>(width) * size;
          rows[r++] = box.slab.runner.block(offsets.data(), box.steps.data(), begin, n, block);
        }
      for (const reduce::State& state : folded)
        reduce::fold_rows(state, static_cast<std::size_t>(boxes.front().groups[g].output + begin), rows.data(),
                          row_count, boxes.size(), static_cast<std::size_t>(n));
    }
  }
  for (reduce::State& state : folded) state.count += static_cast<std::int64_t>(row_count * boxes.size());
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
