// The backend behind "thrift://HOST:PORT": sends graphs, fetches what comes of them.
#include "backends/thrift/client/thrift_backend.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <thread>
#include <unordered_map>

#include "backends/local/local_backend.hpp"
#include "backends/thrift/client/kept_source.hpp"
#include "backends/thrift/plan/steps.hpp"
#include "backends/thrift/plan/travelling_source.hpp"
#include "backends/thrift/plan/wire_types.hpp"
#include "chunkwise/core/array_handle.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/executor/admission.hpp"
#include "runtime/executor/copy.hpp"
#include "runtime/executor/evaluate.hpp"
#include "runtime/executor/run_plan.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/plan/explain.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using namespace thrift;
using Clock = std::chrono::steady_clock;

/// Memory of this size travels inside the graph; more is uploaded.
constexpr std::int64_t inline_bytes = std::int64_t{1} << 16;
constexpr int wait_ms = 100;
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

/// One output on its way into memory or a sink.
class Output {
 public:
  Output(const NodePtr& node, const Target& target, StepKey key) : node_(node), sink_(target.sink.get()), key_(key) {
    if (node->grid.chunks() > 0) missing_.add({0, node->grid.chunks()});
    if (sink_) return;
    const auto bytes =
        static_cast<std::size_t>(std::max<std::int64_t>(node->shape.elements(), 1)) * size_of(node->dtype);
    memory_ = allocate_buffer(bytes);
  }
  [[nodiscard]] const StepKey& key() const { return key_; }
  [[nodiscard]] bool complete() const { return missing_.empty(); }
  /// Of memory that it takes here.
  [[nodiscard]] std::uint64_t bytes() const {
    return sink_ ? 0 : static_cast<std::uint64_t>(node_->shape.elements()) * size_of(node_->dtype);
  }
  [[nodiscard]] UntypedNdArray array() const {
    if (sink_) return {};
    return {node_->dtype, node_->shape, row_major_strides(node_->shape), memory_, memory_.get()};
  }

  /// The chunks of a range that are to be fetched, which do not count as missing from then on. What a worker that was
  /// taken for lost gave after all is made again: it is not fetched twice.
  [[nodiscard]] UnitSet claim(const wire::HeldRange& range) {
    UnitSet units = missing_.common(Units{range.first, range.last});
    missing_.remove(units);
    return units;
  }
  void miss(const UnitSet& units) { missing_.add(units); }

  /// Takes a chunk that came along with the news of it; false where it did not, or is not as it should be.
  bool take(const wire::HeldRange& range, const UnitSet& claimed) const {
    if (!range.__isset.values || claimed.count() != 1 || range.last - range.first != 1) return false;
    const Region box = node_->grid.region(node_->grid.chunk(range.first));
    const std::size_t size = size_of(node_->dtype);
    if (range.values.size() != static_cast<std::size_t>(box.elements()) * size) return false;
    put(box, range.values.data());
    return true;
  }

  /// Fetches chunks from the worker that holds them. May be called from several threads at a time for different chunks.
  void fetch(WorkerPool& workers, const wire::HeldRange& range, const UnitSet& claimed) const {
    wire::Location location;
    location.ranges.push_back(range);
    const Placement placement(location);
    for (const Units& units : claimed) fetch(workers, placement, units);
  }

 private:
  void fetch(WorkerPool& workers, const Placement& placement, Units units) const {
    const std::int64_t per_box = chunks_per_box();
    for (std::int64_t first = units.first; first < units.last;) {
      const std::int64_t last = std::min(units.last, first + per_box);
      Region box = node_->grid.region(node_->grid.chunk(first));
      if (last - first > 1) {
        const AxisRange end = node_->grid.region(node_->grid.chunk(last - 1))[0];
        box[0].count = end.start + end.count - box[0].start;
      }
      fetch_box(workers, placement, box);
      first = last;
    }
  }
  /// Chunks that lie one behind the other along the first axis are taken together.
  [[nodiscard]] std::int64_t chunks_per_box() const {
    for (int axis = 1; axis < node_->grid.rank(); ++axis)
      if (node_->grid[axis].count() > 1) return 1;
    const std::int64_t bytes =
        std::max<std::int64_t>(node_->grid.largest().elements(), 1) * static_cast<std::int64_t>(size_of(node_->dtype));
    return std::max<std::int64_t>(piece_bytes / bytes, 1);
  }

