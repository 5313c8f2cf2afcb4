#pragma once
/// The reduction of one tile of outputs over all its chunks, in the order of the definition (docs/semantics.md). Chunks
/// are folded in order within their merge group. Groups are merged pairwise up a tree; an odd last one moves up as it
/// is. Any part of it may be made anywhere: however chunks are spread over several trees and their parts put together,
/// the bits are the same.
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/reduce/absent.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The states of all kinds that one task accumulates.
using States = std::vector<reduce::State>;

/// left = left merged with right, kind by kind. States that others share are not changed: left gets memory of its own.
void merge(States& left, const States& right);
/// The same if the right states are not needed any more: those that the left has not are taken over.
void merge(States& left, States&& right);
/// Merges the states `next` into those folded so far, which may be none.
void fold_in(States& folded, States next);

/// A piece of a tile's reduction that waits for its neighbour. The numbers are written to wires.
struct Part {
  enum class Kind : std::uint8_t {
    chunk = 0,    ///< chunk `index`, which waits for those before it in its merge group
    prefix = 1,   ///< the first `count` chunks of merge group `index`, folded in order
    subtree = 2,  ///< node `index` at height `height` of the tree over the merge groups; these are at height 0
  };
  Kind kind = Kind::chunk;
  std::int32_t height = 0;
  std::int64_t index = 0;
  std::int64_t count = 0;
  States states;
};
using Parts = std::vector<Part>;
/// Returns the chunks [first, last) of a part of a reduction over `chunks` chunks in merge groups of so many; none if
/// the reduction has no such part.
[[nodiscard]] std::pair<std::int64_t, std::int64_t> chunks_of(const Part& part, std::int64_t chunks,
                                                              std::int64_t merge_group_size);

class MergeTree {
 public:
  /// A tree over `chunks` chunks in merge groups of so many.
  MergeTree(std::int64_t chunks, std::int64_t merge_group_size)
      : chunks_(chunks), size_(merge_group_size), groups_((chunks + merge_group_size - 1) / merge_group_size) {}

  /// Each adds something and returns true to the one caller that completes the tree, who may then take_root(). In any
  /// order, from any thread; merging happens outside the lock. Nothing that is there already is taken twice.
  bool add_chunk(std::int64_t chunk, States states);
  bool add_merge_group(std::int64_t group, States states);
  /// Throws invalid_argument if a tree of so many chunks has no such part.
  bool add(Part part);

  /// Returns the states of all chunks, once they are complete.
  [[nodiscard]] States take_root();
  /// Returns all parts, which may go on in another tree. Not while others add; the tree is empty afterwards.
  [[nodiscard]] Parts take_parts();

 private:
  /// A merge group while its chunks are folded.
  struct MergeGroup {
    std::int64_t folded = 0;  ///< chunks in `states`
    States states;
    std::int64_t offered = 0;  ///< chunks in `prefix`, which takes the place of `states` if they are more
    States prefix;
    std::map<std::int64_t, States> waiting;  ///< by their place in the merge group
    bool busy = false;                       ///< a thread folds the waiting chunks, and those that come meanwhile
    bool dropped = false;                    ///< a subtree came that has it; whoever folds it removes it
  };
  using Place = std::pair<std::int32_t, std::int64_t>;  ///< height, index

  [[nodiscard]] std::int64_t width(std::int32_t height) const;
  [[nodiscard]] std::int64_t length(std::int64_t group) const;
  /// Returns true if a node or one above it is there.
  [[nodiscard]] bool has(Place place) const;
  bool add_prefix(std::int64_t group, std::int64_t count, States states);
  bool add_subtree(Place place, States states);
  bool fold_waiting(std::unique_lock<std::mutex>& lock, std::int64_t group, MergeGroup& fold);
  bool climb(std::unique_lock<std::mutex>& lock, Place place, States states);

  std::int64_t chunks_;
  std::int64_t size_;    ///< chunks of a merge group
  std::int64_t groups_;  ///< merge groups
  std::mutex mutex_;
  std::map<std::int64_t, MergeGroup> folds_;
  std::map<Place, States> nodes_;  ///< an empty one marks a node that is being merged, or a root that was taken
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
