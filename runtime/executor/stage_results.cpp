#include "runtime/executor/stage_results.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <mutex>

#include "runtime/executor/task_results.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

static_assert(std::endian::native == std::endian::little, "chunkwise: bytes between workers are little endian");

struct StageResults::State {
  explicit State(const Partition& of) : partition(of), in(static_cast<std::size_t>(of.tiles())), missing(of.tiles()) {
    for (const plan::FoldTask& task : plan::folds_of(of.stage())) results.emplace_back(task, of.stage().domain);
  }
  /// Puts a tile in, once.
  template <class Put>
  void fill(std::int64_t tile, const Put& put) {
    check(tile);
    const std::scoped_lock lock(stripes[static_cast<std::size_t>(tile) % stripes.size()]);
    if (in[static_cast<std::size_t>(tile)]) return;
    put(partition.tile(tile));
    in[static_cast<std::size_t>(tile)] = true;
    --missing;
  }
  void check(std::int64_t tile) const {
    if (tile < 0 || tile >= partition.tiles())
      throw Error(ErrorCode::out_of_range,
                  "tile " + std::to_string(tile) + " of a stage that has " + std::to_string(partition.tiles()));
  }

  Partition partition;
  std::vector<TaskResults> results;
  std::vector<std::atomic<bool>> in;
  std::atomic<std::int64_t> missing;
  std::array<std::mutex, 16> stripes;  ///< a tile's is held while it is put in
};

StageResults::StageResults(const Partition& partition) : state_(std::make_shared<State>(partition)) {}

void StageResults::combine(std::int64_t tile, std::vector<TileParts> parts) {
  const Partition& partition = state_->partition;
  state_->check(tile);
  if (has(tile)) return;
  std::vector<States> roots;
  if (partition.positions() > 0) {
    TileParts merged = merge_parts(partition, std::move(parts));
    if (merged.tile != tile || !is_whole(partition, merged))
      throw Error(ErrorCode::invalid_argument, "parts of tile " + std::to_string(tile) + " are missing");
    for (Parts& task : merged.tasks) roots.push_back(std::move(task.front().states));
  }
  state_->fill(tile, [&](const Region& box) {
    for (std::size_t t = 0; t < state_->results.size(); ++t)
      roots.empty() ? state_->results[t].finish_empty(box) : state_->results[t].finish(box, roots[t]);
  });
}

void StageResults::put(std::int64_t tile, std::span<const std::byte> bytes) {
  state_->fill(tile, [&](const Region& box) {
    const auto expected = static_cast<std::size_t>(state_->partition.finished_bytes(tile));
    if (bytes.size() != expected)
      throw Error(ErrorCode::invalid_argument, "tile " + std::to_string(tile) + " came with " +
                                                   std::to_string(bytes.size()) + " bytes and has " +
                                                   std::to_string(expected));
    const std::byte* from = bytes.data();
    for (const TaskResults& result : state_->results) result.copy_in(box, from), from += result.bytes(box);
  });
}

SharedBytes StageResults::bytes(std::int64_t tile) const {
  if (!has(tile)) throw Error(ErrorCode::not_found, "tile " + std::to_string(tile) + " of the reduction is not here");
  const auto size = static_cast<std::size_t>(state_->partition.finished_bytes(tile));
  const Buffer bytes = allocate_buffer(std::max<std::size_t>(size, 1));
  const Region box = state_->partition.tile(tile);
  std::byte* to = bytes.get();
  for (const TaskResults& result : state_->results) result.copy_out(box, to), to += result.bytes(box);
  return share(bytes, size);
}

bool StageResults::has(std::int64_t tile) const {
  return tile >= 0 && tile < state_->partition.tiles() && state_->in[static_cast<std::size_t>(tile)];
}

bool StageResults::complete() const { return state_->missing == 0; }

void StageResults::publish(graph::Materialised& finished) const {
  for (const TaskResults& result : state_->results) result.publish(finished);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
