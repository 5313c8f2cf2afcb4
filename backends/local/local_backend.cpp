#include "backends/local/local_backend.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/buffer_pool.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/executor/admission.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/executor/team.hpp"
#include "runtime/plan/explain.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/plan/usable.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

class LocalBackend final : public Backend {
 public:
  LocalBackend(std::string uri, const BackendOptions& options)
      : uri_(std::move(uri)),
        threads_(options.threads > 0 ? options.threads : usable_threads()),
        admission_(std::make_shared<executor::Admission>(options.memory_limit > 0 ? options.memory_limit
                                                                                  : usable_memory() / 4 * 3)) {
    executor::make_team();
  }

  [[nodiscard]] std::string uri() const override { return uri_; }

  std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets,
                                  const RunOptions& options) override {
    executor::Admission::Reservation reservation;
    return run(graph, targets, options, reservation);
  }

  std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& options) override {
    const std::vector<Target> targets(graph.outputs.size());
    executor::Admission::Reservation reservation;
    std::vector<UntypedNdArray> arrays = run(graph, targets, options, reservation);
    std::vector<SourcePtr> sources;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto bytes = static_cast<std::uint64_t>(arrays[i].shape.elements()) * size_of(arrays[i].dtype);
      struct Kept {
        std::shared_ptr<const void> memory;
        executor::Admission::Reservation reservation;
      };
      arrays[i].owner = std::make_shared<Kept>(Kept{arrays[i].owner, admission_->hold(bytes)});
      sources.push_back(memory_source(std::move(arrays[i]), graph.outputs[i]->grid, "local"));
    }
    return sources;
  }

  [[nodiscard]] Explanation explain(const Graph& graph, std::span<const OutputKind> outputs,
                                    const RunOptions& options) override {
    std::vector<plan::PassReport> passes;
    const plan::Plan plan = make_plan(graph, outputs, options, &passes);
    return plan::explain(plan, graph, uri_, passes);
  }

 private:
  /// As run() above, but the memory stays reserved until the caller lets go of `reservation`.
  std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets, const RunOptions& options,
                                  executor::Admission::Reservation& reservation) {
    plan::require_usable(graph);
    if (std::vector<UntypedNdArray> views = as_views(graph, targets); !views.empty()) {
      if (options.report) *options.report = {};
      if (options.progress) options.progress({0, 0, 0, 0, true});
      return views;
    }
    executor::SinkGuard sinks(targets);
    std::vector<OutputKind> outputs;
    for (const Target& target : targets) outputs.push_back({target.sink == nullptr});
    const std::shared_ptr<trace::Recorder> recorder = trace::current();
    const plan::Plan plan = [&] {
      const trace::Scope planning(recorder.get(), trace::Kind::plan, "plan");
      return make_plan(graph, outputs, options);
    }();
    {
      const trace::Scope waiting(recorder.get(), trace::Kind::wait, "wait for memory");
      reservation = admission_->reserve(plan.memory.total(), options.cancel.flag());
    }
    // Memory that earlier runs left in the pool counts against this run's limit too.
    const PoolLimit pool(admission_->limit());
    return executor::run_plan(plan, targets, options, sinks);
  }

  /// Returns the outputs if all of them are parts of memory that has an owner, or single elements; else nothing.
  /// Nothing is planned, and no more than an element copied.
  static std::vector<UntypedNdArray> as_views(const Graph& graph, std::span<const Target> targets) {
    std::vector<UntypedNdArray> views;
    views.reserve(graph.outputs.size());
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
      const NodePtr& node = graph.outputs[i];
      if (targets[i].sink) return {};
      UntypedNdArray view = graph::view_of(node, Region::whole(node->shape), {});
      if (!view.data || (!view.owner && node->shape.rank() > 0)) return {};
      if (!view.owner) {
        const std::size_t size = size_of(view.dtype);
        const Buffer element = allocate_buffer(size);
        std::memcpy(element.get(), view.data, size);
        view.owner = element;
        view.data = element.get();
      }
      views.push_back(std::move(view));
    }
    return views;
  }

  [[nodiscard]] plan::Plan make_plan(const Graph& graph, std::span<const OutputKind> outputs, const RunOptions& options,
                                     std::vector<plan::PassReport>* reports = nullptr) const {
    plan::require_home(graph, "local");
    for (const Function& function : functions_of(graph)) require_function(function);
    plan::Passes passes;
    for (const std::string& name : options.disabled_passes) passes.disable(name);
    const std::uint64_t free = admission_->free();
    try {
      return plan::make_plan(plan::optimize(graph, passes, reports), outputs, passes, threads_, free, reports);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::memory_limit || free == admission_->limit()) throw;
      throw Error(ErrorCode::memory_limit, std::string(error.what()) + "; persisted arrays hold " +
                                               format_bytes(static_cast<double>(admission_->limit() - free)) +
                                               " of the limit of " +
                                               format_bytes(static_cast<double>(admission_->limit())));
    }
  }

  std::string uri_;
  int threads_;
  std::shared_ptr<executor::Admission> admission_;
};

}  // namespace

BackendPtr make_local_backend(std::string uri, const BackendOptions& options) {
  return std::make_shared<LocalBackend>(std::move(uri), options);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
