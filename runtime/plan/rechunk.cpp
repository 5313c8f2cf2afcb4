#include "runtime/plan/rechunk.hpp"

#include <algorithm>

#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Copies of an element that are on their way from a file to a sink at a time.
constexpr std::uint64_t copies = 4;

}  // namespace

void take_neighbouring_chunks(Stage& stage, bool to_sink, int threads, std::uint64_t limit) {
  const auto* const write = std::get_if<Write>(&stage.work);
  if (!write || !to_sink || write->body.inputs.size() != 1 || !graph::is_rechunked(*write->body.inputs.front())) return;
  stage.grid = write->body.node->grid;
  const std::uint64_t own = limit / (copies * static_cast<std::uint64_t>(threads) * size_of(write->body.node->dtype));
  std::int64_t room = static_cast<std::int64_t>(std::min<std::uint64_t>(own, std::uint64_t{1} << 40)) /
                      std::max<std::int64_t>(stage.grid.largest().elements(), 1);
  for (int axis = stage.grid.rank() - 1; axis >= 0 && room > 1; --axis) {
    const AxisChunks& chunks = stage.grid[axis];
    if (!chunks.is_regular() || chunks.count() == 0) break;
    const std::int64_t together = std::min(room, chunks.count());
    room /= together;
    stage.grid[axis] = AxisChunks::regular(chunks.extent(), chunks.largest() * together);
  }
  stage.read_block = stage.grid.largest();
  for (std::int64_t& extent : stage.read_block) extent = std::max<std::int64_t>(extent, 1);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
