#pragma once
/// One output of a run on its way from the workers that made its chunks into memory or a sink.
#include <cstdint>
#include <map>
#include <vector>

#include "backends/cluster/client/client_session.hpp"
#include "backends/cluster/item_set.hpp"
#include "chunkwise/backend.hpp"
#include "chunkwise/core/buffer.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

class Output {
 public:
  /// The output that the step `key` makes. Takes memory for all of it, unless the target is a sink.
  Output(const NodePtr& node, const Target& target, StepKey key);

  [[nodiscard]] const StepKey& key() const { return key_; }
  [[nodiscard]] bool complete() const { return missing_.empty(); }
  /// Returns the bytes of memory that it takes here.
  [[nodiscard]] std::uint64_t bytes() const {
    return sink_ ? 0 : static_cast<std::uint64_t>(node_->shape.elements()) * size_of(node_->dtype);
  }
  /// Returns the array that was fetched; nothing if it went to a sink.
  [[nodiscard]] UntypedNdArray array() const;

  /// Chunks of a range that are to be fetched.
  struct Claim {
    const ReadyRange* range;  ///< of the news that claim() was given, which must outlive it
    ItemSet items;            ///< empty if others have all of them
  };
  /// Returns the ready chunks that are to be fetched, by worker. They do not count as missing from then on: a
  /// chunk that a worker gave though it was taken for lost is made again, and is not fetched twice. If several ranges
  /// have a chunk, it is fetched from the last: a chunk is made again after its holder was lost.
  [[nodiscard]] std::map<WorkerId, std::vector<Claim>> claim(const ReadyChunks& ready);
  void miss(const ItemSet& items) { missing_.add(items); }

  /// Takes a chunk that came along with the news of it. Returns false if it did not, or is not as it should be.
  bool take(const ReadyRange& range, const ItemSet& claimed) const;

  /// Fetches chunks from the worker that holds them. May be called from several threads at a time for different chunks.
  void fetch(Peers& workers, const Held& range, const ItemSet& claimed) const;

 private:
  void fetch(Peers& workers, const Placement& placement, Items items) const;
  /// Chunks that lie one behind the other along the first axis are taken together.
  [[nodiscard]] std::int64_t chunks_per_box() const;
  void fetch_box(Peers& workers, const Placement& placement, const Region& box) const;
  /// Puts the elements of a box, row-major without gaps, into their place.
  void put(const Region& box, const std::byte* elements) const;
  [[nodiscard]] std::byte* place_of(const Region& box) const;

  NodePtr node_;
  Sink* sink_;
  StepKey key_;
  Buffer memory_;
  ItemSet missing_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
