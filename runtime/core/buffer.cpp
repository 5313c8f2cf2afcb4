#include "chunkwise/core/buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <set>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "runtime/core/buffer_pool.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallest_mapping = std::size_t{64} << 10;
constexpr std::size_t huge_page = std::size_t{2} << 20;
/// Larger sizes could overflow when they are rounded, and no machine has them.
constexpr std::size_t largest_request = std::size_t{1} << 47;

[[noreturn]] void refuse(std::size_t bytes, const PoolStatistics& held) {
  throw Error(ErrorCode::memory_limit, "the system has no memory for a buffer of " +
                                           format_bytes(static_cast<double>(bytes)) + "; chunkwise already uses " +
                                           format_bytes(static_cast<double>(held.in_use)) + " and keeps " +
                                           format_bytes(static_cast<double>(held.kept)) +
                                           "; compute smaller parts of the array, or run with a lower memory limit");
}

/// Returns pages of the operating system, or null; from 2 MiB on they start at a place for a huge page.
std::byte* map_pages(std::size_t size) {
  const bool huge = size >= huge_page;
  const std::size_t mapped = huge ? size + huge_page : size;
  void* const start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  auto* first = static_cast<std::byte*>(start);
  if (!huge) return first;
  const std::size_t lead = (huge_page - reinterpret_cast<std::uintptr_t>(first) % huge_page) % huge_page;
  if (lead > 0) munmap(first, lead);
  first += lead;
  if (lead < huge_page) munmap(first + size, huge_page - lead);
  // This is a wish: if the system has no huge pages, ordinary ones do.
  (void)madvise(first, size, MADV_HUGEPAGE);
  return first;
}

/// Memory that was given back, waiting for its next owner.
struct Piece {
  std::byte* data = nullptr;
  std::size_t size = 0;
};

void unmap(const std::list<Piece>& pieces) noexcept {
  for (const Piece& piece : pieces) munmap(piece.data, piece.size);
}

std::size_t default_cap() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) / 4 : 0;
}

class Pool {
 public:
  Pool() { hold_over_forks(mutex_); }

  std::byte* take(std::size_t asked, std::size_t& size) {
    size = pooled_size(asked);
    if (size < smallest_mapping) return take_small(asked, size);
    std::list<Piece> leaving;
    {
      const std::scoped_lock lock(mutex_);
      // The smallest piece that is large enough, unless it wastes more than a quarter, or wastes anything while a limit
      // is near.
      const std::size_t waste = statistics_.kept <= room_beside(size) ? size / 4 : 0;
      auto found = by_size_.lower_bound(size);
      if (found != by_size_.end() && found->first <= size + waste) {
        // Of several, takes the one given back last: it may still be in a cache.
        found = std::prev(by_size_.upper_bound(found->first));
        const auto piece = found->second;
        std::byte* const data = piece->data;
        size = piece->size;
        by_size_.erase(found);
        kept_.erase(piece);
        statistics_.kept -= size;
        statistics_.in_use += size;
        ++statistics_.reused;
        return data;
      }
      // Memory is counted before it is there, so that the peak holds for whoever asks meanwhile.
      begin_use(size, leaving);
      ++statistics_.fresh;
    }
    unmap(leaving);
    std::byte* data = map_pages(size);
    if (data == nullptr) {
      trim(0);
      data = map_pages(size);
    }
    if (data == nullptr) {
      const std::scoped_lock lock(mutex_);
      statistics_.in_use -= size;
      --statistics_.fresh;
      refuse(asked, statistics_);
    }
    return data;
  }

  void give_back(std::byte* data, std::size_t size) noexcept {
    if (size < smallest_mapping) {
      std::free(data);
      const std::scoped_lock lock(mutex_);
      statistics_.in_use -= size;
      return;
    }
    std::list<Piece> leaving;
    try {
      std::list<Piece> arriving{{data, size}};
      const std::scoped_lock lock(mutex_);
      by_size_.emplace(size, arriving.begin());
      kept_.splice(kept_.end(), arriving);
      statistics_.in_use -= size;
      statistics_.kept += size;
      // A piece that is too large to be kept must not drive out the others first.
      if (size > cap_) leave(std::prev(kept_.end()), leaving);
      remove_until(cap_, leaving);
    } catch (const std::bad_alloc&) {
      // No memory for the book: the piece goes straight back, which may also help.
      const std::scoped_lock lock(mutex_);
      statistics_.in_use -= size;
      munmap(data, size);
    }
    unmap(leaving);
  }

