// The backend behind "thrift://HOST:PORT": the runs that it sends to a cluster, and those that it does itself.
#include "backends/thrift/client/thrift_backend.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "backends/cluster/steps.hpp"
#include "backends/local/local_backend.hpp"
#include "backends/thrift/client/kept_reads.hpp"
#include "backends/thrift/client/kept_source.hpp"
#include "backends/thrift/client/output.hpp"
#include "backends/thrift/client/remote_run.hpp"
#include "backends/thrift/client/uploads.hpp"
#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/executor/admission.hpp"
#include "runtime/executor/copy.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/plan/explain.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/plan/usable.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using namespace thrift;

/// How often a run is sent again because a worker died that held memory of this program.
constexpr int upload_attempts = 3;

class ThriftBackend final : public Backend {
 public:
  ThriftBackend(std::string uri, const std::string& address, const BackendOptions& options)
      : session_(new Session(std::move(uri), address, options.security), &Session::end),
        reader_(make_local_backend("local", options)),
        uploads_(session_, reader_, options.wait_for_workers),
        admission_(std::make_shared<executor::Admission>(options.memory_limit > 0 ? options.memory_limit
                                                                                  : usable_memory() / 4 * 3)),
        patience_(options.wait_for_workers) {}

  [[nodiscard]] std::string uri() const override { return session_->uri(); }
  [[nodiscard]] const std::shared_ptr<Session>& session() const { return session_; }

  std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets,
                                  const RunOptions& options) override {
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
    if (std::vector<UntypedNdArray> arrays = read_kept(graph, targets, options, session_); !arrays.empty())
      return arrays;
    require_usable(graph);
    const executor::Admission::Reservation room = reserve_results(graph, targets, options);
    return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
      RemoteRun run(session_, sent, wire::OutputKind::STREAMED, options);
      std::vector<Output> outputs;
      for (std::size_t i = 0; i < sent.outputs.size(); ++i)
        outputs.emplace_back(sent.outputs[i], targets[i], run.output(i));
      run.follow(outputs, tally, patience_);
      sinks.finish();
      run.report(outputs, tally);
      std::vector<UntypedNdArray> arrays;
      for (const Output& output : outputs) arrays.push_back(output.array());
      return arrays;
    });
  }

  std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& options) override {
    require_usable(graph);
    return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
      RemoteRun run(session_, sent, wire::OutputKind::PERSISTED, options);
      std::vector<SourcePtr> sources;
      for (std::size_t i = 0; i < sent.outputs.size(); ++i) {
        const Node& node = *sent.outputs[i];
        sources.push_back(
            std::make_shared<KeptSource>(session_, session_->hold(run.output(i)), node.dtype, node.shape, node.grid));
      }
      std::vector<Output> none;
      run.follow(none, tally, patience_);
      run.report(none, tally);
      return sources;
    });
  }

  [[nodiscard]] Explanation explain(const Graph& graph, std::span<const OutputKind>,
                                    const RunOptions& options) override {
    const plan::Passes passes = passes_of(options.disabled_passes);
    std::vector<plan::PassReport> reports;
    const plan::Plan plan = plan::make_divisible_plan(plan::optimize(graph, passes, &reports), passes, 1,
                                                      std::uint64_t{1} << 62, {}, &reports);
    return plan::explain(plan, graph, uri(), reports);
  }

 private:
  /// Returns room for the results that come into this program's memory; waits while other runs have it.
  executor::Admission::Reservation reserve_results(const Graph& graph, std::span<const Target> targets,
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

  void require_usable(const Graph& graph) const {
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

  /// Returns function(graph, tally) for the optimised graph, after all arrays of it that only this program has were
  /// uploaded. Tries again if a worker that held some of them died.
  template <class F>
  std::invoke_result_t<F, const Graph&, Tally&> with_uploads(const Graph& graph, const RunOptions& options,
                                                             F&& function) {
    const Graph optimised = plan::optimize(graph, passes_of(options.disabled_passes));
    // A caller without a progress function is told all the same if the run waits for workers.
    RunOptions told = options;
    if (!told.progress) waiting_lines().apply(told);
    for (int attempt = 1;; ++attempt) {
      bool any = false;
      Tally tally(told, uri());
      try {
        return function(uploads_.replace(optimised, tally, any), tally);
      } catch (const Error& error) {
        if (!any || error.code() != ErrorCode::lost || attempt == upload_attempts) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));  // the coordinator gets to know of it
      }
    }
  }

  std::shared_ptr<Session> session_;
  BackendPtr reader_;  ///< reads arrays that only this program has
  Uploads uploads_;
  std::shared_ptr<executor::Admission> admission_;  ///< of results in this program's memory
  double patience_;
};

/// Waits for the file that the coordinator writes its address to, and says so. Throws io if it does not come within so
/// many seconds; 0: waits for ever.
void await_address(const std::string& uri, const wire::CoordinatorName& coordinator, double patience) {
  using Clock = std::chrono::steady_clock;
  const auto is_there = [&] {
    try {
      (void)wire::address_of(coordinator);
      return true;
    } catch (const Error& error) {
      if (!coordinator.is_file || error.code() != ErrorCode::not_found) throw;
      return false;
    }
  };
  const Clock::time_point began = Clock::now();
  double silence = 2;  // seconds: a wait that is over by then is no news
  while (!is_there()) {
    const double waited = std::chrono::duration<double>(Clock::now() - began).count();
    if (patience > 0 && waited > patience)
      throw Error(ErrorCode::io, printable(uri) + ": no coordinator has written its address to " +
                                     printable(coordinator.text) + " for " + seconds_text(patience) +
                                     " s; start one with: chunkwise cluster start, or chunkwise coordinator "
                                     "--address-file " +
                                     printable(coordinator.text));
    if (waited > silence) {
      std::fprintf(stderr, "chunkwise: waiting for a coordinator that writes its address to %s\n",
                   printable(coordinator.text).c_str());
      std::fflush(stderr);
      silence = std::max(silence * 4, 30.0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

namespace thrift {

BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options,
                               std::shared_ptr<void> kept) {
  const auto no_address = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' names no coordinator" + why);
  };
  if (!rest.starts_with("//") || rest.size() == 2) throw no_address("; write thrift://HOST:PORT");
  rest.remove_prefix(2);
  wire::CoordinatorName coordinator;
  try {
    coordinator = wire::coordinator_name("thrift://" + std::string(rest));
  } catch (const Error& error) {
    throw no_address(std::string(": ") + error.what());
  }
  await_address(uri, coordinator, options.wait_for_workers);
  BackendOptions found = options;
  found.security = wire::settings_for(coordinator, options.security);
  auto backend = std::make_shared<ThriftBackend>(std::move(uri), wire::address_of(coordinator), found);
  backend->session()->keep(std::move(kept));
  return backend;
}

const std::shared_ptr<Session>& session_of(const BackendPtr& backend) {
  const auto* own = dynamic_cast<const ThriftBackend*>(backend.get());
  if (!own)
    throw Error(ErrorCode::wrong_backend,
                "arrays can be published on a cluster; '" + usable(backend).uri() + "' is none");
  return own->session();
}

}  // namespace thrift

}  // namespace chunkwise::inline CHUNKWISE_ABI

/// Takes the file of the backends that start clusters out of an archive too, to which connect() refers as weakly.
[[gnu::used]] static chunkwise::BackendPtr (*const starts_clusters)(std::string, const chunkwise::BackendOptions&) =
    &chunkwise::thrift::make_cluster_backend;

/// The symbol that a program which links chunkwise::thrift asks the linker for, so that this file is part of it.
extern "C" void chunkwise_thrift_backend() {}
