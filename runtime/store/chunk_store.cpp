#include "runtime/store/chunk_store.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "runtime/executor/copy.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/store/for_each_chunk.hpp"
#include "runtime/store/spill_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

namespace {

/// The time for which a disk that took nothing is not tried again.
constexpr std::chrono::seconds full_disk_is_left_alone{5};

std::string text(ArrayId id) { return "array " + std::to_string(id.run) + "." + std::to_string(id.step); }

Region chunk_box(const ChunkGrid& grid, std::int64_t chunk) { return grid.region(grid.chunk(chunk)); }

std::uint64_t bytes_of(const ChunkGrid& grid, std::int64_t chunk, DType dtype) {
  return static_cast<std::uint64_t>(chunk_box(grid, chunk).elements()) * size_of(dtype);
}

}  // namespace

struct ChunkStore::State {
  struct Key {
    ArrayId id;
    std::int64_t chunk = 0;
  };
  struct Chunk {
    Buffer memory;                          ///< null: in the file alone
    std::shared_ptr<const SpillFile> file;  ///< null: never spilled
    std::uint64_t bytes = 0;
    std::list<Key>::iterator use{};  ///< its place in `used`, if it is in memory
  };
  struct Array {
    DType dtype = DType::float64;
    ChunkGrid grid;
    std::unordered_map<std::int64_t, Buffer> pending;
    std::map<std::int64_t, Chunk> chunks;
  };

  State(std::shared_ptr<executor::Admission> shared, const SpillOptions& options)
      : admission(std::move(shared)), spill(options) {
    if (!spill.directory.empty()) folder = std::make_shared<SpillFolder>(spill.directory);
  }

  std::shared_ptr<executor::Admission> admission;
  SpillOptions spill;
  std::shared_ptr<SpillFolder> folder;  ///< null: nothing is spilled
  std::mutex spilling;                  ///< held by the thread that writes files; others who need room wait for it
  std::mutex mutex;                     ///< of the members below; no chunk is copied, written or read while it is held
  std::map<ArrayId, Array> arrays;
  std::list<Key> used;  ///< chunks in memory, that used last at the end
  Bytes bytes;
  std::string spill_problem;                          ///< the reason why the last file was not written; empty: it was
  std::chrono::steady_clock::time_point tried_again;  ///< time of the next try of the disk, after that

  [[nodiscard]] Array& array(ArrayId id) {
    const auto found = arrays.find(id);
    if (found == arrays.end()) throw Error(ErrorCode::not_found, "this store has no " + text(id));
    return found->second;
  }
  [[nodiscard]] Array& array(ArrayId id, std::int64_t chunk) {
    Array& found = array(id);
    if (const std::int64_t chunks = found.grid.chunks(); chunk < 0 || chunk >= chunks)
      throw Error(ErrorCode::out_of_range,
                  "chunk " + std::to_string(chunk) + " of " + text(id) + ", which has " + std::to_string(chunks));
    return found;
  }
  [[nodiscard]] Chunk* find(ArrayId id, std::int64_t chunk) {
    const auto a = arrays.find(id);
    if (a == arrays.end()) return nullptr;
    const auto c = a->second.chunks.find(chunk);
    return c == a->second.chunks.end() ? nullptr : &c->second;
  }

  /// Returns memory that counts as held until its last user lets go.
  [[nodiscard]] Buffer held_memory(std::uint64_t size) const {
    struct Held {
      executor::Admission::Reservation reservation;
      Buffer memory;
    };
    const auto held =
        std::make_shared<Held>(Held{admission->hold(size), allocate_buffer(std::max<std::size_t>(size, 1))});
    return {held, held->memory.get()};
  }

  void take_in(Key key, Chunk& chunk, Buffer memory) {
    chunk.memory = std::move(memory);
    chunk.use = used.insert(used.end(), key);
    bytes.in_memory += chunk.bytes;
  }
  /// Takes the chunk's memory out and returns it; the caller lets it go without the lock.
  Buffer put_out(Chunk& chunk) {
    if (!chunk.memory) return nullptr;
    used.erase(chunk.use);
    bytes.in_memory -= chunk.bytes;
    return std::exchange(chunk.memory, nullptr);
  }

