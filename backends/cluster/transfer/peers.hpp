#pragma once
/// How products are asked of the workers that hold them, whatever carries the calls. Clients and workers implement it
/// over their transport; fetch.hpp reads regions with it.
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "chunkwise/core/region.hpp"
#include "runtime/core/shared_bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Bytes of a call's answer, at most.
inline constexpr std::int64_t piece_bytes = std::int64_t{8} << 20;

/// A worker that did not give a product that it was said to hold.
class Unreachable : public Error {
 public:
  /// `connected`: the worker could be asked.
  Unreachable(WorkerId worker, const std::string& why, bool connected = true)
      : Error(ErrorCode::io, why), worker_(worker), connected_(connected) {}
  [[nodiscard]] WorkerId worker() const noexcept { return worker_; }
  [[nodiscard]] bool connected() const noexcept { return connected_; }

 private:
  WorkerId worker_;
  bool connected_;
};

/// Asks workers for products. Thread-safe. Each function throws Unreachable, naming the worker, if it cannot be asked,
/// has not got the product, or a `stop` came first. Any other Error of the worker is thrown as it is.
class Peers {
 public:
  virtual ~Peers() = default;
  /// Reads a region of a step's output, row-major without gaps, into `out`, which has its size: `piece_bytes` at most.
  virtual void read_chunks(WorkerId holder, const StepKey& key, const Region& region, std::span<std::byte> out,
                           const std::stop_token& stop) = 0;
  /// Returns the states of a tile of a reduce step that the worker has (executor/states_bytes.hpp).
  [[nodiscard]] virtual SharedBytes read_states(WorkerId holder, const StepKey& key, std::int64_t tile,
                                                const std::stop_token& stop) = 0;
  /// Returns the finished values of a tile of a combine step.
  [[nodiscard]] virtual SharedBytes read_finished(WorkerId holder, const StepKey& key, std::int64_t tile,
                                                  const std::stop_token& stop) = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
