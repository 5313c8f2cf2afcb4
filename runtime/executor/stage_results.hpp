#pragma once
/// The results of a fold stage, put together tile by tile from the parts that several holders have.
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "runtime/core/shared_bytes.hpp"
#include "runtime/executor/tile_parts.hpp"
#include "runtime/graph/memory_view.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The finished values of a stage's folds: whole arrays that are filled tile by tile, by combining parts or with
/// another holder's bytes. Several threads may put tiles in at a time; readers of the arrays come afterwards.
class StageResults {
 public:
  explicit StageResults(const Partition& partition);

  /// Finishes a tile from all its parts; throws invalid_argument if some are missing.
  void combine(std::int64_t tile, std::vector<TileParts> parts);
  /// Takes the bytes of a tile that bytes() of another holder returned; throws invalid_argument for another number.
  void put(std::int64_t tile, std::span<const std::byte> bytes);
  /// Returns the values of a tile: those of each fold, one after the other, in the order of the stage; row-major,
  /// little endian.
  [[nodiscard]] SharedBytes bytes(std::int64_t tile) const;
  [[nodiscard]] bool has(std::int64_t tile) const;
  /// Returns true if all tiles are in.
  [[nodiscard]] bool complete() const;
  /// Hands the whole arrays to a run of a later stage; they live as long as someone has them.
  void publish(graph::Materialised& finished) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
