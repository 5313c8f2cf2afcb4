#include "backends/cluster/item_set.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

ItemSet::Ranges::const_iterator ItemSet::ending_beyond(std::int64_t item) const {
  auto range = ranges_.upper_bound(item);
  if (range != ranges_.begin() && std::prev(range)->last > item) --range;
  return range;
}

void ItemSet::add(Items items) {
  if (items.count() <= 0) return;
  // A range that only touches the new one is joined with it as well.
  auto range = ending_beyond(items.first - 1);
  while (range != ranges_.end() && range->first <= items.last) {
    items = {std::min(items.first, range->first), std::max(items.last, range->last)};
    count_ -= range->count();
    range = ranges_.erase(range);
  }
  ranges_.insert(range, items);
  count_ += items.count();
}

void ItemSet::add(const ItemSet& other) {
  for (const Items& items : other) add(items);
}

void ItemSet::remove(Items items) {
  if (items.count() <= 0) return;
  auto range = ending_beyond(items.first);
  while (range != ranges_.end() && range->first < items.last) {
    const Items old = *range;
    count_ -= old.count();
    range = ranges_.erase(range);
    for (const Items& rest : {Items{old.first, items.first}, Items{items.last, old.last}}) {
      if (rest.count() <= 0) continue;
      ranges_.insert(range, rest);
      count_ += rest.count();
    }
  }
}

void ItemSet::remove(const ItemSet& other) {
  if (&other == this) return clear();
  const ItemSet gone = common(other);
  for (const Items& items : gone) remove(items);
}

bool ItemSet::contains(Items items) const {
  if (items.count() <= 0) return true;
  const auto range = ending_beyond(items.first);
  return range != ranges_.end() && range->first <= items.first && range->last >= items.last;
}

ItemSet ItemSet::common(Items items) const {
  ItemSet result;
  for (auto range = ending_beyond(items.first); range != ranges_.end() && range->first < items.last; ++range)
    result.add({std::max(range->first, items.first), std::min(range->last, items.last)});
  return result;
}

ItemSet ItemSet::common(const ItemSet& other) const {
  if (range_count() > other.range_count()) return other.common(*this);
  ItemSet result;
  for (const Items& items : ranges_) result.add(other.common(items));
  return result;
}

ItemSet ItemSet::without(const ItemSet& other) const {
  ItemSet result = *this;
  result.remove(other);
  return result;
}

std::int64_t ItemSet::nth(std::int64_t rank) const {
  assert(rank >= 0 && rank < count_);
  auto range = ranges_.begin();
  for (; rank >= range->count(); ++range) rank -= range->count();
  return range->first + rank;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
