#pragma once
/// Arrays that only this program has, its memory and sources that do not describe themselves, are given to workers
/// before a run needs them.
#include <cstdint>
#include <memory>

#include "backends/cluster/client/client_session.hpp"
#include "backends/cluster/client/waiting.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Returns true for parts of arrays that this program has in memory or reads itself: a cluster could add nothing.
[[nodiscard]] bool is_here(const Node& node);

/// Returns true for arrays that workers can only have from this program, and for parts of them: its memory, and sources
/// that do not describe themselves.
[[nodiscard]] bool is_ours(const Node& node);

/// Uploads the parts of a graph that are ours.
class Uploads {
 public:
  /// `reader` reads the arrays that only this program has; uploads wait `patience` seconds for workers.
  Uploads(std::shared_ptr<ClientSession> session, BackendPtr reader, double patience)
      : session_(std::move(session)), reader_(std::move(reader)), patience_(patience) {}

  /// Returns the graph, which the passes have been over, with arrays that workers keep in place of ours. If parts of a
  /// source are used, those parts are uploaded. Sets `any` before the first upload. Throws lost if a worker died that
  /// was to hold some of them, cancelled, and io if there is no worker.
  [[nodiscard]] Graph replace(const Graph& graph, Tally& tally, bool& any) const;

 private:
  /// Gives the chunks of an array to the workers that the coordinator names; returns the array that they then keep.
  [[nodiscard]] NodePtr upload(const NodePtr& node, Tally& tally) const;
  void upload_chunk(const NodePtr& node, std::int64_t item, const UploadPlaces& upload, WorkerId holder,
                    Tally& tally) const;

  std::shared_ptr<ClientSession> session_;
  BackendPtr reader_;
  double patience_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