  void fetch_box(WorkerPool& workers, const Placement& placement, const Region& box) const {
    const auto fetch = [&](std::byte* to) {
      fetch_region(workers, key_, node_->dtype, node_->grid, placement, box, to);
    };
    if (!sink_ && is_contiguous_in(box, node_->shape)) return fetch(place_of(box));
    const std::size_t bytes = static_cast<std::size_t>(box.elements()) * size_of(node_->dtype);
    const Buffer piece = allocate_buffer(std::max<std::size_t>(bytes, 1));
    fetch(piece.get());
    put(box, piece.get());
  }
  /// Puts the elements of a box, row-major without gaps, where they belong.
  void put(const Region& box, const std::byte* elements) const {
    if (sink_) return sink_->write(box, elements);
    executor::copy_elements(box.shape(), size_of(node_->dtype), elements, row_major_strides(box.shape()), place_of(box),
                            row_major_strides(node_->shape));
  }
  [[nodiscard]] std::byte* place_of(const Region& box) const {
    const std::int64_t first = executor::first_position(box, row_major_strides(node_->shape));
    return memory_.get() + static_cast<std::size_t>(first) * size_of(node_->dtype);
  }

  NodePtr node_;
  Sink* sink_;
  StepKey key_;
  Buffer memory_;
  UnitSet missing_;
};

class ThriftBackend final : public Backend {
 public:
  ThriftBackend(std::string uri, const std::string& address, const BackendOptions& options)
      : session_(new Session(std::move(uri), address, options.security), &Session::end),
        reader_(make_local_backend("local", options)),
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
    return plan::explain(plan::make_pure_plan(plan::optimize(graph, passes), passes, 1, std::uint64_t{1} << 62), graph,
                         uri());
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

  /// How long this program has waited for a worker.
  class Patience {
   public:
    explicit Patience(const ThriftBackend& backend) : backend_(backend) {}
    void somebody() { since_ = Clock::now(); }
    /// Throws io where there has been no worker for longer than is waited.
    void nobody() const {
      const double limit = backend_.patience_;
      if (limit > 0 && std::chrono::duration<double>(Clock::now() - since_).count() > limit)
        throw Error(ErrorCode::io, backend_.uri() + " has had no worker for " +
                                       std::to_string(static_cast<int>(limit)) +
                                       " s; start some with: chunkwise worker HOST:PORT");
    }

