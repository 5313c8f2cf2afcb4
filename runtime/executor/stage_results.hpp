#pragma once
/// The results of a fold stage, put together tile by tile from what several holders have.
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "runtime/executor/tile_parts.hpp"
#include "runtime/graph/memory_view.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The finished values of a stage's Reduce nodes: whole arrays that are filled tile by tile, by combining parts or with
/// another holder's bytes. Tiles may be put in by several threads at a time; readers of the arrays come afterwards.
class StageResults {
 public:
  explicit StageResults(const Partition& partition);

  /// Finishes a tile from all its parts; throws invalid_argument where they are not all.
  void combine(std::int64_t tile, std::vector<TileParts> parts);
  /// Takes the bytes of a tile that bytes() of another gave; throws invalid_argument where they are not as many.
  void put(std::int64_t tile, std::span<const std::byte> bytes);
  /// The values of a tile: of each Reduce node, one after the other, in the order of the stage; row-major, little
  /// endian.
  [[nodiscard]] std::vector<std::byte> bytes(std::int64_t tile) const;
  [[nodiscard]] bool has(std::int64_t tile) const;
  /// All tiles are in.
  [[nodiscard]] bool complete() const;
  /// Hands the whole arrays to a run of a later stage; they live as long as someone has them.
  void publish(graph::Materialised& finished) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
