#pragma once
/// An array that workers keep, as a client sees it: a source whose elements are read from the workers that hold them.
#include <memory>
#include <mutex>

#include "backends/cluster/client/client_session.hpp"
#include "chunkwise/backend.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

class KeptSource final : public Source {
 public:
  /// The array that a step makes; `hold` keeps it at the cluster.
  KeptSource(std::shared_ptr<ClientSession> session, std::shared_ptr<const StepKey> hold, DType dtype,
             const Shape& shape, ChunkGrid grid);

  [[nodiscard]] const StepKey& key() const { return *hold_; }
  [[nodiscard]] const std::shared_ptr<ClientSession>& session() const { return session_; }
  [[nodiscard]] DType dtype() const override { return encoding_.stored; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::string identity() const override;
  /// A kept array is no input any more.
  [[nodiscard]] bool is_generated() const override { return true; }
  [[nodiscard]] std::string home() const override { return session_->uri(); }
  /// One call to the worker that holds the region, if one worker does. Chunks that a dead worker held are waited for:
  /// they are made again elsewhere. Throws lost if the cluster has forgotten the array, io if its chunks do not come
  /// back.
  void read(const Region& region, void* out) const override { read(region, out, {}); }
  /// Reads the same, until the token is cancelled; throws cancelled then.
  void read(const Region& region, void* out, const CancelToken& cancel) const;

 private:
  [[nodiscard]] std::shared_ptr<const Placement> placement(bool anew) const;
  std::shared_ptr<ClientSession> session_;
  std::shared_ptr<const StepKey> hold_;
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Placement> placement_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
