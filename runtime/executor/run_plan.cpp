#include "runtime/executor/run_plan.hpp"

#include <algorithm>

#include "runtime/executor/copy.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

using Clock = std::chrono::steady_clock;

/// A result that does not depend on memory of the caller: borrowed memory is copied.
UntypedNdArray owned(UntypedNdArray view) {
  if (view.owner || view.shape.elements() == 0) return view;
  const std::size_t size = size_of(view.dtype);
  const Buffer copy = allocate_buffer(static_cast<std::size_t>(view.shape.elements()) * size);
  const PerAxis<std::int64_t> strides = row_major_strides(view.shape);
  copy_elements(view.shape, size, view.data, view.strides, copy.get(), strides);
  return {view.dtype, view.shape, strides, copy, copy.get()};
}

/// Memory for an array that is written element by element.
UntypedNdArray room_for(const Node& node, Destination& to) {
  const Buffer memory =
      allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(node.shape.elements(), 1)) * size_of(node.dtype));
  to.memory = memory.get();
  return {node.dtype, node.shape, row_major_strides(node.shape), memory, memory.get()};
}

}  // namespace

SinkGuard::~SinkGuard() {
  for (const Target& target : targets_.subspan(finished_))
    if (target.sink) target.sink->abort();
}

void SinkGuard::finish() {
  for (; finished_ < targets_.size(); ++finished_)
    if (targets_[finished_].sink) targets_[finished_].sink->finish();
}

std::vector<UntypedNdArray> run_plan(const plan::Plan& plan, std::span<const Target> targets, const RunOptions& options,
                                     SinkGuard& sinks) {
  const Clock::time_point start = Clock::now();
  RunContext context;
  context.plan = &plan;
  context.cancelled = options.cancel.flag();

  std::vector<UntypedNdArray> arrays(plan.graph.outputs.size());
  std::vector<Destination> destinations(plan.graph.outputs.size() + 1);
  Progress progress;
  for (const plan::Stage& stage : plan.stages) {
    progress.total += static_cast<std::uint64_t>(stage.domain.elements());
    if (stage.kept) continue;
    for (const plan::WriteTask& task : stage.writes) {
      Destination& to = destinations[task.output];
      to.sink = targets[task.output].sink.get();
      if (!to.sink) arrays[task.output] = room_for(*plan.graph.outputs[task.output], to);
    }
  }
  const auto report = [&] {
    progress.done = context.elements_done.load(std::memory_order_relaxed);
    progress.bytes_read = context.bytes_read.load(std::memory_order_relaxed);
    progress.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (options.progress) options.progress(progress);
  };
  for (const plan::Stage& stage : plan.stages) {
    context.check_cancelled();
    const UntypedNdArray kept = stage.kept ? room_for(*stage.kept, destinations.back()) : UntypedNdArray{};
    run_stage(stage, destinations, context, options.progress ? std::function<void()>(report) : nullptr);
    if (stage.kept) context.finished[stage.kept.get()] = kept;
  }
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].data || targets[i].sink) continue;
    const NodePtr& node = plan.graph.outputs[i];
    arrays[i] = owned(graph::view_of(node, Region::whole(node->shape), context.finished));
  }
  sinks.finish();
  progress.finished = true;
  report();
  if (options.report)
    *options.report = {progress.seconds, progress.bytes_read, plan.memory.total(), plan.stages.size()};
  return arrays;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
