#include "runtime/executor/groups.hpp"

#include <algorithm>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::executor {

IndexGroups::Member& IndexGroups::member_of(std::int32_t group) {
  std::int32_t& number = member_of_group_[static_cast<std::size_t>(group)];
  if (number < 0) {
    number = static_cast<std::int32_t>(count_++);
    if (members_.size() < count_) members_.emplace_back();
    Member& added = members_[count_ - 1];
    added.group = group;
    added.indices.clear();
    added.stretches = 0;
  }
  return members_[static_cast<std::size_t>(number)];
}

void IndexGroups::look_at(const AxisRange& range) {
  // Tiles of one chunk follow each other.
  if (range == range_) return;
  range_ = range;
  for (const Member& member : members()) member_of_group_[static_cast<std::size_t>(member.group)] = -1;
  count_ = 0;
  stretches_.clear();
  for (std::int64_t index = range.start; index < range.start + range.count; ++index) {
    const std::int32_t label = grouping_->labels[static_cast<std::size_t>(index)];
    if (label < 0) continue;
    Member& member = member_of(label);
    const auto number = static_cast<std::size_t>(&member - members_.data());
    const bool goes_on = !stretches_.empty() && stretches_.back().member == number &&
                         stretches_.back().first + stretches_.back().count == index;
    if (!goes_on) {
      if (member.stretches++ == 0) member.stretch = stretches_.size();
      stretches_.push_back({number, index, 0, static_cast<std::int64_t>(member.indices.size())});
    }
    ++stretches_.back().count;
    member.indices.push_back(index);
  }
}

std::span<const IndexGroups::Stretch> IndexGroups::stretches_around(const AxisRange& part) const {
  const auto first = std::ranges::partition_point(
      stretches_, [&](const Stretch& stretch) { return stretch.first + stretch.count <= part.start; });
  const auto last = std::partition_point(
      first, stretches_.end(), [&](const Stretch& stretch) { return stretch.first < part.start + part.count; });
  return {first, last};
}

void GroupAccumulator::look_at(const Region& box) {
  box_ = box;
  groups_.look_at(box[axis_]);
  outputs_ = 1;
  for (int axis = 0; axis < box.rank(); ++axis)
    if (!(task_->axes >> axis & 1U)) outputs_ *= static_cast<std::size_t>(box[axis].count);
  while (accumulators_.size() < groups_.members().size())
    accumulators_.push_back(std::make_unique<ChunkAccumulator>(*task_));
}

Region GroupAccumulator::box_of(std::size_t member) const {
  Region box = box_;
  box[axis_] = {0, 1, static_cast<std::int64_t>(groups_.members()[member].indices.size())};
  return box;
}

void GroupAccumulator::begin_member(std::size_t member) {
  accumulators_[member]->choose(axis_, groups_.members()[member].indices);
  accumulators_[member]->begin(box_of(member));
}

void GroupAccumulator::begin(const Region& box) {
  look_at(box);
  for (std::size_t member = 0; member < groups_.members().size(); ++member) begin_member(member);
}

void GroupAccumulator::add(Evaluator& evaluator, const Region& slab, int domain_rank) {
  deal(slab, evaluator.operands(task_->body, slab, domain_rank), Taken::all);
}

PerOperand<Operand> GroupAccumulator::moved(const PerOperand<Operand>& operands, const Region& slab,
                                            const Region& part) {
  PerOperand<Operand> result = operands;
  for (Operand& operand : result) {
    std::int64_t elements = 0;
    for (int axis = 0; axis < slab.rank(); ++axis)
      elements += (part[axis].start - slab[axis].start) * operand.strides[axis];
    operand.data += elements * static_cast<std::int64_t>(size_of(operand.stored()));
  }
  return result;
}

