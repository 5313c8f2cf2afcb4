#pragma once
/// A run of a worker together with its description, which a coordinator that is restarted is brought.
#include <memory>
#include <utility>

#include "backends/cluster/worker/worker_run.hpp"
#include "backends/thrift/transfer/worker_peers.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// Notes in a run's description that an array of it has a name, or has it no more.
void remember(const wire::Publication& publication, wire::RunDescription& description);

class WorkerRun : public cluster::WorkerRun {
 public:
  /// Throws as cluster::WorkerRun does.
  WorkerRun(std::shared_ptr<const Workplace> place, wire::RunDescription description)
      : cluster::WorkerRun(std::move(place), submission_of(description)), description_(std::move(description)) {}

  [[nodiscard]] const wire::RunDescription& description() const { return description_; }
  void publish(const wire::Publication& publication) { remember(publication, description_); }

 private:
  wire::RunDescription description_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
