#include "backends/cluster/client/kept_source.hpp"

#include <chrono>
#include <thread>

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// How long chunks of a lost worker are waited for.
constexpr std::chrono::seconds patience{120};
constexpr int locate_ms = 1000;

}  // namespace

KeptSource::KeptSource(std::shared_ptr<ClientSession> session, std::shared_ptr<const StepKey> hold, DType dtype,
                       const Shape& shape, ChunkGrid grid)
    : session_(std::move(session)), hold_(std::move(hold)), shape_(shape), grid_(std::move(grid)) {
  encoding_.stored = dtype;
}

std::string KeptSource::describe() const {
  return "array persisted on " + session_->uri() + " (run " + shown(key().run) + ")";
}

std::string KeptSource::identity() const {
  return "kept " + session_->uri() + " " + std::to_string(key().run) + " " + std::to_string(key().step);
}

std::shared_ptr<const Placement> KeptSource::placement(bool anew) const {
  {
    const std::scoped_lock lock(mutex_);
    if (placement_ && !anew) return placement_;
  }
  auto found = std::make_shared<const Placement>(session_->locate(key(), locate_ms).ranges);
  const std::scoped_lock lock(mutex_);
  placement_ = found->empty() ? nullptr : found;
  return found;
}

void KeptSource::read(const Region& region, void* out, const CancelToken& cancel) const {
  if (region.elements() == 0) return;
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (bool anew = false;; anew = true) {
    if (cancel.cancelled())
      throw Error(ErrorCode::cancelled, describe() + ": reading " + to_string(region) + " was cancelled by its caller");
    std::string why = "no worker holds it at present";
    try {
      const std::shared_ptr<const Placement> where = placement(anew);
      if (!where->empty()) {
        fetch_region(session_->workers(), key(), dtype(), grid_, *where, region, out);
        return;
      }
    } catch (const Unreachable& error) {
      session_->blame_network(error);
      // The coordinator finds out by itself that a worker is gone, and has its chunks made again.
      why = error.what();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    } catch (const CoordinatorAway& error) {
      why = error.what();  // the coordinator is away: it may come back
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    if (std::chrono::steady_clock::now() > give_up)
      throw Error(ErrorCode::io, describe() + ": the region " + to_string(region) + " could not be read in " +
                                     std::to_string(patience.count()) + " s: " + why);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
