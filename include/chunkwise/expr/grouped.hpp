#pragma once
/// Groups by several keys, by bins of a value and by windows of time, whose reductions have an axis for each key.
/// Groups of one part of a time, or of a coordinate, need no more than expr/groupby.hpp, `mean(t2m,
/// groupby("time.month"))`.
///
///     groupby(t2m, "time.year", "time.month").mean()                      // (year, month, latitude, longitude)
///     groupby(t2m, bins("latitude", {-90, -30, 30, 90})).reduce(max)      // (time, latitude_bins, longitude)
///     running(t2m, "time.dayofyear", 15).reduce(nanmean)                  // (dayofyear, latitude, longitude)
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/groupby.hpp"
#include "chunkwise/expr/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct KeyedArray;  // runtime/expr/group_keys.hpp

/// Bins of the values of a key, as pandas' cut makes them: `bins("latitude", {-90, 0, 90})`.
struct Bins {
  std::string key;              ///< a coordinate, "latitude", or a part of a time, "time.hour"
  std::vector<double> edges;    ///< ascending, two at least
  bool right = true;            ///< a bin has its upper edge, else its lower one
  bool include_lowest = false;  ///< with `right`, the first bin has its lower edge too
};
/// Returns bins between ascending edges; the axis is called `latitude_bins`, and its coordinate is their middles.
/// Values outside are in no group.
[[nodiscard]] inline Bins bins(TextArgument key, std::vector<double> edges, bool right = true,
                               bool include_lowest = false) {
  return {std::move(key), std::move(edges), right, include_lowest};
}

/// A key of groups: a coordinate, a part of a time, or bins of either.
class GroupBy {
 public:
  /// Equal values of a coordinate, "latitude", or of a part of a time, "time.month".
  template <class Text>
  requires std::constructible_from<TextArgument, const Text&> GroupBy(const Text& key)
      : bins_{TextArgument(key), {}, true, false} {}  // NOLINT: implicit on purpose
  /// Bins of a value.
  GroupBy(Bins bins) : bins_(std::move(bins)), has_bins_(true) {}  // NOLINT: implicit on purpose
  /// Returns the name of the key, with the edges of its bins if `has_bins()`.
  [[nodiscard]] const Bins& bins() const { return bins_; }
  /// Returns true for bins, false for equal values.
  [[nodiscard]] bool has_bins() const { return has_bins_; }

 private:
  Bins bins_;
  bool has_bins_ = false;
};

/// The windows of running groups that count.
enum class WindowEnds : std::uint8_t {
  exact,  ///< those whose steps all have elements
  pad,    ///< also those that lack some
  wrap,   ///< as exact, where the first step follows the last
};

namespace detail {

/// An array in groups along one axis, for arrays whose rank is known at run time.
class KeyedGroups {
 public:
  /// Returns groups by keys that lie along one dimension.
  [[nodiscard]] static KeyedGroups of(const UntypedArray& x, const std::vector<GroupBy>& keys);
  /// Returns groups of windows around each step of a part of a time.
  [[nodiscard]] static KeyedGroups running(const UntypedArray& x, const std::string& key, std::int64_t steps,
                                           WindowEnds ends);

  /// Returns the array that is reduced by `by`.
  [[nodiscard]] const UntypedArray& array() const;
  /// Returns the groups along its axis: all combinations, or those that have an element.
  [[nodiscard]] By by(bool with_elements_alone) const;
  /// Returns a reduction by these groups with an axis for each key; combinations without an element, if they were left
  /// out, are NaN, or type_mismatch of elements that have none.
  [[nodiscard]] UntypedArray with_axes_of_keys(UntypedArray reduced, bool with_elements_alone) const;
  /// Returns, for each element of the array before, the element of c of its groups.
  [[nodiscard]] UntypedArray spread(const UntypedArray& c) const;

 private:
  KeyedGroups(std::shared_ptr<const KeyedArray> keyed, bool overlap) : keyed_(std::move(keyed)), overlap_(overlap) {}
  std::shared_ptr<const KeyedArray> keyed_;
  bool overlap_ = false;
};

}  // namespace detail

/// An array of rank N in groups of combinations of `Keys` keys along one dimension. Reductions have an axis for each
/// key in its place. Copies share the array and the groups.
template <Element T, int N, int Keys>
class GroupedArray {
 public:
  /// Made by groupby and running.
  explicit GroupedArray(detail::KeyedGroups groups) : groups_(std::move(groups)) {}

