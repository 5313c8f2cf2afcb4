#include "chunkwise/expr/grouped.hpp"

#include <algorithm>

#include "runtime/core/labels_data.hpp"
#include "runtime/expr/group_keys.hpp"
#include "runtime/expr/running_groups.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

KeyedGroups KeyedGroups::of(const UntypedArray& x, const std::vector<GroupBy>& keys) {
  std::vector<GroupKey> all;
  for (const GroupBy& key : keys) {
    KeyNumbers numbers = key_numbers(x.labels, x.shape, key.bins().key);
    if (!all.empty() && numbers.axes != all.front().axes)
      throw Error(ErrorCode::invalid_argument,
                  "groupby: the keys of one call lie along one dimension, and " + quoted(all.front().name) +
                      " lies along " + quoted(x.labels.dimension(all.front().axes.front())) + ", " +
                      quoted(numbers.name) + " along " + quoted(x.labels.dimension(numbers.axes.front())));
    const Bins& bins = key.bins();
    all.push_back(key.has_bins() ? binned(numbers, {bins.edges, bins.right, bins.include_lowest, {}})
                                 : equal_numbers(std::move(numbers)));
  }
  return {std::make_shared<const KeyedArray>(keyed(x, std::move(all))), false};
}

KeyedGroups KeyedGroups::running(const UntypedArray& x, const std::string& key, std::int64_t steps, WindowEnds ends) {
  return {std::make_shared<const KeyedArray>(running_groups(x, key, {steps, {}, ends}).keyed), true};
}

const UntypedArray& KeyedGroups::array() const { return keyed_->array; }

By KeyedGroups::by(bool with_elements_alone) const {
  const Groups groups = with_elements_alone ? groups_with_elements(keyed_->groups).first : keyed_->groups;
  By by;
  by.kind = By::Kind::labels;
  by.number = groups.grouping->axis;
  by.labels = groups.grouping->labels;
  by.groups = groups.grouping->groups;
  return by;
}

UntypedArray KeyedGroups::with_axes_of_keys(UntypedArray reduced, bool with_elements_alone) const {
  // Keys are found by the name of their dimension, which the axis has kept.
  const int rank = reduced.shape.rank();
  const int axis = reduced.labels.axis(keyed_->array.labels.dimension(keyed_->groups.grouping->axis), rank);
  if (with_elements_alone) {
    auto [groups, places] = groups_with_elements(keyed_->groups);
    if (std::ranges::find(places, -1) != places.end())
      reduced = take_or_missing(reduced, std::move(places), axis, "groupby");
  }
  std::vector<std::string> names;
  for (int i = 0; i < rank; ++i) names.push_back(i == axis ? keyed_->groups.dimension : reduced.labels.dimension(i));
  reduced.labels =
      reduced.labels.with_record(axis, false).with_dimensions(std::move(names)).with_coordinate(axis, Coordinate());
  return chunkwise::with_axes_of_keys(reduced, *keyed_);
}

UntypedArray KeyedGroups::spread(const UntypedArray& c) const {
  if (overlap_)
    throw Error(ErrorCode::invalid_argument,
                "spread: of groups with windows an element has several; groupby of the same key stands beside them");
  return of_keys(c, *keyed_);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
