#include "chunkwise/expr/reindex.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "chunkwise/expr/groupby.hpp"
#include "chunkwise/expr/shape.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_scale.hpp"
#include "runtime/expr/group_keys.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The values of a coordinate in ascending order, among which others are looked for: numbers, or of times milliseconds.
class SortedValues {
 public:
  SortedValues(const CoordinateScale& scale, std::optional<TimeUnits> units) : scale_(scale), units_(units) {
    for (std::int64_t i = 0; i < scale.size(); ++i)
      if (scale.has(i)) values_.push_back({key(scale[i]), i});
    descends_ = values_.size() > 1 && std::ranges::is_sorted(values_, std::ranges::greater(), &Entry::key);
    ascends_ = std::ranges::is_sorted(values_, {}, &Entry::key);
    std::ranges::stable_sort(values_, {}, &Entry::key);
    for (std::size_t k = 1; k < values_.size(); ++k)
      if (values_[k - 1].key == values_[k].key)
        throw Error(ErrorCode::invalid_argument,
                    "reindex: " + quoted(scale.dimension()) + " has " + scale.text(values_[k].index) + " at index " +
                        std::to_string(values_[k - 1].index) + " and at index " + std::to_string(values_[k].index) +
                        ", so there is no telling which is meant");
  }

  struct Found {
    std::int64_t index = -1;  ///< -1: there is none within the tolerance
    bool is_equal = false;
  };
  /// Returns the index of a number, or of the neighbour that stands for it. The tolerance is in seconds for times.
  [[nodiscard]] Found find(Exact number, Fill fill, double tolerance) const {
    if (std::isnan(number)) return {};
    const Exact wanted = key(number);
    const auto above = std::ranges::lower_bound(values_, wanted, {}, &Entry::key);
    if (above != values_.end() && above->key == wanted) return {above->index, true};
    const Entry* const next = above == values_.end() ? nullptr : &*above;
    const Entry* const before = above == values_.begin() ? nullptr : &*(above - 1);
    const Entry* found = nullptr;
    if ((fill == Fill::forward || fill == Fill::backward) && !ascends_ && !descends_)
      throw Error(ErrorCode::invalid_argument, "reindex: " + quoted(scale_.dimension()) +
                                                   " neither ascends nor descends, so nothing lies before or behind a "
                                                   "value; sortby first");
    if (fill == Fill::forward) found = descends_ ? next : before;
    if (fill == Fill::backward) found = descends_ ? before : next;
    if (fill == Fill::nearest) found = !next || (before && wanted - before->key < next->key - wanted) ? before : next;
    if (!found || static_cast<double>(std::abs(found->key - wanted)) / (units_ ? 1000 : 1) > tolerance) return {};
    return {found->index, false};
  }

 private:
  struct Entry {
    Exact key;
    std::int64_t index;
  };
  [[nodiscard]] Exact key(Exact number) const {
    return units_ ? static_cast<Exact>(milliseconds_of(moment_of(*units_, static_cast<double>(number)))) : number;
  }

  const CoordinateScale& scale_;
  std::optional<TimeUnits> units_;
  std::vector<Entry> values_;
  bool ascends_ = false, descends_ = false;  ///< along the axis
};

/// Returns x at numbers of a coordinate, which its axis has afterwards.
UntypedArray at_numbers(const UntypedArray& x, int axis, const CoordinateScale& scale,
                        const std::vector<Exact>& numbers, Coordinate coordinate, Fill fill, double tolerance) {
  if (std::isnan(tolerance) || tolerance < 0)
    throw Error(ErrorCode::invalid_argument, "reindex: a tolerance of " + number_text(tolerance));
  const SortedValues sorted(scale, time_units_of(x.labels.coordinate(axis)));
  std::vector<std::int64_t> indices;
  indices.reserve(numbers.size());
  bool are_own = true;
  for (const Exact number : numbers) {
    const auto [index, is_equal] = sorted.find(number, fill, tolerance);
    indices.push_back(index);
    are_own = are_own && is_equal;
  }
  // Elements at values of their own keep what lies beside them.
  if (are_own) return take(x, std::move(indices), axis);
  UntypedArray result = take_or_missing(x, std::move(indices), axis, "reindex");
  result.labels = result.labels.with_coordinate(axis, std::move(coordinate));
  return result;
}

