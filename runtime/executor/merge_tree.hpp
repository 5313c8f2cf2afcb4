#pragma once
/// The reduction of one tile of outputs over all its chunks, in the order of the definition (docs/semantics.md): chunks
/// are folded in order within their run, runs are merged pairwise level by level, an odd last one moves up as it is.
/// Any part of it may be made anywhere: whatever way chunks are spread over several trees and their parts put together,
/// the bits are the same.
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The states of all kinds that one task accumulates.
using States = std::vector<reduce::State>;

/// left = left merged with right, kind by kind.
void merge(States& left, const States& right);

/// A piece of a tile's reduction that waits for what stands beside it. The numbers are written to wires.
struct Part {
  enum class Kind : std::uint8_t {
    chunk = 0,    ///< chunk `index`, which waits for those before it in its run
    prefix = 1,   ///< the first `count` chunks of run `index`, folded in order
    subtree = 2,  ///< node `index` of level `level` of the tree over the runs; runs are level 0
  };
  Kind kind = Kind::chunk;
  std::int32_t level = 0;
  std::int64_t index = 0;
  std::int64_t count = 0;
  States states;
};
using Parts = std::vector<Part>;

class MergeTree {
 public:
  /// Over `chunks` chunks in runs of `run`.
  MergeTree(std::int64_t chunks, std::int64_t run) : chunks_(chunks), run_(run), runs_((chunks + run - 1) / run) {}

  /// Each adds something and returns true to the one caller that completes the tree, who may then take_root(). In any
  /// order, from any thread; merging happens outside the lock. What is there already is not taken twice.
  bool add_chunk(std::int64_t chunk, States states);
  bool add_run(std::int64_t run, States states);
  /// Throws invalid_argument where a tree of so many chunks has no such part.
  bool add(Part part);

  /// The states of all chunks, once they are complete.
  [[nodiscard]] States take_root();
  /// All that is there, which may go on in another tree. Not while others add; the tree is empty afterwards.
  [[nodiscard]] Parts take_parts();

 private:
  struct Run {
    std::int64_t folded = 0;  ///< chunks in `states`
    bool busy = false;        ///< a thread is folding: it takes what comes to wait meanwhile
    States states;
    std::map<std::int64_t, States> waiting;  ///< by their place in the run
  };
  using Place = std::pair<std::int32_t, std::int64_t>;  ///< level, index

  [[nodiscard]] std::int64_t width(std::int32_t level) const;
  [[nodiscard]] bool has(Place place) const;
  bool fold(std::unique_lock<std::mutex>& lock, std::int64_t run);
  bool climb(std::unique_lock<std::mutex>& lock, Place place, States states);

  std::int64_t chunks_, run_, runs_;
  std::mutex mutex_;
  std::map<std::int64_t, Run> folds_;
  std::map<Place, States> nodes_;  ///< without states while they are being merged, or were taken
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