  /// Writes the chunks unused for longest to files, until those in memory are within the limit, or the disk takes no
  /// more; throws memory_limit if the memory of the admission does not hold them then.
  void make_room() {
    if (!folder) return;
    const std::scoped_lock one(spilling);
    for (;;) {
      Key key;
      Buffer memory;
      std::uint64_t size = 0;
      {
        const std::scoped_lock lock(mutex);
        if (bytes.in_memory <= spill.memory_limit) return;
        const bool full = !spill_problem.empty() && std::chrono::steady_clock::now() < tried_again;
        const auto oldest = full ? oldest_in_file() : used.begin();
        if (oldest == used.end()) break;
        key = *oldest;
        Chunk& chunk = *find(key.id, key.chunk);
        size = chunk.bytes;
        memory = chunk.file ? put_out(chunk) : chunk.memory;
        if (chunk.file) continue;
      }
      std::shared_ptr<const SpillFile> file;
      std::string problem;
      try {
        file = std::make_shared<const SpillFile>(folder, memory.get(), size);
      } catch (const Error& error) {
        problem = error.what();
      }
      const std::scoped_lock lock(mutex);
      spill_problem = std::move(problem);
      tried_again = std::chrono::steady_clock::now() + full_disk_is_left_alone;
      if (!file) continue;
      // It may have been dropped, or made again, in the meantime.
      Chunk* const chunk = find(key.id, key.chunk);
      if (!chunk || chunk->memory != memory) continue;
      chunk->file = std::move(file);
      (void)put_out(*chunk);
    }
    if (admission->free() == 0)
      throw Error(ErrorCode::memory_limit, "chunks do not fit into memory, and cannot go to files: " + spill_problem);
  }
  /// Returns the chunk unused for longest of those that are in files too; end() if there is none.
  std::list<Key>::iterator oldest_in_file() {
    return std::find_if(used.begin(), used.end(), [this](const Key& key) { return find(key.id, key.chunk)->file; });
  }

  /// Returns a chunk's memory, read back if necessary; null if it is not here.
  [[nodiscard]] Buffer load(ArrayId id, std::int64_t number) {
    std::shared_ptr<const SpillFile> file;
    std::uint64_t size = 0;
    {
      const std::scoped_lock lock(mutex);
      Chunk* const chunk = find(id, number);
      if (!chunk) return nullptr;
      if (chunk->memory) {
        used.splice(used.end(), used, chunk->use);
        return chunk->memory;
      }
      file = chunk->file;
      size = chunk->bytes;
    }
    Buffer memory = held_memory(size);
    try {
      file->read(memory.get());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::lost) throw;
      lose({id, number}, file, error.what());
      if (!file->is_there()) lose_removed();
      return nullptr;
    }
    {
      const std::scoped_lock lock(mutex);
      Chunk* const chunk = find(id, number);
      if (!chunk || chunk->file != file) return memory;
      if (chunk->memory) return chunk->memory;
      take_in({id, number}, *chunk, memory);
    }
    try {
      make_room();
    } catch (const Error&) {
      // This concerns the caller that makes chunks, not the one that reads them.
    }
    return memory;
  }

  void forget(Array& array, std::map<std::int64_t, Chunk>::iterator chunk, std::vector<Chunk>& gone) {
    bytes.all -= chunk->second.bytes;
    gone.push_back({put_out(chunk->second), std::move(chunk->second.file), 0, {}});
    array.chunks.erase(chunk);
  }

  /// Forgets a chunk whose file did not return what was written to it, unless the chunk is in memory too.
  void lose(Key key, const std::shared_ptr<const SpillFile>& file, const std::string& why) {
    {
      std::vector<Chunk> gone;
      const std::scoped_lock lock(mutex);
      const auto found = arrays.find(key.id);
      if (found == arrays.end()) return;
      const auto chunk = found->second.chunks.find(key.chunk);
      if (chunk == found->second.chunks.end() || chunk->second.file != file) return;
      if (chunk->second.memory) {
        chunk->second.file = nullptr;
        return;
      }
      forget(found->second, chunk, gone);
    }
    if (spill.on_lost) spill.on_lost(key.id, key.chunk, why);
  }

  /// Whoever removed one file has removed others too: they need not be missed one by one.
  void lose_removed() {
    std::vector<std::pair<Key, std::shared_ptr<const SpillFile>>> spilled;
    {
      const std::scoped_lock lock(mutex);
      for (const auto& [id, array] : arrays)
        for (const auto& [number, chunk] : array.chunks)
          if (chunk.file) spilled.emplace_back(Key{id, number}, chunk.file);
    }
    for (const auto& [key, file] : spilled)
      if (!file->is_there()) lose(key, file, "its spilled chunk " + file->path() + " was removed or cut off");
  }

  static std::vector<ChunkRange> ranges(const Array& array) {
    std::vector<ChunkRange> ranges;
    for (const auto& [number, chunk] : array.chunks) {
      if (ranges.empty() || ranges.back().last != number) ranges.push_back({number, number});
      ++ranges.back().last;
    }
    return ranges;
  }
};