Coordinate coordinate_of_numbers(const Coordinate& own, const std::vector<Exact>& numbers) {
  const bool are_integers = std::ranges::all_of(numbers, [](Exact number) { return number == std::trunc(number); });
  const DType dtype = is_integer(own.dtype()) && !are_integers ? DType::float64 : own.dtype();
  return coordinate_of(dtype, numbers, without_references(own.attributes()));
}

}  // namespace

UntypedArray reindex(const UntypedArray& x, int along, std::span<const CoordinateValue> values, Fill fill,
                     double tolerance) {
  const int axis = normalize_axis(along, x.shape.rank());
  const CoordinateScale scale(x.labels, axis, "reindex");
  std::vector<Exact> numbers;
  for (const CoordinateValue& value : values) {
    const Exact number = scale.number_of(value);
    // A number that float32 has agrees with the coordinate's.
    numbers.push_back(scale.is_float32() ? static_cast<Exact>(static_cast<float>(number)) : number);
  }
  Coordinate coordinate = coordinate_of_numbers(x.labels.coordinate(axis), numbers);
  return at_numbers(x, axis, scale, numbers, std::move(coordinate), fill, tolerance);
}

UntypedArray reindex_like(const UntypedArray& x, const Labels& like, int like_rank, Fill fill, double tolerance) {
  UntypedArray result = x;
  bool any = false;
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    for (int other = 0; other < like_rank; ++other) {
      const std::string& dimension = x.labels.dimension(axis);
      const Coordinate& own = x.labels.coordinate(axis);
      const Coordinate& wanted = like.coordinate(other);
      if (dimension.empty() || like.dimension(other) != dimension || !own || !wanted) continue;
      any = true;
      if (agree(own, wanted)) continue;
      std::string why_not;
      const auto numbers = comparable(own, wanted, why_not);
      if (!numbers)
        throw Error(ErrorCode::name_mismatch, "reindex_like: coordinates along " + quoted(dimension) +
                                                  " cannot be compared: " + why_not + "; convert one of them");
      const std::optional<TimeUnits> units = time_units_of(own), theirs = time_units_of(wanted);
      const CoordinateScale scale(result.labels, axis, "reindex_like");
      std::vector<Exact> values = exact_values(wanted);
      if (units && theirs)
        for (Exact& value : values)
          if (!std::isnan(value)) value = number_of(*units, moment_of(*theirs, static_cast<double>(value)));
      if (scale.is_float32())
        for (Exact& value : values) value = static_cast<Exact>(static_cast<float>(value));
      result = at_numbers(result, axis, scale, values, coordinate_of_numbers(own, values), fill, tolerance);
    }
  if (!any)
    throw Error(ErrorCode::not_found,
                "reindex_like: the arrays have no dimension of one name along which both have coordinates");
  return result;
}

UntypedArray sortby(const UntypedArray& x, int along, bool ascending) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::vector<Exact> values = exact_values(coordinate_along(x.labels, axis, "sortby"));
  std::vector<std::int64_t> order(values.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, [&](std::int64_t i, std::int64_t j) {
    const Exact a = values[static_cast<std::size_t>(i)], b = values[static_cast<std::size_t>(j)];
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return ascending ? a < b : a > b;
  });
  return take(x, std::move(order), axis);
}

std::vector<CoordinateValue> times_of_bins(const Labels& labels, int along, TextArgument frequency) {
  const Coordinate& times = coordinate_along(labels, along, "resample");
  const Groups bins = resample(labels.dimension(along), std::move(frequency))
                          .resolve(Labels({labels.dimension(along)}, {times}, "", {}), {times.size()});
  std::vector<CoordinateValue> values;
  for (const double begin : bins.coordinate.to_vector()) values.emplace_back(begin);
  return values;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
