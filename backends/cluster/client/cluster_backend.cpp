// Runs that are sent to a cluster, and those that this program does itself.
#include "backends/cluster/client/cluster_backend.hpp"

#include <algorithm>
#include <thread>

#include "backends/cluster/client/kept_reads.hpp"
#include "backends/cluster/client/kept_source.hpp"
#include "backends/cluster/client/output.hpp"
#include "backends/cluster/client/remote_run.hpp"
#include "backends/cluster/planning.hpp"
#include "backends/cluster/steps.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/plan/explain.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/plan/usable.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// How often a run is sent again because a worker died that held memory of this program.
constexpr int upload_attempts = 3;

}  // namespace

ClusterBackend::ClusterBackend(std::shared_ptr<ClientSession> session, BackendPtr reader, const BackendOptions& options)
    : session_(std::move(session)),
      reader_(std::move(reader)),
      uploads_(session_, reader_, options.wait_for_workers),
      admission_(std::make_shared<executor::Admission>(options.memory_limit > 0 ? options.memory_limit
                                                                                : usable_memory() / 4 * 3)),
      patience_(options.wait_for_workers) {}

/// Returns function(graph, tally) for the optimised graph, after all arrays of it that only this program has were
/// uploaded. Tries again if a worker that held some of them died.
template <class F>
std::invoke_result_t<F, const Graph&, Tally&> ClusterBackend::with_uploads(const Graph& graph,
                                                                           const RunOptions& options, F&& function) {
  const Graph optimised = plan::optimize(graph, passes_of(options.disabled_passes));
  // A caller without a progress function is told all the same if the run waits for workers.
  RunOptions told = options;
  if (!told.progress) waiting_lines().apply(told);
  for (int attempt = 1;; ++attempt) {
    bool any = false;
    Tally tally(told, *session_);
    try {
      return function(uploads_.replace(optimised, tally, any), tally);
    } catch (const Error& error) {
      if (!any || error.code() != ErrorCode::lost || attempt == upload_attempts) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));  // the coordinator gets to know of it
    }
  }
}

std::vector<UntypedNdArray> ClusterBackend::run(const Graph& graph, std::span<const Target> targets,
                                                const RunOptions& options) {
  plan::require_usable(graph);
  if (std::all_of(graph.outputs.begin(), graph.outputs.end(), [](const NodePtr& node) { return is_here(*node); })) {
    const bool views = std::all_of(graph.outputs.begin(), graph.outputs.end(), [](const NodePtr& node) {
      return graph::view_of(node, Region::whole(node->shape), {}).data != nullptr;
    });
    const executor::Admission::Reservation room = views ? nullptr : reserve_results(graph, targets, options);
    return reader_->run(graph, targets, options);
  }
  executor::SinkGuard sinks(targets);
  // A part of one kept array is looked at before the whole graph is.
  if (std::vector<UntypedNdArray> arrays = read_kept(graph, targets, options, session_); !arrays.empty()) return arrays;
  require_usable(graph);
  const executor::Admission::Reservation room = reserve_results(graph, targets, options);
  const std::shared_ptr<trace::Recorder> recorder = trace::current();
  return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
    trace::Scope whole(recorder.get(), trace::Kind::run, "run");
    RemoteRun run(session_, sent, false, options);
    std::vector<Output> outputs;
    for (std::size_t i = 0; i < sent.outputs.size(); ++i)
      outputs.emplace_back(sent.outputs[i], targets[i], run.output(i));
    run.follow(outputs, tally, patience_);
    sinks.finish();
    run.report(outputs, tally);
    whole.bytes(tally.progress.bytes_read);
    std::vector<UntypedNdArray> arrays;
    for (const Output& output : outputs) arrays.push_back(output.array());
    return arrays;
  });
}

std::vector<SourcePtr> ClusterBackend::persist(const Graph& graph, const RunOptions& options) {
  require_usable(graph);
  const std::shared_ptr<trace::Recorder> recorder = trace::current();
  return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
    trace::Scope whole(recorder.get(), trace::Kind::run, "persist");
    RemoteRun run(session_, sent, true, options);
    std::vector<SourcePtr> sources;
    for (std::size_t i = 0; i < sent.outputs.size(); ++i) {
      const Node& node = *sent.outputs[i];
      sources.push_back(
          std::make_shared<KeptSource>(session_, session_->hold(run.output(i)), node.dtype, node.shape, node.grid));
    }
    std::vector<Output> none;
    run.follow(none, tally, patience_);
    run.report(none, tally);
    whole.bytes(tally.progress.bytes_read);
    return sources;
  });
}

Explanation ClusterBackend::explain(const Graph& graph, std::span<const OutputKind>, const RunOptions& options) {
  const plan::Passes passes = passes_of(options.disabled_passes);
  std::vector<plan::PassReport> reports;
  const plan::Plan plan = plan::make_divisible_plan(plan::optimize(graph, passes, &reports), passes, 1,
                                                    std::uint64_t{1} << 62, {}, &reports);
  return plan::explain(plan, graph, uri(), reports);
}

/// Returns room for the results that come into this program's memory; waits while other runs have it.
executor::Admission::Reservation ClusterBackend::reserve_results(const Graph& graph, std::span<const Target> targets,
                                                                 const RunOptions& options) const {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (!targets[i].sink)
      bytes += static_cast<std::uint64_t>(graph.outputs[i]->shape.elements()) * size_of(graph.outputs[i]->dtype);
  if (bytes > admission_->limit())
    throw Error(ErrorCode::memory_limit, "the results need " + format_bytes(static_cast<double>(bytes)) +
                                             " of this program's memory, but the limit is " +
                                             format_bytes(static_cast<double>(admission_->limit())) +
                                             "; raise it, write the result to a file, or ask for less at a time");
  return admission_->reserve(bytes, options.cancel.flag());
}

void ClusterBackend::require_usable(const Graph& graph) const {
  session_->require_own_process();
  plan::require_home(graph, uri());
  for_each_node(graph, [&](const Node& node) {
    const SourcePtr* const source = graph::source_of(node);
    const auto* kept = source ? dynamic_cast<const KeptSource*>(source->get()) : nullptr;
    if (kept && kept->session() != session_)
      throw Error(ErrorCode::wrong_backend, kept->describe() + " belongs to another connection to " + uri() +
                                                "; use the backend it was persisted with, or publish() it");
    return true;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
