#pragma once
/// What a client asks of a cluster, whatever carries the calls: runs, the places of arrays, uploads, and the workers'
/// products. A transport implements it; ClusterBackend (cluster_backend.hpp) makes a backend of it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/cluster/machine/machine.hpp"
#include "backends/cluster/transfer/fetch.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// The coordinator cannot be asked at present, or went away before it answered.
class CoordinatorAway : public Error {
 public:
  explicit CoordinatorAway(const std::string& why) : Error(ErrorCode::io, why) {}
};

/// A run as a client asks for it.
struct RunRequest {
  std::vector<std::byte> graph;  ///< as to_bytes() writes it, with a SourceSpec a source
  std::size_t outputs = 0;       ///< their number
  bool persisted = false;        ///< their chunks stay on workers; else they are streamed
  std::vector<std::string> disabled_passes;
  std::size_t trace_spans = 0;  ///< that each worker records; 0: none
};

struct RunAccepted {
  RunId run = 0;
  std::vector<std::int32_t> steps;  ///< the step that makes each output
  std::int64_t memory_bound = 0;    ///< of the plan, on each worker
  std::size_t stages = 0;
};

/// Chunks of a streamed output that can be fetched from a worker.
struct ReadyRange {
  Held held;
  std::span<const std::byte> values;    ///< the elements of one chunk, if they came along with the news
  std::shared_ptr<const void> owner{};  ///< of them
};
struct ReadyChunks {
  StepKey key;
  std::vector<ReadyRange> ranges;
};

struct RunStatus {
  RunView view;
  std::vector<ReadyChunks> ready;    ///< not told before
  std::vector<std::string> refused;  ///< if there are no workers: the reasons for which some were refused
};

/// The workers that an upload goes to.
struct UploadPlaces {
  Inputs places;
  std::string ticket;  ///< that its client shows to workers, if the transport has such tickets
};

/// Thread-safe. Functions that ask the coordinator throw its refusals, and CoordinatorAway.
class ClientSession {
 public:
  virtual ~ClientSession() = default;
  [[nodiscard]] virtual const std::string& uri() const = 0;
  /// Returns what a user does to start workers, for messages: a command.
  [[nodiscard]] virtual std::string how_to_start_workers() const = 0;
  /// Throws unsupported in a forked child.
  virtual void require_own_process() const = 0;
  [[nodiscard]] virtual Peers& workers() = 0;
  /// Throws io if a worker could not be asked because of the network between it and this program.
  virtual void blame_network(const Unreachable& error) = 0;

  /// Begins a run. Throws any other error than CoordinatorAway if it has certainly not begun.
  [[nodiscard]] virtual RunAccepted submit(RunRequest request) = 0;
  /// Waits until something of a run changes, `milliseconds` at most. Throws the error with which a run failed.
  [[nodiscard]] virtual RunStatus wait(RunId run, int milliseconds) = 0;
  virtual void cancel(RunId run) = 0;
  /// Adds what workers have recorded of a run that is over. Workers that do not answer soon are named there. A
  /// transport whose workers record nothing adds nothing.
  virtual void collect_trace(RunId run, trace::Recorder& into) {
    static_cast<void>(run);
    static_cast<void>(into);
  }
  /// Chunks of a streamed output were fetched.
  virtual void consumed(const StepKey& key, Items items) = 0;
  /// Chunks that were ready could not be fetched from a worker.
  virtual void missing(const StepKey& key, const Held& held) = 0;

  /// Returns where the chunks of a kept array lie once all are there; no ranges if that takes longer than
  /// `milliseconds`.
  [[nodiscard]] virtual Inputs locate(const StepKey& key, int milliseconds) = 0;
  /// Returns a handle of a kept array. The array is released at the cluster when the last handle goes.
  [[nodiscard]] virtual std::shared_ptr<const StepKey> hold(StepKey key) = 0;
  /// Tells the coordinator of handles that are gone, before a call that may need their memory.
  virtual void send_releases() = 0;

  /// Places an array of this program's memory (uploaded_source()). No ranges: there is no worker now.
  [[nodiscard]] virtual UploadPlaces begin_upload(std::vector<std::byte> graph, std::int64_t items,
                                                  std::int64_t bytes) = 0;
  /// Gives a chunk of an upload to a worker; throws as Peers does.
  virtual void upload(const UploadPlaces& places, WorkerId holder, std::int64_t item,
                      std::span<const std::byte> chunk) = 0;
  /// All chunks were given.
  virtual void uploaded(const StepKey& key) = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
