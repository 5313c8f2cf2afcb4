#include "runtime/executor/task_results.hpp"

#include <algorithm>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/copy.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

TaskResults::TaskResults(const plan::FoldTask& task, const Shape& domain) : task_(&task) {
  kept_strides_ = PerAxis<std::int64_t>::filled(domain.rank(), 0);
  std::int64_t stride = 1;
  for (int axis = domain.rank() - 1; axis >= 0; --axis)
    if (!(task.axes >> axis & 1U)) kept_strides_[axis] = stride, stride *= domain[axis];
  for (const NodePtr& node : task.results) {
    const Buffer memory =
        allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(stride, 1)) * size_of(node->dtype));
    arrays_.push_back({node->dtype, node->shape, row_major_strides(node->shape), memory, memory.get()});
  }
}

TaskResults::Place TaskResults::place_of(const Region& box) const {
  Place place;
  for (int axis = 0; axis < box.rank(); ++axis) {
    if (task_->axes >> axis & 1U) continue;
    place.kept.push_back(box[axis].count);
    place.strides.push_back(kept_strides_[axis]);
    place.offset += box[axis].start * kept_strides_[axis];
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
  for (std::size_t r = 0; r < arrays_.size(); ++r) {
    const auto& reduce_node = std::get<ReduceNode>(task_->results[r]->data);
    const reduce::StateCode wanted = reduce::state_for(reduce_node.op, task_->body.node->dtype);
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const reduce::State& s) { return reduce::holds(s.kind, wanted); });
    const std::size_t size = size_of(arrays_[r].dtype);
    const Buffer values = allocate_buffer(std::max<std::size_t>(state->outputs * size, 64));
    reduce::finish(reduce_node.op, *state, reduce_node.ddof, values.get());
    copy_elements(place.kept, size, values.get(), row_major_strides(place.kept), at(arrays_[r], place.offset),
                  place.strides);
  }
}

void TaskResults::finish_empty(const Region& box) const {
  finish(box, begin_states(*task_, static_cast<std::size_t>(place_of(box).kept.elements())));
}

std::size_t TaskResults::bytes(const Region& box) const {
  std::size_t bytes = 0;
  for (const UntypedNdArray& array : arrays_)
    bytes += static_cast<std::size_t>(place_of(box).kept.elements()) * size_of(array.dtype);
  return bytes;
}

void TaskResults::copy_out(const Region& box, std::byte* to) const {
  const Place place = place_of(box);
  for (const UntypedNdArray& array : arrays_) {
    const std::size_t size = size_of(array.dtype);
    copy_elements(place.kept, size, at(array, place.offset), place.strides, to, row_major_strides(place.kept));
    to += static_cast<std::size_t>(place.kept.elements()) * size;
  }
}

void TaskResults::copy_in(const Region& box, const std::byte* from) const {
  const Place place = place_of(box);
  for (const UntypedNdArray& array : arrays_) {
    const std::size_t size = size_of(array.dtype);
    copy_elements(place.kept, size, from, row_major_strides(place.kept), at(array, place.offset), place.strides);
    from += static_cast<std::size_t>(place.kept.elements()) * size;
  }
}

void TaskResults::publish(Materialised& finished) const {
  for (std::size_t r = 0; r < arrays_.size(); ++r) finished[task_->results[r].get()] = arrays_[r];
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
