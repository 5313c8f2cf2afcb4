#include "runtime/executor/run_plan.hpp"

#include <algorithm>
#include <memory>

#include "runtime/executor/copy.hpp"
#include "runtime/executor/stage_runner.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

using Clock = std::chrono::steady_clock;

/// Returns a result that does not depend on memory of the caller: borrowed memory is copied.
UntypedNdArray owned(UntypedNdArray view) {
  if (view.owner || view.shape.elements() == 0) return view;
  const std::size_t size = size_of(view.dtype);
  const Buffer copy = allocate_buffer(static_cast<std::size_t>(view.shape.elements()) * size);
  const PerAxis<std::int64_t> strides = row_major_strides(view.shape);
  copy_elements(view.shape, size, view.data, view.strides, copy.get(), strides);
  return {view.dtype, view.shape, strides, copy, copy.get()};
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
  const std::shared_ptr<trace::Recorder> recorder = trace::current();
  context.trace = recorder.get();
  trace::Scope whole(context.trace, trace::Kind::run, "run");

  std::vector<UntypedNdArray> arrays(targets.size());
  std::vector<Destination> destinations(targets.size());
  const auto prepare = [&](const plan::Write& write) {
    Destination& to = destinations[write.output];
    to.sink = targets[write.output].sink.get();
    if (!to.sink) arrays[write.output] = room_for(*write.body.node, to);
  };
  Progress progress;
  for (const plan::Stage& stage : plan.stages) {
    progress.total += static_cast<std::uint64_t>(stage.domain.elements());
    if (const auto* const write = std::get_if<plan::Write>(&stage.work)) prepare(*write);
    for (const plan::FoldTask& task : plan::folds_of(stage))
      if (task.written) destinations[*task.written].sink = targets[*task.written].sink.get();
    if (const auto* const shared = std::get_if<plan::Shared>(&stage.work))
      for (const plan::Write& write : shared->writes) prepare(write);
  }
  const auto report = [&] {
    progress.done = context.elements_done.load(std::memory_order_relaxed);
    progress.bytes_read = context.bytes_read.load(std::memory_order_relaxed);
    progress.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (options.progress) options.progress(progress);
  };
  for (const plan::Stage& stage : plan.stages) {
    context.check_cancelled();
    const trace::Scope traced(context.trace, trace::Kind::run, [&] { return stage_name(plan, stage); });
    run_stage(stage, destinations, context, options.progress ? std::function<void()>(report) : nullptr);
  }
  for (const auto& [output, node] : plan.views)
    arrays[output] = owned(graph::view_of(node, Region::whole(node->shape), context.finished));
  {
    const trace::Scope finishing(context.trace, trace::Kind::write, "finish results");
    sinks.finish();
  }
  progress.finished = true;
  report();
  whole.bytes(progress.bytes_read);
  if (options.report)
    *options.report = {progress.seconds, progress.bytes_read, plan.memory.total(), plan.stages.size()};
  return arrays;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
