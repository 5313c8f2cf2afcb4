#pragma once
/// The destination of results, piece by piece, when they are not kept in memory. A sink is told the shape first, then
/// receives every element once, in regions that arrive in any order, then is finished or aborted.
#include <memory>
#include <string>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A destination for one array. `write` may be called from several threads at a time; the others are called once.
class CHUNKWISE_API Sink {
 public:
  virtual ~Sink() = default;
  /// Returns its name for people, e.g. the file's name.
  [[nodiscard]] virtual std::string describe() const = 0;
  /// Called before the first write.
  virtual void begin(DType dtype, const Shape& shape, const ChunkGrid& grid, const Labels& labels) = 0;
  /// Receives the elements of `region` (steps are 1), row-major without gaps, of the type told to begin().
  virtual void write(const Region& region, const void* data) = 0;
  /// Called when everything was written: the result becomes visible.
  virtual void finish() = 0;
  /// Called when the run failed: nothing of it remains. Does not throw.
  virtual void abort() noexcept = 0;
};

/// A shared sink.
using SinkPtr = std::shared_ptr<Sink>;

}  // namespace chunkwise::inline CHUNKWISE_ABI
