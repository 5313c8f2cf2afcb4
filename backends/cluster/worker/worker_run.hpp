#pragma once
/// A run as a worker knows it: its graph with sources that can be read here, its steps, and the products that are no
/// chunks: partial states and finished reductions. Chunks are in the worker's store.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "backends/cluster/data_roots.hpp"
#include "backends/cluster/machine/events.hpp"
#include "backends/cluster/planning.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/cluster/steps.hpp"
#include "backends/cluster/transfer/fetch.hpp"
#include "runtime/executor/run_work_items.hpp"
#include "runtime/executor/stage_results.hpp"
#include "runtime/store/chunk_store.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// The resources that the runs of a worker share.
struct Workplace {
  std::shared_ptr<executor::Admission> admission;
  std::shared_ptr<store::ChunkStore> store;
  std::shared_ptr<Peers> peers;
  DataRoots roots;
  int threads = 1;
  bool isolated = false;  ///< SourceAccess::isolated
};

/// Thread-safe: ranges, and questions of others, come side by side.
class WorkerRun {
 public:
  /// Throws Error if the graph cannot be decoded, or cannot be run in this worker's memory.
  WorkerRun(std::shared_ptr<const Workplace> place, const Submission& submission);
  ~WorkerRun() = default;
  WorkerRun(const WorkerRun&) = delete;
  WorkerRun& operator=(const WorkerRun&) = delete;

  /// A product that was made along with a range.
  struct Made {
    Product product;
    Buffer values;  ///< of one streamed chunk of a few kilobytes, to go on to the client; else null
    std::size_t values_bytes = 0;
  };
  /// The result of working on a range, apart from its product.
  struct Done {
    std::uint64_t bytes_read = 0;
    std::vector<Made> also;  ///< products of later steps, which are here too
  };
  /// Works on a range, for the worker that it is assigned to. The product of the range is here afterwards; if this
  /// throws, nothing of it is.
  Done execute(const Assign& assignment);
  /// Fetches products of a step from the worker that the command names as their holder, and holds them too.
  void copy(const Copy& copy);
  /// Returns the recorder of what is done for the run here; null if its client asked for none.
  [[nodiscard]] const std::shared_ptr<trace::Recorder>& recorder() const { return recorder_; }
  /// Ends work on the run soon, also if it waits for another worker.
  void cancel() {
    cancelled_ = true;
    stop_.request_stop();
  }

  /// Returns the states of a tile that a reduce step has here.
  [[nodiscard]] SharedBytes states(int step, std::int64_t tile);
  /// Returns the finished values of a tile; throws not_found if they are not here.
  [[nodiscard]] SharedBytes finished(int step, std::int64_t tile);
  /// Forgets the product of a step.
  void drop(int step);
  /// Makes the array of a write or upload step known to the store.
  void create_array(int step);

  [[nodiscard]] bool persists(int step) const;
  [[nodiscard]] bool is_upload() const {
    return !steps_.steps.empty() && steps_.steps.front().kind == StepKind::upload;
  }
  /// Returns the element type of the array that a step makes; throws invalid_argument if it makes none.
  [[nodiscard]] DType dtype_of(int step) const;
  /// Returns the bytes of a chunk of an upload; throws out_of_range for one that is not there.
  [[nodiscard]] std::int64_t chunk_bytes(std::int64_t item) const;

 private:
  struct StageState {
    std::unique_ptr<executor::Partition> partition;
    std::shared_ptr<executor::StageResults> finished;      ///< of stages that reduce
    std::map<std::int64_t, executor::TileParts> partials;  ///< by tile
  };
  [[nodiscard]] SourcePtr open(const SourceSpec& source);
  [[nodiscard]] const Step& step_at(int step) const;
  [[nodiscard]] std::shared_ptr<executor::StageResults> finished_of(std::size_t stage);
  /// Returns the states of a tile that are here, and stay.
  [[nodiscard]] executor::TileParts own_states(int step, std::int64_t tile);
  /// Learns where inputs lie; fetches finished reductions that are not here yet, and returns all of them.
  graph::Materialised take_inputs(const Assign& assignment);
  std::shared_ptr<const executor::StageResults> gather(const Inputs& inputs);
  void combine(const Assign& assignment);
  void prepare(executor::RunContext& context);
  void reduce(const Step& step, Items items, executor::RunContext& context);
  /// Adds states to those of their tile that are here.
  void add_states(StageState& stage, executor::TileParts part);
  void copy_chunks(int step, const Held& held);
  void write(int step, Items items, executor::RunContext& context);
  /// Works on the later steps that need a step, if all that they need is here and they are little: nobody has to be
  /// asked. Returns their products.
  std::vector<Made> go_on(int step);
  /// Returns true if all work items of a step have their products here.
  [[nodiscard]] bool has_all(int step);
  /// Combines, or writes, all work items of a step whose needs are here.
  void finish(int step);
  [[nodiscard]] bool is_little(int step) const;
  [[nodiscard]] executor::TileParts fetch_states(WorkerId holder, int step, std::int64_t tile);

  std::shared_ptr<const Workplace> place_;
  RunId run_;
  std::shared_ptr<trace::Recorder> recorder_;
  std::vector<bool> persisted_;  ///< for each output
  Steps steps_;
  struct Array {
    DType dtype;
    Shape shape;
    ChunkGrid grid;
  };
  std::map<int, Array> arrays_;  ///< of write and upload steps
  std::atomic<bool> cancelled_{false};
  std::stop_source stop_;  ///< the same, for calls to other workers
  std::mutex mutex_;       ///< of the members that follow
  std::vector<StageState> stages_;
  std::map<StepKey, std::shared_ptr<const Placement>> placements_;
  std::mutex gathering_;
  std::mutex going_on_;  ///< held while little products are written
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