void GroupAccumulator::deal(const Region& slab, const PerOperand<Operand>& operands, Taken taken) {
  const auto stretches = static_cast<std::int64_t>(groups_.stretches_around(slab[axis_]).size());
  std::int64_t inside = slab[axis_].count;
  for (int axis = axis_ + 1; axis < slab.rank(); ++axis) inside *= slab[axis].count;
  dealing_ = dealing_of(stretches, inside);
  if (dealing_ == Dealing::gathered) return deal_gathered(slab, operands, taken);
  // The elements of an output come in row-major order: if several stretches follow each other, indices of axes that are
  // folded outside of the grouped one are taken one by one.
  Region part = slab;
  if (stretches <= 1) return deal_stretches(slab, part, operands, taken);
  const auto descend = [&](const auto& self, int axis) -> void {
    if (axis == axis_) return deal_stretches(slab, part, operands, taken);
    if (!(task_->axes >> axis & 1U)) return self(self, axis + 1);
    for (std::int64_t i = 0; i < slab[axis].count; ++i) {
      part[axis] = {slab[axis].start + i, 1, 1};
      self(self, axis + 1);
    }
  };
  descend(descend, 0);
}

void GroupAccumulator::deal_stretches(const Region& slab, const Region& part, const PerOperand<Operand>& operands,
                                      Taken taken) {
  const AxisRange& along = slab[axis_];
  for (const IndexGroups::Stretch& stretch : groups_.stretches_around(along)) {
    if (taken == Taken::of_several_stretches && groups_.members()[stretch.member].stretches == 1) continue;
    const std::int64_t first = std::max(stretch.first, along.start);
    const std::int64_t last = std::min(stretch.first + stretch.count, along.start + along.count);
    Region own = part;
    own[axis_] = {first, 1, last - first};
    const PerOperand<Operand> there = moved(operands, slab, own);
    own[axis_].start = stretch.place + first - stretch.first;
    accumulators_[stretch.member]->add(own, there);
  }
}

namespace {

template <class T>
void gather(const std::byte* from, std::byte* to, const Shape& extents, const PerAxis<std::int64_t>& from_strides,
            const PerAxis<std::int64_t>& to_strides, int grouped, std::span<const std::int64_t> order, int axis = 0) {
  const std::int64_t stride = from_strides[axis];
  const bool is_grouped = axis == grouped;
  if (axis + 1 == extents.rank()) {
    const T* const elements = reinterpret_cast<const T*>(from);
    T* const result = reinterpret_cast<T*>(to);
    if (is_grouped)
      for (std::size_t i = 0; i < order.size(); ++i) result[i] = elements[order[i] * stride];
    else
      for (std::int64_t i = 0; i < extents[axis]; ++i) result[i] = elements[i * stride];
    return;
  }
  for (std::int64_t i = 0; i < extents[axis]; ++i) {
    const std::int64_t index = is_grouped ? order[static_cast<std::size_t>(i)] : i;
    const auto size = static_cast<std::int64_t>(sizeof(T));
    gather<T>(from + index * stride * size, to + i * to_strides[axis] * size, extents, from_strides, to_strides,
              grouped, order, axis + 1);
  }
}

}  // namespace

Operand GroupAccumulator::gathered(const Region& slab, const Operand& operand, Room& room) const {
  if (operand.strides[axis_] == 0) return operand;
  Shape extents = slab.shape();
  for (int axis = 0; axis < extents.rank(); ++axis)
    if (operand.strides[axis] == 0) extents[axis] = 1;
  extents[axis_] = static_cast<std::int64_t>(order_.size());
  Operand result = operand;
  result.strides = row_major_strides(extents);
  const std::size_t size = size_of(operand.stored());
  const std::size_t bytes = static_cast<std::size_t>(extents.elements()) * size;
  if (room.bytes < bytes) {
    room = {};  // gone before the new one is there
    room = {allocate_buffer(bytes), bytes};
  }
  result.data = room.memory.get();
  const auto copy = [&]<class T>(T) {
    gather<T>(operand.data, room.memory.get(), extents, operand.strides, result.strides, axis_, order_);
  };
  size == 1   ? copy(std::uint8_t{})
  : size == 2 ? copy(std::uint16_t{})
  : size == 4 ? copy(std::uint32_t{})
              : copy(std::uint64_t{});
  for (int axis = 0; axis < extents.rank(); ++axis)
    if (operand.strides[axis] == 0) result.strides[axis] = 0;
  return result;
}