  /// Returns a reduction of each group, with the options and further axes of that reduction: `reduce(stddev, ddof(1))`,
  /// `reduce(mean, axes("latitude"))`. A combination of keys that does not occur is the reduction of nothing; of
  /// reductions that need an element it is NaN. Throws as the reduction does.
  template <class Aggregate, class... Options>
  [[nodiscard]] auto reduce(const ReduceFunction<Aggregate>& function, const Options&... options) const {
    // A smallest element of none is NaN if elements are floating.
    constexpr bool leaves_out = Aggregate::needs_elements && std::is_floating_point_v<T>;
    const Array<T, N> array(groups_.array());
    const Array reduced = function(array, groups_.by(leaves_out), options...);
    using R = std::remove_const_t<decltype(reduced)>;
    return Array<value_type_of<R>, rank_of<R> + Keys - 1>(groups_.with_axes_of_keys(reduced.handle(), leaves_out));
  }
  /// Returns the mean of each group.
  [[nodiscard]] auto mean() const { return reduce(chunkwise::mean); }
  /// Returns the sum of each group.
  [[nodiscard]] auto sum() const { return reduce(chunkwise::sum); }
  /// Returns the number of elements of each group that are not NaN.
  [[nodiscard]] auto count() const { return reduce(chunkwise::count); }

  /// Returns for each element of the array that is grouped the element of c that belongs to its groups, found by the
  /// coordinates of the keys: `t2m - groups.spread(groups.mean())` is an anomaly. NaN for an element in no group.
  /// Throws not_found if c lacks an axis or a value, type_mismatch if NaN is wanted of a c that is not floating,
  /// invalid_argument for groups with windows, of which an element has several.
  template <Expression C>
  [[nodiscard]] Array<value_type_of<C>, rank_of<C> - Keys + 1> spread(const C& c) const {
    static_assert(rank_of<C> >= Keys, "chunkwise: an array with an element for each group has an axis for each key");
    using A = Array<value_type_of<C>, rank_of<C>>;
    return Array<value_type_of<C>, rank_of<C> - Keys + 1>(groups_.spread(A(c).handle()));
  }

 private:
  detail::KeyedGroups groups_;
};

/// Returns x in groups of all combinations of several keys, or by bins: `groupby(t2m, "time.year", "time.month")`. All
/// keys lie along one dimension, whose place their axes take in the order of the keys; their names are those of the
/// keys. Throws not_found for another coordinate or part, invalid_argument for keys along several dimensions, two of
/// one name and edges that do not ascend.
template <Expression E, class... Keys>
requires(sizeof...(Keys) > 0 && (std::constructible_from<GroupBy, const Keys&> && ...))
    [[nodiscard]] GroupedArray<value_type_of<E>, rank_of<E>, static_cast<int>(sizeof...(Keys))> groupby(
        const E& x, const Keys&... keys) {
  static_assert(rank_of<E> > 0, "chunkwise: groups are along an axis, and this array has none");
  return GroupedArray<value_type_of<E>, rank_of<E>, static_cast<int>(sizeof...(Keys))>(
      detail::KeyedGroups::of(Array<value_type_of<E>, rank_of<E>>(x).handle(), std::vector<GroupBy>{GroupBy(keys)...}));
}

/// Returns x in groups of a part of a time that have all elements of the windows around their steps: of each day of the
/// year the days around it, in all years, `running(t2m, "time.dayofyear", 15).mean()`, which is `cdo ydrunmean,15` of
/// daily values. docs/semantics.md, "Groups", defines windows and steps; in formulas they may have weights. Throws
/// not_found for another coordinate or part, invalid_argument for a part without steps and if no window counts.
template <Expression E>
[[nodiscard]] GroupedArray<value_type_of<E>, rank_of<E>, 1> running(const E& x, TextArgument key, std::int64_t steps,
                                                                    WindowEnds ends = WindowEnds::exact) {
  static_assert(rank_of<E> > 0, "chunkwise: groups are along an axis, and this array has none");
  return GroupedArray<value_type_of<E>, rank_of<E>, 1>(
      detail::KeyedGroups::running(Array<value_type_of<E>, rank_of<E>>(x).handle(), key, steps, ends));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