  void trim(std::size_t bytes) {
    std::list<Piece> leaving;
    {
      const std::scoped_lock lock(mutex_);
      remove_until(bytes, leaving);
    }
    unmap(leaving);
  }

  void set_cap(std::size_t bytes) {
    {
      const std::scoped_lock lock(mutex_);
      cap_ = bytes;
    }
    trim(bytes);
  }
  std::size_t cap() {
    const std::scoped_lock lock(mutex_);
    return cap_;
  }
  void add_limit(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    limits_.insert(bytes);
  }
  void remove_limit(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    limits_.erase(limits_.find(bytes));
  }
  PoolStatistics statistics() {
    const std::scoped_lock lock(mutex_);
    return statistics_;
  }
  void reset_peak() {
    const std::scoped_lock lock(mutex_);
    statistics_.peak = statistics_.in_use + statistics_.kept;
  }

 private:
  std::byte* take_small(std::size_t asked, std::size_t size) {
    void* data = std::aligned_alloc(alignment, size);
    if (data == nullptr) {
      trim(0);
      data = std::aligned_alloc(alignment, size);
    }
    std::list<Piece> leaving;
    {
      const std::scoped_lock lock(mutex_);
      if (data == nullptr) refuse(asked, statistics_);
      begin_use(size, leaving);
    }
    unmap(leaving);
    return static_cast<std::byte*>(data);
  }

  /// Returns how many bytes may be kept when so many bytes more are in use.
  [[nodiscard]] std::size_t room_beside(std::size_t size) const {
    if (limits_.empty()) return ~std::size_t{0};
    const std::size_t used = statistics_.in_use + size;
    return *limits_.begin() - std::min(used, *limits_.begin());
  }
  void begin_use(std::size_t size, std::list<Piece>& leaving) {
    remove_until(room_beside(size), leaving);
    statistics_.in_use += size;
    statistics_.peak = std::max(statistics_.peak, statistics_.in_use + statistics_.kept);
  }

  /// Takes out the pieces that have waited longest until at most `bytes` are kept. The caller unmaps them without the
  /// lock: giving pages back takes long.
  void remove_until(std::size_t bytes, std::list<Piece>& leaving) {
    while (statistics_.kept > bytes) leave(kept_.begin(), leaving);
  }
  void leave(std::list<Piece>::iterator piece, std::list<Piece>& leaving) {
    auto entry = by_size_.lower_bound(piece->size);
    while (entry->second != piece) ++entry;
    by_size_.erase(entry);
    statistics_.kept -= piece->size;
    leaving.splice(leaving.end(), kept_, piece);
  }

  std::mutex mutex_;
  std::list<Piece> kept_;  ///< oldest first
  std::multimap<std::size_t, std::list<Piece>::iterator> by_size_;
  std::size_t cap_ = default_cap();
  std::multiset<std::size_t> limits_;  ///< of the runs at this moment
  PoolStatistics statistics_;
};

/// Never destroyed: a buffer may be given back while static objects are being destroyed.
Pool& pool() {
  return *detail::made_once([] { return new Pool; });
}

}  // namespace

std::size_t pooled_size(std::size_t bytes) {
  if (bytes > largest_request) refuse(bytes, pool_statistics());
  if (bytes < smallest_mapping) {
    const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
    if (rounded < smallest_mapping) return rounded;
  }
  // Eight classes between a power of two and the next: whole pages from 64 KiB on, whole huge pages from 16 MiB on.
  const std::size_t step = std::bit_floor(std::max(bytes, smallest_mapping)) / 8;
  return (bytes + step - 1) / step * step;
}

Buffer allocate_buffer(std::size_t bytes) {
  Pool& from = pool();
  std::size_t size = 0;
  std::byte* const data = from.take(bytes, size);
  return Buffer(data, [&from, size](std::byte* memory) { from.give_back(memory, size); });
}

PoolStatistics pool_statistics() { return pool().statistics(); }
void reset_pool_peak() { pool().reset_peak(); }
void trim_pool(std::size_t bytes) { pool().trim(bytes); }
void set_pool_cap(std::size_t bytes) { pool().set_cap(bytes); }
std::size_t pool_cap() { return pool().cap(); }

PoolLimit::PoolLimit(std::size_t bytes) : bytes_(bytes) { pool().add_limit(bytes); }
PoolLimit::~PoolLimit() { pool().remove_limit(bytes_); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
