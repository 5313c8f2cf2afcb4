#pragma once
/// One run on a cluster, from its submission to its last chunk.
#include <memory>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "backends/cluster/client/output.hpp"
#include "backends/cluster/client/waiting.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

class RemoteRun {
 public:
  /// Submits the graph, whose outputs are all kept by the workers (`persisted`) or all come here. Throws the
  /// coordinator's refusal, or lost if the coordinator goes away meanwhile.
  RemoteRun(std::shared_ptr<ClientSession> session, const Graph& graph, bool persisted, const RunOptions& options);
  /// Cancels a run that its caller leaves before it is over. Takes in what workers have recorded of it.
  ~RemoteRun();
  RemoteRun(const RemoteRun&) = delete;
  RemoteRun& operator=(const RemoteRun&) = delete;

  /// Returns the step that makes an output of the graph.
  [[nodiscard]] StepKey output(std::size_t i) const { return {accepted_.run, accepted_.steps[i]}; }
  /// Fetches ready chunks until the run is over and all of the outputs is there. Throws the error with which the run
  /// failed, cancelled, or io if there is no worker for `patience` seconds.
  void follow(std::vector<Output>& outputs, Tally& tally, double patience);
  /// Tells the caller that the run is over, with its time, bytes and memory.
  void report(const std::vector<Output>& outputs, Tally& tally) const;

 private:
  [[nodiscard]] Error coordinator_lost(const CoordinatorAway& error) const;
  /// Fetches ready chunks from all workers that hold them, side by side: a silent one holds up its own chunks alone.
  void take(const ReadyChunks& ready, std::vector<Output>& outputs);

  std::shared_ptr<ClientSession> session_;
  std::shared_ptr<trace::Recorder> recorder_;  ///< null: the run is not recorded
  RunAccepted accepted_;
  RunStatus status_;  ///< at its end
  bool is_over_ = false;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