ChunkStore::ChunkStore(std::shared_ptr<executor::Admission> admission, const SpillOptions& spill)
    : state_(std::make_unique<State>(std::move(admission), spill)) {}

ChunkStore::~ChunkStore() = default;

void ChunkStore::create(ArrayId id, DType dtype, const Shape& shape, const ChunkGrid& grid) {
  if (!(grid.shape() == shape))
    throw Error(ErrorCode::invalid_argument, text(id) + " has shape " + to_string(shape) + " and chunks of another");
  const std::scoped_lock lock(state_->mutex);
  const auto [entry, added] = state_->arrays.try_emplace(id);
  State::Array& array = entry->second;
  if (!added) {
    if (array.dtype == dtype && array.grid == grid) return;
    throw Error(ErrorCode::invalid_argument, text(id) + " is in the store already, as another array");
  }
  array.dtype = dtype;
  array.grid = grid;
}

bool ChunkStore::contains(ArrayId id) const {
  const std::scoped_lock lock(state_->mutex);
  return state_->arrays.contains(id);
}

Buffer ChunkStore::allocate(ArrayId id, std::int64_t chunk) {
  std::uint64_t size = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    State::Array& array = state_->array(id, chunk);
    if (const auto found = array.pending.find(chunk); found != array.pending.end()) return found->second;
    size = bytes_of(array.grid, chunk, array.dtype);
  }
  Buffer memory = state_->held_memory(size);
  const std::scoped_lock lock(state_->mutex);
  return state_->array(id, chunk).pending.try_emplace(chunk, std::move(memory)).first->second;
}

void ChunkStore::commit(ArrayId id, std::int64_t chunk) { commit(id, {chunk, chunk + 1}); }

void ChunkStore::commit(ArrayId id, ChunkRange range) {
  std::vector<State::Chunk> gone;
  {
    const std::scoped_lock lock(state_->mutex);
    State::Array& array = state_->array(id);
    for (std::int64_t number = range.first; number < range.last; ++number) {
      auto pending = array.pending.extract(number);
      if (!pending)
        throw Error(ErrorCode::not_found, "chunk " + std::to_string(number) + " of " + text(id) + " was not allocated");
      if (const auto old = array.chunks.find(number); old != array.chunks.end()) state_->forget(array, old, gone);
      State::Chunk& chunk = array.chunks[number];
      chunk.bytes = bytes_of(array.grid, number, array.dtype);
      state_->bytes.all += chunk.bytes;
      state_->take_in({id, number}, chunk, std::move(pending.mapped()));
    }
  }
  state_->make_room();
}

Buffer ChunkStore::room_for(ArrayId id, std::int64_t chunk) const {
  std::uint64_t size = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    const State::Array& array = state_->array(id, chunk);
    size = bytes_of(array.grid, chunk, array.dtype);
  }
  return state_->held_memory(size);
}

void ChunkStore::put(ArrayId id, std::int64_t chunk, Buffer memory) {
  {
    const std::scoped_lock lock(state_->mutex);
    State::Array& array = state_->array(id, chunk);
    if (array.chunks.contains(chunk)) return;
    State::Chunk& own = array.chunks[chunk];
    own.bytes = bytes_of(array.grid, chunk, array.dtype);
    state_->bytes.all += own.bytes;
    state_->take_in({id, chunk}, own, std::move(memory));
  }
  state_->make_room();
}

Buffer ChunkStore::find(ArrayId id, std::int64_t chunk) const { return state_->load(id, chunk); }

