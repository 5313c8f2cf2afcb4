#include "backends/cluster/unit_set.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

UnitSet::Ranges::const_iterator UnitSet::ending_beyond(std::int64_t unit) const {
  auto range = ranges_.upper_bound(unit);
  if (range != ranges_.begin() && std::prev(range)->last > unit) --range;
  return range;
}

void UnitSet::add(Units units) {
  if (units.count() <= 0) return;
  // A range that only touches the new one is joined with it as well.
  auto range = ending_beyond(units.first - 1);
  while (range != ranges_.end() && range->first <= units.last) {
    units = {std::min(units.first, range->first), std::max(units.last, range->last)};
    count_ -= range->count();
    range = ranges_.erase(range);
  }
  ranges_.insert(range, units);
  count_ += units.count();
}

void UnitSet::add(const UnitSet& other) {
  for (const Units& units : other) add(units);
}

void UnitSet::remove(Units units) {
  if (units.count() <= 0) return;
  auto range = ending_beyond(units.first);
  while (range != ranges_.end() && range->first < units.last) {
    const Units old = *range;
    count_ -= old.count();
    range = ranges_.erase(range);
    for (const Units& rest : {Units{old.first, units.first}, Units{units.last, old.last}}) {
      if (rest.count() <= 0) continue;
      ranges_.insert(range, rest);
      count_ += rest.count();
    }
  }
}

void UnitSet::remove(const UnitSet& other) {
  if (&other == this) return clear();
  const UnitSet gone = common(other);
  for (const Units& units : gone) remove(units);
}

bool UnitSet::contains(Units units) const {
  if (units.count() <= 0) return true;
  const auto range = ending_beyond(units.first);
  return range != ranges_.end() && range->first <= units.first && range->last >= units.last;
}

UnitSet UnitSet::common(Units units) const {
  UnitSet result;
  for (auto range = ending_beyond(units.first); range != ranges_.end() && range->first < units.last; ++range)
    result.add({std::max(range->first, units.first), std::min(range->last, units.last)});
  return result;
}

UnitSet UnitSet::common(const UnitSet& other) const {
  if (range_count() > other.range_count()) return other.common(*this);
  UnitSet result;
  for (const Units& units : ranges_) result.add(other.common(units));
  return result;
}

UnitSet UnitSet::without(const UnitSet& other) const {
  UnitSet result = *this;
  result.remove(other);
  return result;
}

std::int64_t UnitSet::nth(std::int64_t rank) const {
  assert(rank >= 0 && rank < count_);
  auto range = ranges_.begin();
  for (; rank >= range->count(); ++range) rank -= range->count();
  return range->first + rank;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
