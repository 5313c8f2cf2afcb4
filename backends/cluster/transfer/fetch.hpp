#pragma once
/// Reads a region of an array whose chunks workers hold, in pieces that a message can carry, with one call for
/// neighbouring chunks of one worker. A piece is read straight into the reader's memory if it is contiguous there. Used
/// by clients, and by workers among themselves.
#include <stop_token>
#include <vector>

#include "backends/cluster/machine/events.hpp"
#include "backends/cluster/transfer/peers.hpp"
#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// The workers that hold work items, by ranges in ascending order. Cheap to ask.
class Placement {
 public:
  Placement() = default;
  explicit Placement(std::vector<Held> ranges);
  /// Returns the range that holds a work item; null if none is known.
  [[nodiscard]] const Held* find(std::int64_t item) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }

 private:
  std::vector<Held> ranges_;
};

/// Returns true if the positions of a box follow each other in a row-major whole of this shape.
[[nodiscard]] bool is_contiguous_in(const Region& box, const Shape& whole);

/// Reads `region` of the array `key` into `out`, row-major without gaps. Throws as Peers does, and lost if nobody is
/// known to have a chunk.
void fetch_region(Peers& peers, const StepKey& key, DType dtype, const ChunkGrid& grid, const Placement& placement,
                  const Region& region, void* out, const std::stop_token& stop = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