void ChunkStore::read(ArrayId id, const Region& region, void* out, const Fetch& fetch) const {
  DType dtype = DType::float64;
  ChunkGrid grid;
  bool any = false;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->arrays.find(id);
    if (found == state_->arrays.end() && !fetch) (void)state_->array(id);
    if (found != state_->arrays.end()) {
      dtype = found->second.dtype;
      grid = found->second.grid;
      for_each_chunk(grid, region, [&](std::int64_t chunk, const Region&, const PerAxis<std::int64_t>&) {
        any = any || found->second.chunks.contains(chunk);
      });
    }
  }
  // If all of a region is elsewhere, one piece is asked for, not one a chunk.
  if (!any && fetch) return fetch(region, out);
  const std::size_t size = size_of(dtype);
  const PerAxis<std::int64_t> strides = row_major_strides(region.shape());
  for_each_chunk(grid, region, [&](std::int64_t number, const Region& part, const PerAxis<std::int64_t>& at) {
    std::int64_t offset = 0;
    for (int axis = 0; axis < part.rank(); ++axis) offset += at[axis] * strides[axis];
    std::byte* const to = static_cast<std::byte*>(out) + offset * static_cast<std::int64_t>(size);
    const Shape shape = part.shape();
    if (const Buffer memory = find(id, number)) {
      const Region box = chunk_box(grid, number);
      const UntypedNdArray from = part_of({dtype, box.shape(), row_major_strides(box.shape()), memory, memory.get()},
                                          plan::relative(part, box));
      executor::copy_elements(shape, size, from.data, from.strides, to, strides);
      return;
    }
    if (!fetch)
      throw Error(ErrorCode::not_found, "chunk " + std::to_string(number) + " of " + text(id) + " is not here");
    const Buffer fetched = allocate_buffer(static_cast<std::size_t>(shape.elements()) * size);
    fetch(part, fetched.get());
    executor::copy_elements(shape, size, fetched.get(), row_major_strides(shape), to, strides);
  });
}

UntypedNdArray ChunkStore::view(ArrayId id, const Region& region) const {
  DType dtype = DType::float64;
  std::int64_t number = 0;
  Region box;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->arrays.find(id);
    if (found == state_->arrays.end()) return {};
    dtype = found->second.dtype;
    const ChunkGrid& grid = found->second.grid;
    const std::optional<ChunkIndex> chunk = plan::chunk_around(grid, region);
    if (!chunk) return {};
    box = grid.region(*chunk);
    for (int axis = 0; axis < grid.rank(); ++axis) number = number * grid[axis].count() + (*chunk)[axis];
  }
  const Buffer memory = find(id, number);
  if (!memory) return {};
  return part_of({dtype, box.shape(), row_major_strides(box.shape()), memory, memory.get()},
                 plan::relative(region, box));
}

void ChunkStore::drop(ArrayId id) {
  // The chunks in it go without the lock: removing files takes its time.
  std::map<ArrayId, State::Array>::node_type gone;
  std::vector<State::Chunk> chunks;
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->arrays.find(id);
  if (found == state_->arrays.end()) return;
  while (!found->second.chunks.empty()) state_->forget(found->second, found->second.chunks.begin(), chunks);
  gone = state_->arrays.extract(found);
}

void ChunkStore::drop(ArrayId id, ChunkRange range) {
  std::vector<Buffer> pending;
  std::vector<State::Chunk> chunks;
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->arrays.find(id);
  if (found == state_->arrays.end()) return;
  State::Array& array = found->second;
  for (auto it = array.chunks.lower_bound(range.first); it != array.chunks.end() && it->first < range.last;)
    state_->forget(array, it++, chunks);
  std::erase_if(array.pending, [&](auto& entry) {
    if (entry.first < range.first || entry.first >= range.last) return false;
    pending.push_back(std::move(entry.second));
    return true;
  });
}

std::vector<ChunkRange> ChunkStore::held(ArrayId id) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->arrays.find(id);
  return found == state_->arrays.end() ? std::vector<ChunkRange>{} : State::ranges(found->second);
}

std::vector<std::pair<ArrayId, std::vector<ChunkRange>>> ChunkStore::held() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<std::pair<ArrayId, std::vector<ChunkRange>>> all;
  for (const auto& [id, array] : state_->arrays) all.emplace_back(id, State::ranges(array));
  return all;
}

std::string ChunkStore::spill_problem() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->spill_problem;
}

ChunkStore::Bytes ChunkStore::bytes() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->bytes;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