   private:
    const ThriftBackend& backend_;
    Clock::time_point since_ = Clock::now();
  };
  static Error cancelled() {
    return {ErrorCode::cancelled, "the run was cancelled by its caller; nothing of it remains"};
  }

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
    TravellingSource travelling{facts_of(source), {}, {}};
    if (const auto* kept = dynamic_cast<const KeptSource*>(&source)) {
      travelling.array = kept->key();
    } else {
      travelling.description = source.description();
    }
    return to_bytes(travelling);
  }

  // ---- what only this program has

  /// Counts what a run has done, from the first upload on.
  struct Tally {
    const RunOptions& options;
    Clock::time_point start = Clock::now();
    Progress progress;
    std::uint64_t uploaded = 0;  ///< elements
    std::uint64_t bytes = 0;     ///< of them

    std::string note;  ///< while there is no worker

    Tally(const RunOptions& own, const std::string& uri)
        : options(own),
          note("waiting for workers: " + uri + " has none; start some with: chunkwise worker " +
               uri.substr(uri.find_last_of('/') + 1)) {}
    /// Tells the caller, in its thread.
    void tell(const wire::RunStatus* status) {
      progress.seconds = std::chrono::duration<double>(Clock::now() - start).count();
      progress.done = uploaded;
      progress.bytes_read = bytes;
      if (status) {
        progress.done += static_cast<std::uint64_t>(status->elements_done);
        progress.total = uploaded + static_cast<std::uint64_t>(std::max(status->elements_total, status->elements_done));
        progress.bytes_read += static_cast<std::uint64_t>(status->bytes_read);
        progress.note = status->state == wire::RunState::WAITING_FOR_WORKERS ? note : "";
      }
      if (options.progress) options.progress(progress);
    }
    void wait_for_workers() {
      wire::RunStatus nobody;
      nobody.state = wire::RunState::WAITING_FOR_WORKERS;
      tell(&nobody);
    }
  };

  /// True for parts of what this program has in memory or reads itself: nothing that a cluster could add to.
  static bool is_here(const Node& node) {
    if (const NodePtr* const input = graph::strided_input(node)) return is_here(**input);
    const SourcePtr* const source = graph::source_of(node);
    if (!source || dynamic_cast<const KeptSource*>(source->get())) return false;
    return (*source)->in_memory().data || (*source)->description().kind.empty();
  }

  /// True for arrays that workers cannot have but from us: our memory, and sources that do not describe themselves;
  /// and for parts of them.
  static bool is_ours(const Node& node) {
    if (const NodePtr* const input = graph::strided_input(node)) return is_ours(**input);
    const SourcePtr* const source = graph::source_of(node);
    if (!source || dynamic_cast<const KeptSource*>(source->get())) return false;
    if (!(*source)->in_memory().data) return (*source)->description().kind.empty();
    return node.shape.elements() * static_cast<std::int64_t>(size_of(node.dtype)) > inline_bytes;
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

  /// function(graph) with the graph optimised, and all of it that only we have uploaded: of a source of which parts are
  /// used, those parts. Again, where a worker that held some of it died.
  template <class F>
  std::invoke_result_t<F, const Graph&, Tally&> with_uploads(const Graph& graph, const RunOptions& options,
                                                             F&& function) {
    const Graph optimised = plan::optimize(graph, passes_of(options.disabled_passes));
    for (int attempt = 1;; ++attempt) {
      bool any = false;
      Tally tally(options, uri());
      try {
        std::unordered_map<const Node*, NodePtr> uploaded;
        // Outputs come first, so that a part is seen before the whole that it is part of.
        const auto replace = [&](const auto& self, const NodePtr& node) -> NodePtr {
          if (const auto found = uploaded.find(node.get()); found != uploaded.end()) return found->second;
          NodePtr result = node;
          if (is_ours(*node)) {
            if (!any) tally.progress.total = elements_in_all(optimised);
            any = true;
            result = upload(node, tally);
          } else {
            std::vector<NodePtr> inputs;
            bool same = true;
            for (const NodePtr& input : inputs_of(*node)) {
              inputs.push_back(self(self, input));
              same = same && inputs.back() == input;
            }
            if (!same) result = graph::with_inputs(*node, std::move(inputs));
          }
          return uploaded.emplace(node.get(), std::move(result)).first->second;
        };
        Graph sent = optimised;
        for (NodePtr& output : sent.outputs) output = replace(replace, output);
        return function(sent, tally);
      } catch (const Error& error) {
        if (!any || error.code() != ErrorCode::lost || attempt == upload_attempts) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));  // the coordinator gets to know of it
      }
    }
  }

  /// Gives the chunks of an array to the workers that the coordinator names, and is the array that they then keep.
  NodePtr upload(const NodePtr& node, Tally& tally) {
    const std::int64_t size = static_cast<std::int64_t>(size_of(node->dtype));
    TravellingSource travelling;
    travelling.facts.dtype = travelling.facts.encoding.stored = node->dtype;
    travelling.facts.shape = node->shape;
    travelling.facts.grid = node->grid;
    travelling.facts.read_unit = Shape::filled(node->shape.rank(), 1);
    travelling.facts.name = describe(*node) + " of a client";
    travelling.description.kind = upload_kind;
    Graph graph;
    graph.outputs.push_back(build::source(std::make_shared<const KnownSource>(travelling)));
    const wire::Blob description =
        wire::Blob::copy_of(to_bytes(graph, [&](const Source&) { return to_bytes(travelling); }));
    wire::UploadPlaces upload;
    const wire::Location& places = upload.places;
    for (Patience patience(*this);; patience.nobody()) {
      if (tally.options.cancel.cancelled()) throw cancelled();
      session_->call([&](auto& client, const SessionToken& id) {
        client.begin_upload(upload, id, description, node->grid.chunks(), node->shape.elements() * size);
      });
      if (!places.ranges.empty() || node->grid.chunks() == 0) break;
      tally.wait_for_workers();
      std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    }
    auto hold = session_->hold(from_wire(places.key));
    try {
      for (const wire::HeldRange& range : places.ranges)
        for (std::int64_t unit = range.first; unit < range.last; ++unit) upload_chunk(node, unit, upload, range, tally);
    } catch (const Unreachable& error) {
      session_->blame_network(error);
      throw Error(ErrorCode::lost, travelling.facts.name + " could not be given to a worker: " + error.what());
    }
    session_->call([&](auto& client, const SessionToken& id) { client.uploaded(id, places.key); });
    return build::source(std::make_shared<KeptSource>(session_, std::move(hold), node->dtype, node->shape, node->grid));
  }

  void upload_chunk(const NodePtr& node, std::int64_t unit, const wire::UploadPlaces& upload,
                    const wire::HeldRange& holder, Tally& tally) {
    std::vector<AxisSubscript> box;
    for (const AxisRange& range : node->grid.region(node->grid.chunk(unit)))
      box.push_back({AxisSubscript::Kind::range, range});
    RunOptions quiet;
    quiet.cancel = tally.options.cancel;
    const Target memory;
    const UntypedNdArray chunk = reader_->run(Graph{{build::index(node, std::move(box))}}, {&memory, 1}, quiet).front();
    const std::int64_t bytes = chunk.shape.elements() * static_cast<std::int64_t>(size_of(chunk.dtype));
    const Buffer dense = allocate_buffer(static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1)));
    executor::copy_elements(chunk.shape, size_of(chunk.dtype), chunk.data, chunk.strides, dense.get(),
                            row_major_strides(chunk.shape));
    const auto give = [&](auto& client) {
      for (std::int64_t offset = 0; offset == 0 || offset < bytes; offset += piece_bytes)
        client.upload(
            upload.places.key, unit, offset,
            wire::Blob(dense.get() + offset, static_cast<std::size_t>(std::min(piece_bytes, bytes - offset)), nullptr),
            upload.ticket);
    };
    ask_holder(session_->workers(), holder, give, {});
    tally.uploaded += static_cast<std::uint64_t>(chunk.shape.elements());
    tally.bytes += static_cast<std::uint64_t>(bytes);
    tally.tell(nullptr);
  }

  /// Elements that a run streams, and those that are uploaded for it.
  static std::uint64_t elements_in_all(const Graph& graph) {
    std::uint64_t elements = 0;
    const plan::Plan plan = plan::make_pure_plan(graph, {}, 1, std::uint64_t{1} << 62);
    for (const plan::Stage& stage : plan.stages) elements += static_cast<std::uint64_t>(stage.domain.elements());
    for_each_node(graph, [&](const Node& node) {
      const bool uploaded = is_ours(node);
      if (uploaded) elements += static_cast<std::uint64_t>(node.shape.elements());
      return !uploaded;
    });
    return elements;
  }

  // ---- following

  /// Fetches what is ready until all is there.
  wire::RunStatus follow(const wire::RunAccepted& accepted, const RunOptions& options, std::vector<Output>& outputs,
                         Tally& tally) {
    const auto complete = [&] {
      return std::all_of(outputs.begin(), outputs.end(), [](const Output& output) { return output.complete(); });
    };
    Patience patience(*this);
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
  BackendPtr reader_;                               ///< reads what only this program has
  std::shared_ptr<executor::Admission> admission_;  ///< of results in this program's memory
  double patience_;
};

}  // namespace

namespace thrift {

BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options) {
  while (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.empty())
    throw Error(ErrorCode::invalid_argument, "connect: '" + uri + "' names no coordinator; write thrift://HOST:PORT");
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
