#pragma once
/// Sets of work items of a step, as ranges: a set of a million work items that lie together costs as much as a set of
/// one. machine.hpp counts with them.
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Work items [first, last).
struct Items {
  std::int64_t first = 0, last = 0;
  [[nodiscard]] std::int64_t count() const { return last - first; }
  bool operator==(const Items&) const = default;
};

/// A set of work items as ranges that neither overlap nor touch. A function that takes or returns a range costs the
/// logarithm of the number of ranges, and the ranges that it touches.
class ItemSet {
  struct ByFirst {
    using is_transparent = void;
    bool operator()(const Items& a, const Items& b) const { return a.first < b.first; }
    bool operator()(std::int64_t item, const Items& b) const { return item < b.first; }
  };
  using Ranges = std::set<Items, ByFirst>;

 public:
  ItemSet() = default;
  explicit ItemSet(Items items) { add(items); }

  void add(Items items);
  void add(const ItemSet& other);
  void remove(Items items);
  void remove(const ItemSet& other);
  void clear() { *this = {}; }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Returns the number of work items.
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] bool contains(Items items) const;
  /// Returns the work items that are in both.
  [[nodiscard]] ItemSet common(Items items) const;
  [[nodiscard]] ItemSet common(const ItemSet& other) const;
  /// Returns the work items that are not in the other.
  [[nodiscard]] ItemSet without(const ItemSet& other) const;
  /// Returns the work item that has `rank` others before it, of [0, count()).
  [[nodiscard]] std::int64_t nth(std::int64_t rank) const;

  /// The ranges, ascending.
  [[nodiscard]] auto begin() const { return ranges_.begin(); }
  [[nodiscard]] auto end() const { return ranges_.end(); }
  [[nodiscard]] const Items& front() const { return *ranges_.begin(); }
  [[nodiscard]] const Items& back() const { return *ranges_.rbegin(); }
  [[nodiscard]] std::size_t range_count() const { return ranges_.size(); }

  bool operator==(const ItemSet& other) const { return ranges_ == other.ranges_; }

 private:
  /// Returns the first range that ends beyond a work item.
  [[nodiscard]] Ranges::const_iterator ending_beyond(std::int64_t item) const;

  Ranges ranges_;
  std::int64_t count_ = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
