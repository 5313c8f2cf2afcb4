#include "runtime/executor/task_results.hpp"

#include <algorithm>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/copy.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

TaskResults::TaskResults(const plan::FoldTask& task, const Shape& domain, Sink* sink, trace::Recorder* trace)
    : task_(&task), sink_(sink), trace_(trace) {
  result_strides_ = PerAxis<std::int64_t>::filled(domain.rank(), 0);
  std::int64_t stride = 1;
  for (int axis = domain.rank() - 1; axis >= 0; --axis)
    if (axis == grouped())
      result_strides_[axis] = stride, stride *= task.grouping->groups;
    else if (!(task.axes >> axis & 1U))
      result_strides_[axis] = stride, stride *= domain[axis];
  for (const NodePtr& node : task.results) {
    if (sink_) {
      arrays_.push_back({node->dtype, node->shape, {}, nullptr, nullptr});
      continue;
    }
    const Buffer memory =
        allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(stride, 1)) * size_of(node->dtype));
    arrays_.push_back({node->dtype, node->shape, row_major_strides(node->shape), memory, memory.get()});
  }
}

TaskResults::Place TaskResults::place_of(const Region& box) const {
  Place place;
  for (int axis = 0; axis < box.rank(); ++axis) {
    if (task_->axes >> axis & 1U) continue;
    place.shape.push_back(box[axis].count);
    place.strides.push_back(result_strides_[axis]);
    place.offset += box[axis].start * result_strides_[axis];
  }
  return place;
}

Region TaskResults::result_region(const Region& box) const {
  const auto& fold_node = std::get<FoldNode>(task_->results.front()->data);
  Region region;
  for (int axis = 0; axis < box.rank(); ++axis) {
    if (!(task_->axes >> axis & 1U))
      region.push_back(box[axis]);
    else if (fold_node.keepdims)
      region.push_back({0, 1, 1});
  }
  return region;
}

TaskResults::Place TaskResults::place_of_all(const Region& box) const {
  if (!task_->grouping) return place_of(box);
  Place place;
  for (int axis = 0; axis < box.rank(); ++axis) {
    const bool is_grouped = axis == grouped();
    if ((task_->axes >> axis & 1U) && !is_grouped) continue;
    place.shape.push_back(is_grouped ? task_->grouping->groups : box[axis].count);
    place.strides.push_back(result_strides_[axis]);
    if (!is_grouped) place.offset += box[axis].start * result_strides_[axis];
  }
  return place;
}

namespace {
std::byte* at(const UntypedNdArray& array, std::int64_t offset) {
  return static_cast<std::byte*>(const_cast<void*>(array.data)) +
         offset * static_cast<std::int64_t>(size_of(array.dtype));
}
}  // namespace

void TaskResults::finish(const Region& box, const States& states) const {
  const Place place = place_of(box);
  const std::size_t kinds = task_->states.size();
  for (std::size_t r = 0; r < arrays_.size(); ++r) {
    const auto& fold_node = std::get<FoldNode>(task_->results[r]->data);
    const reduce::StateCode wanted = plan::state_of(fold_node);
    const auto kind = static_cast<std::size_t>(
        std::ranges::find_if(task_->states, [&](reduce::StateCode s) { return reduce::holds(s, wanted); }) -
        task_->states.begin());
    const std::size_t size = size_of(arrays_[r].dtype);
    const std::size_t outputs = states.front().outputs;
    const Buffer values = allocate_buffer(std::max<std::size_t>(outputs * size, 64));
    for (std::size_t group = 0; group < plan::groups_of(*task_); ++group) {
      const reduce::State& state = states[group * kinds + kind];
      if (reduce::is_absent(state)) {
        reduce::State none(state.kind, state.element, state.outputs);
        none.begin();
        reduce::finish(fold_node.op, none, fold_node.ddof, values.get());
      } else {
        reduce::finish(fold_node.op, state, fold_node.ddof, values.get());
      }
      if (sink_) {
        trace::Scope writing(trace_, trace::Kind::write, "write");
        writing.bytes(outputs * size);
        sink_->write(result_region(box), values.get());
        continue;
      }
      const std::int64_t of_group = task_->grouping ? static_cast<std::int64_t>(group) * result_strides_[grouped()] : 0;
      copy_elements(place.shape, size, values.get(), row_major_strides(place.shape),
                    at(arrays_[r], place.offset + of_group), place.strides);
    }
  }
}

void TaskResults::finish_empty(const Region& box) const {
  finish(box, begin_states(*task_, static_cast<std::size_t>(place_of(box).shape.elements())));
}

std::size_t TaskResults::bytes(const Region& box) const {
  std::size_t bytes = 0;
  for (const UntypedNdArray& array : arrays_)
    bytes += static_cast<std::size_t>(place_of_all(box).shape.elements()) * size_of(array.dtype);
  return bytes;
}

void TaskResults::copy_out(const Region& box, std::byte* to) const {
  const Place place = place_of_all(box);
  for (const UntypedNdArray& array : arrays_) {
    const std::size_t size = size_of(array.dtype);
    copy_elements(place.shape, size, at(array, place.offset), place.strides, to, row_major_strides(place.shape));
    to += static_cast<std::size_t>(place.shape.elements()) * size;
  }
}

void TaskResults::copy_in(const Region& box, const std::byte* from) const {
  const Place place = place_of_all(box);
  for (const UntypedNdArray& array : arrays_) {
    const std::size_t size = size_of(array.dtype);
    copy_elements(place.shape, size, from, row_major_strides(place.shape), at(array, place.offset), place.strides);
    from += static_cast<std::size_t>(place.shape.elements()) * size;
  }
}

void TaskResults::publish(Materialised& finished) const {
  for (std::size_t r = 0; !sink_ && r < arrays_.size(); ++r) finished[task_->results[r].get()] = arrays_[r];
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