void GroupAccumulator::deal_gathered(const Region& slab, const PerOperand<Operand>& operands, Taken taken) {
  struct Share {
    std::int64_t first = 0;  ///< in order_
    std::int64_t count = 0;
    std::int64_t place = 0;  ///< of the first index among those of the group
  };
  const AxisRange& along = slab[axis_];
  const auto for_each_stretch = [&](const auto& visit) {
    for (const IndexGroups::Stretch& stretch : groups_.stretches_around(along)) {
      if (taken == Taken::of_several_stretches && groups_.members()[stretch.member].stretches == 1) continue;
      const std::int64_t first = std::max(stretch.first, along.start);
      const std::int64_t last = std::min(stretch.first + stretch.count, along.start + along.count);
      visit(stretch, first, last);
    }
  };
  std::vector<Share> shares(groups_.members().size());
  for_each_stretch([&](const IndexGroups::Stretch& stretch, std::int64_t first, std::int64_t last) {
    Share& share = shares[stretch.member];
    if (share.count == 0) share.place = stretch.place + first - stretch.first;
    share.count += last - first;
  });
  std::int64_t all = 0;
  for (Share& share : shares) share.first = all, all += std::exchange(share.count, 0);
  order_.resize(static_cast<std::size_t>(all));
  for_each_stretch([&](const IndexGroups::Stretch& stretch, std::int64_t first, std::int64_t last) {
    Share& share = shares[stretch.member];
    for (std::int64_t index = first; index < last; ++index)
      order_[static_cast<std::size_t>(share.first + share.count++)] = index - along.start;
  });
  gathered_.resize(operands.size());
  PerOperand<Operand> in_order;
  for (std::size_t i = 0; i < operands.size(); ++i) in_order.push_back(gathered(slab, operands[i], gathered_[i]));
  for (std::size_t member = 0; member < shares.size(); ++member) {
    const Share& share = shares[member];
    if (share.count == 0) continue;
    // Along the axis operands are counted from the first element in order.
    Region whole = slab;
    whole[axis_] = {0, 1, all};
    Region own = slab;
    own[axis_] = {share.first, 1, share.count};
    const PerOperand<Operand> there = moved(in_order, whole, own);
    own[axis_].start = share.place;
    accumulators_[member]->add(own, there);
  }
}

std::span<reduce::State> GroupAccumulator::states_of(States& all, std::size_t member) const {
  const std::size_t kinds = task_->states.size();
  return std::span(all).subspan(static_cast<std::size_t>(groups_.members()[member].group) * kinds, kinds);
}

States GroupAccumulator::close() {
  States all = begin_states(*task_, outputs_);
  for (std::size_t member = 0; member < groups_.members().size(); ++member)
    std::ranges::move(accumulators_[member]->close(), states_of(all, member).begin());
  return all;
}

std::size_t GroupAccumulator::fold(Evaluator& evaluator, std::span<const Region> boxes, int domain_rank,
                                   States& folded) {
  look_at(boxes.front());
  if (folded.empty()) folded = begin_states(*task_, outputs_);
  const PerOperand<Operand> operands = evaluator.operands(task_->body, box_, domain_rank);
  bool all_at_once = true;
  dealing_ = Dealing::folded;
  for (std::size_t member = 0; member < groups_.members().size(); ++member) {
    const IndexGroups::Member& group = groups_.members()[member];
    if (group.stretches > 1) {
      all_at_once = false;
      begin_member(member);
      continue;
    }
    // All elements of the group lie in one box.
    Region part = box_;
    part[axis_] = {group.indices.front(), 1, static_cast<std::int64_t>(group.indices.size())};
    const std::span<reduce::State> seen = states_of(folded, member);
    States own;
    if (!reduce::is_absent(seen.front()))
      own.assign(std::make_move_iterator(seen.begin()), std::make_move_iterator(seen.end()));
    accumulators_[member]->choose(axis_, group.indices);
    accumulators_[member]->fold(box_of(member), moved(operands, box_, part), own, row_blocks_);
    std::ranges::move(own, seen.begin());
  }
  if (all_at_once) return 1;
  deal(box_, operands, Taken::of_several_stretches);
  for (std::size_t member = 0; member < groups_.members().size(); ++member) {
    if (groups_.members()[member].stretches == 1) continue;
    const States own = accumulators_[member]->close();
    const std::span<reduce::State> seen = states_of(folded, member);
    for (std::size_t k = 0; k < own.size(); ++k) reduce::merge(seen[k], own[k]);
  }
  return 1;
}

std::unique_ptr<Accumulator> accumulator_of(const plan::FoldTask& task) {
  if (task.grouping) return std::make_unique<GroupAccumulator>(task);
  return std::make_unique<ChunkAccumulator>(task);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
