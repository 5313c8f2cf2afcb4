// The backend behind "thrift://HOST:PORT": sends graphs, fetches what comes of them.
#include "backends/thrift/client/thrift_backend.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <thread>

#include "backends/cluster/source_spec.hpp"
#include "backends/cluster/steps.hpp"
#include "backends/local/local_backend.hpp"
#include "backends/thrift/client/kept_source.hpp"
#include "backends/thrift/client/output.hpp"
#include "backends/thrift/client/uploads.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/core/array_handle.hpp"
#include "chunkwise/graph/build.hpp"
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

/// The part of a kept array that a region of a node is; nothing where it is something else, or more than a part.
struct KeptPart {
  const KeptSource* source = nullptr;
  Region region;
};
std::optional<KeptPart> kept_part(const NodePtr& node, const Region& region) {
  if (const SourcePtr* const source = graph::source_of(*node)) {
    const auto* kept = dynamic_cast<const KeptSource*>(source->get());
    if (!kept) return {};
    return KeptPart{kept, region};
  }
  const NodePtr* const input = graph::strided_input(*node);
  const std::optional<IndexTransform> transform = graph::transform_of(*node);
  if (!input || !transform || !transform->keeps_order()) return {};
  return kept_part(*input, input_region(transform->axes, region));
}

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
    if (std::vector<UntypedNdArray> arrays = read_kept(graph, targets, options); !arrays.empty()) return arrays;
    require_usable(graph);
    const executor::Admission::Reservation room = reserve_results(graph, targets, options);
    return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
      const wire::RunAccepted accepted = submit(sent, wire::OutputKind::STREAMED, options);
      Guard guard(*this, accepted.run);
      std::vector<Output> outputs;
      for (std::size_t i = 0; i < sent.outputs.size(); ++i)
        outputs.emplace_back(sent.outputs[i], targets[i], StepKey{accepted.run, accepted.steps[i]});
      const wire::RunStatus status = follow(accepted, options, outputs, tally);
      guard.over = true;
      sinks.finish();
      finish(accepted, options, outputs, tally, status);
      std::vector<UntypedNdArray> arrays;
      for (const Output& output : outputs) arrays.push_back(output.array());
      return arrays;
    });
  }

  std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& options) override {
    require_usable(graph);
    return with_uploads(graph, options, [&](const Graph& sent, Tally& tally) {
      const wire::RunAccepted accepted = submit(sent, wire::OutputKind::PERSISTED, options);
      Guard guard(*this, accepted.run);
      std::vector<SourcePtr> sources;
      for (std::size_t i = 0; i < sent.outputs.size(); ++i) {
        const Node& node = *sent.outputs[i];
        sources.push_back(std::make_shared<KeptSource>(session_, session_->hold({accepted.run, accepted.steps[i]}),
                                                       node.dtype, node.shape, node.grid));
      }
      std::vector<Output> none;
      const wire::RunStatus status = follow(accepted, options, none, tally);
      guard.over = true;
      finish(accepted, options, none, tally, status);
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
  /// Cancels a run that its caller leaves before it is over.
  struct Guard {
    ThriftBackend& backend;
    RunId run;
    bool over = false;
    Guard(ThriftBackend& own, RunId number) : backend(own), run(number) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      if (over) return;
      try {
        backend.session_->call([this](auto& client, const SessionToken& id) { client.cancel(id, run); });
      } catch (const std::exception&) {
        // The coordinator is away: it ends the run when it does not hear of this client any more.
      }
    }
  };

  /// The outputs where all of them are parts of arrays that workers keep: nothing is planned, each is one read.
  std::vector<UntypedNdArray> read_kept(const Graph& graph, std::span<const Target> targets,
                                        const RunOptions& options) const {
    std::vector<KeptPart> parts;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
      const NodePtr& output = graph.outputs[i];
      auto part = kept_part(output, Region::whole(output->shape));
      if (targets[i].sink || !part || part->source->session() != session_) return {};
      parts.push_back(std::move(*part));
    }
    std::vector<UntypedNdArray> arrays;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Node& output = *graph.outputs[i];
      const auto bytes =
          static_cast<std::size_t>(std::max<std::int64_t>(output.shape.elements(), 1)) * size_of(output.dtype);
      const Buffer memory = allocate_buffer(bytes);
      parts[i].source->read(parts[i].region, memory.get(), options.cancel);
      arrays.push_back({output.dtype, output.shape, row_major_strides(output.shape), memory, memory.get()});
    }
    if (options.report) *options.report = {};
    if (options.progress) options.progress({0, 0, 0, 0, true});
    return arrays;
  }

  /// Room for the results that come into this program's memory; waits while other runs have it.
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

  [[nodiscard]] Error coordinator_lost(const wire::PeerLost& error) const {
    return {ErrorCode::lost, "the coordinator of " + uri() + " went away while a run was under way: " + error.what() +
                                 "; run it again when there is one"};
  }

  // ---- sending

  wire::RunAccepted submit(const Graph& graph, wire::OutputKind::type kind, const RunOptions& options) {
    session_->send_releases();
    wire::RunRequest request;
    request.graph = wire::Blob::copy_of(to_bytes(graph, &written));
    request.outputs.assign(graph.outputs.size(), kind);
    request.disabled_passes = options.disabled_passes;
    wire::RunAccepted accepted;
    try {
      session_->call([&](auto& client, const SessionToken& id) { client.submit(accepted, id, request); });
    } catch (const wire::NotConnected&) {
      throw;
    } catch (const wire::PeerLost& error) {
      throw coordinator_lost(error);  // it may have begun the run already
    }
    if (accepted.steps.size() != graph.outputs.size())
      throw Error(ErrorCode::io, uri() + " accepted a run of another number of arrays than were asked for");
    return accepted;
  }

  /// A source as it travels.
  static std::vector<std::byte> written(const Source& source) {
    SourceSpec spec{facts_of(source), {}, {}};
    if (const auto* kept = dynamic_cast<const KeptSource*>(&source)) {
      spec.array = kept->key();
    } else {
      spec.description = source.description();
    }
    return to_bytes(spec);
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

  /// function(graph) with the graph optimised, and all of it that only we have uploaded. Again, where a worker that
  /// held some of it died.
  template <class F>
  std::invoke_result_t<F, const Graph&, Tally&> with_uploads(const Graph& graph, const RunOptions& options,
                                                             F&& function) {
    const Graph optimised = plan::optimize(graph, passes_of(options.disabled_passes));
    // Who looks at no progress is told all the same what is waited for.
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

  // ---- following

  /// Fetches what is ready until all is there.
  wire::RunStatus follow(const wire::RunAccepted& accepted, const RunOptions& options, std::vector<Output>& outputs,
                         Tally& tally) {
    const auto complete = [&] {
      return std::all_of(outputs.begin(), outputs.end(), [](const Output& output) { return output.complete(); });
    };
    Patience patience(uri(), patience_);
    try {
      for (;;) {
        if (options.cancel.cancelled()) throw cancelled();
        wire::RunStatus status;
        session_->call([&](auto& client, const SessionToken& id) { client.wait(status, id, accepted.run, wait_ms); });
        if (status.state == wire::RunState::FAILED) throw wire::RemoteError(status.failure);
        if (status.state == wire::RunState::WAITING_FOR_WORKERS)
          patience.nobody();
        else
          patience.somebody();
        for (const wire::Location& location : status.ready) take(location, outputs);
        if (status.state == wire::RunState::FINISHED && complete()) return status;
        tally.tell(&status);
      }
    } catch (const wire::PeerLost& error) {
      // A worker that is lost is Unreachable, and the coordinator's business.
      throw coordinator_lost(error);
    }
  }

  /// Tells the end of a run.
  static void finish(const wire::RunAccepted& accepted, const RunOptions& options, const std::vector<Output>& outputs,
                     Tally& tally, const wire::RunStatus& status) {
    tally.progress.finished = true;
    tally.tell(&status);
    std::uint64_t results = 0;
    for (const Output& output : outputs) results += output.bytes();
    if (options.report)
      *options.report = {tally.progress.seconds, tally.progress.bytes_read,
                         results + static_cast<std::uint64_t>(accepted.memory_bound),
                         static_cast<std::size_t>(accepted.stages)};
  }

  /// Fetches what is ready from all that hold it, side by side: one that is silent holds up its own chunks alone.
  void take(const wire::Location& location, std::vector<Output>& outputs) {
    const StepKey key = from_wire(location.key);
    const auto output = std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.key() == key; });
    if (output == outputs.end() || location.ranges.empty()) return;
    using Claims = std::vector<std::pair<wire::HeldRange, UnitSet>>;
    std::map<WorkerId, Claims> holders;
    for (const wire::HeldRange& range : location.ranges)
      holders[range.worker].emplace_back(range, output->claim(range));
    const auto take_from = [&](const Claims& claims) {
      UnitSet missed;
      for (const auto& claim : claims) {
        const wire::HeldRange& range = claim.first;
        try {
          if (!output->take(range, claim.second)) output->fetch(session_->workers(), range, claim.second);
          session_->call([&](auto& client, const SessionToken& id) {
            client.consumed(id, location.key, range.first, range.last);
          });
        } catch (const Unreachable& error) {
          session_->blame_network(error);
          missed.add(claim.second);
          session_->call([&](auto& client, const SessionToken& id) {
            client.missing(id, location.key, range.first, range.last, range.worker);
          });
        }
      }
      return missed;
    };
    std::vector<std::future<UnitSet>> others;
    for (auto holder = std::next(holders.begin()); holder != holders.end(); ++holder)
      others.push_back(std::async(std::launch::async, take_from, std::cref(holder->second)));
    output->miss(take_from(holders.begin()->second));
    for (std::future<UnitSet>& other : others) output->miss(other.get());
  }

  std::shared_ptr<Session> session_;
  BackendPtr reader_;  ///< reads what only this program has
  Uploads uploads_;
  std::shared_ptr<executor::Admission> admission_;  ///< of results in this program's memory
  double patience_;
};

}  // namespace

namespace thrift {

BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options) {
  const auto no_address = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' names no coordinator" + why);
  };
  if (!rest.starts_with("//") || rest.size() == 2) throw no_address("; write thrift://HOST:PORT");
  rest.remove_prefix(2);
  try {
    (void)wire::parse_peer(rest);
  } catch (const Error& error) {
    throw no_address(std::string(": ") + error.what());
  }
  return std::make_shared<ThriftBackend>(std::move(uri), std::string(rest), options);
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

/// What a program that links chunkwise::thrift asks the linker for, so that this file is part of it.
extern "C" void chunkwise_thrift_backend() {}
