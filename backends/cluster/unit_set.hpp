#pragma once
/// Sets of units of a step, as ranges: a set of a million units that lie together costs as much as a set of one.
/// machine.hpp counts with them.
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// Units [first, last).
struct Units {
  std::int64_t first = 0, last = 0;
  [[nodiscard]] std::int64_t count() const { return last - first; }
  bool operator==(const Units&) const = default;
};

/// A set of units as ranges that neither overlap nor touch. A function that takes or returns a range costs the
/// logarithm of the number of ranges, and the ranges that it touches.
class UnitSet {
  struct ByFirst {
    using is_transparent = void;
    bool operator()(const Units& a, const Units& b) const { return a.first < b.first; }
    bool operator()(std::int64_t unit, const Units& b) const { return unit < b.first; }
  };
  using Ranges = std::set<Units, ByFirst>;

 public:
  UnitSet() = default;
  explicit UnitSet(Units units) { add(units); }

  void add(Units units);
  void add(const UnitSet& other);
  void remove(Units units);
  void remove(const UnitSet& other);
  void clear() { *this = {}; }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Returns the number of units.
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] bool contains(Units units) const;
  /// Returns the units that are in both.
  [[nodiscard]] UnitSet common(Units units) const;
  [[nodiscard]] UnitSet common(const UnitSet& other) const;
  /// Returns the units that are not in the other.
  [[nodiscard]] UnitSet without(const UnitSet& other) const;
  /// Returns the unit that has `rank` others before it, of [0, count()).
  [[nodiscard]] std::int64_t nth(std::int64_t rank) const;

  /// The ranges, ascending.
  [[nodiscard]] auto begin() const { return ranges_.begin(); }
  [[nodiscard]] auto end() const { return ranges_.end(); }
  [[nodiscard]] const Units& front() const { return *ranges_.begin(); }
  [[nodiscard]] const Units& back() const { return *ranges_.rbegin(); }
  [[nodiscard]] std::size_t range_count() const { return ranges_.size(); }

  bool operator==(const UnitSet& other) const { return ranges_ == other.ranges_; }

 private:
  /// Returns the first range that ends beyond a unit.
  [[nodiscard]] Ranges::const_iterator ending_beyond(std::int64_t unit) const;

  Ranges ranges_;
  std::int64_t count_ = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
