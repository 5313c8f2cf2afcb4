#pragma once
/// The chunks that a worker keeps, of each array those that were made here: in memory, or in files if a directory was
/// given and memory is short. A chunk that was handed out lives on after it was dropped, until its user lets go.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "runtime/executor/admission.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

/// The name of an array in a store: the step of a run that makes it.
struct ArrayId {
  std::int64_t run = 0;
  std::int32_t step = 0;
  auto operator<=>(const ArrayId&) const = default;
};

/// Chunks [first, last) of an array, counted in row-major order.
struct ChunkRange {
  std::int64_t first = 0, last = 0;
  bool operator==(const ChunkRange&) const = default;
};

/// Reads a region of an array from elsewhere, row-major without gaps. May be called from several threads at a time.
using Fetch = std::function<void(const Region& region, void* out)>;

/// Called when a chunk is not here any more, since its file is gone or does not hold what was written. May be called
/// from several threads at a time; the store may be asked meanwhile.
using OnLost = std::function<void(ArrayId id, std::int64_t chunk, const std::string& why)>;

/// Decides when chunks go to files.
struct SpillOptions {
  std::string directory;           ///< empty: never
  std::uint64_t memory_limit = 0;  ///< of chunks in memory: beyond it, those unused for longest go to files
  OnLost on_lost = {};             ///< is told of a lost chunk before it is missed
};

/// Thread-safe. Chunks are numbered in row-major order and lie row-major without gaps. Memory is counted by the
/// admission as long as anyone has it.
class ChunkStore {
 public:
  /// Throws invalid_argument or io if the directory cannot be written to.
  explicit ChunkStore(std::shared_ptr<executor::Admission> admission, const SpillOptions& spill = {});
  ~ChunkStore();
  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  /// Makes an array without chunks. One that is there already stays; throws invalid_argument if it differs.
  void create(ArrayId id, DType dtype, const Shape& shape, const ChunkGrid& grid);
  [[nodiscard]] bool contains(ArrayId id) const;

  /// Returns memory for a chunk that is to be made: the same at each call until the chunk is committed, which makes it
  /// readable, or dropped. Throws not_found for an array, and out_of_range for a chunk, that is not there. If the disk
  /// does not take the chunks that have to make room, they stay in memory. Committing throws memory_limit if that is
  /// more than the admission's limit, and the chunk is committed all the same.
  [[nodiscard]] Buffer allocate(ArrayId id, std::int64_t chunk);
  void commit(ArrayId id, std::int64_t chunk);
  void commit(ArrayId id, ChunkRange range);

  /// Returns memory for a chunk that nobody else sees until put() makes it readable, if that chunk is not here by then.
  [[nodiscard]] Buffer room_for(ArrayId id, std::int64_t chunk) const;
  void put(ArrayId id, std::int64_t chunk, Buffer memory);

  /// Returns a chunk; null if it is not here (any more: SpillOptions::on_lost).
  [[nodiscard]] Buffer find(ArrayId id, std::int64_t chunk) const;
  /// Reads the elements of a region, row-major without gaps; steps may be negative. Elements in chunks that are not
  /// here are fetched; without `fetch` it throws not_found naming the first of these chunks.
  void read(ArrayId id, const Region& region, void* out, const Fetch& fetch = nullptr) const;
  /// Returns the elements of a region in place, if they are in one chunk that is here; else data is null.
  [[nodiscard]] UntypedNdArray view(ArrayId id, const Region& region) const;

  /// Forgets an array, or some of its chunks, made or being made. A missing one is no error.
  void drop(ArrayId id);
  void drop(ArrayId id, ChunkRange range);

  /// Returns the committed chunks that are here.
  [[nodiscard]] std::vector<ChunkRange> held(ArrayId id) const;
  [[nodiscard]] std::vector<std::pair<ArrayId, std::vector<ChunkRange>>> held() const;
  /// Bytes of committed chunks: all, and those in memory.
  struct Bytes {
    std::uint64_t all = 0, in_memory = 0;
  };
  [[nodiscard]] Bytes bytes() const;
  /// Returns the reason why chunks could not be written to files at the last attempt; empty: they could.
  [[nodiscard]] std::string spill_problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
