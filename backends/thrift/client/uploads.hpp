#pragma once
/// What only this program has, its memory and sources that do not describe themselves, is given to workers before a run
/// needs it.
#include <cstdint>
#include <memory>

#include "backends/thrift/client/session.hpp"
#include "backends/thrift/client/waiting.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// True for parts of what this program has in memory or reads itself: nothing that a cluster could add to.
[[nodiscard]] bool is_here(const Node& node);

/// True for arrays that workers cannot have but from us: our memory, and sources that do not describe themselves; and
/// for parts of them.
[[nodiscard]] bool is_ours(const Node& node);

/// Uploads the parts of a graph that are ours.
class Uploads {
 public:
  /// `reader` reads what only this program has; workers are waited for as long as `patience` says.
  Uploads(std::shared_ptr<Session> session, BackendPtr reader, double patience)
      : session_(std::move(session)), reader_(std::move(reader)), patience_(patience) {}

  /// Returns the graph, which the passes have been over, with arrays that workers keep in place of what is ours. Of a
  /// source of which parts are used, those parts are uploaded. Sets `any` before the first upload. Throws lost where a
  /// worker died that was to hold some of it, cancelled, and io where there is no worker.
  [[nodiscard]] Graph replace(const Graph& graph, Tally& tally, bool& any) const;

 private:
  /// Gives the chunks of an array to the workers that the coordinator names, and is the array that they then keep.
  [[nodiscard]] NodePtr upload(const NodePtr& node, Tally& tally) const;
  void upload_chunk(const NodePtr& node, std::int64_t unit, const wire::UploadPlaces& upload,
                    const wire::HeldRange& holder, Tally& tally) const;

  std::shared_ptr<Session> session_;
  BackendPtr reader_;
  double patience_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
