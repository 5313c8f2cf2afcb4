#include "chunkwise/expr/align.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "chunkwise/core/error.hpp"
#include "chunkwise/expr/select.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// More stretches than this make a plan larger than the result is worth.
constexpr std::size_t most_pieces = 4096;
constexpr double whole_turn = 360;

/// Finds the index of a value, within a tolerance.
class Lookup {
 public:
  Lookup(const Comparable& numbers, const std::string& dimension) : numbers_(numbers), order_(numbers.a.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    // A missing value is no place.
    std::erase_if(order_, [&](std::size_t i) { return std::isnan(a(i)); });
    std::sort(order_.begin(), order_.end(), [&](std::size_t i, std::size_t j) { return a(i) < a(j); });
    for (std::size_t k = 1; k < order_.size(); ++k)
      if (numbers_.agree(a(order_[k - 1]), a(order_[k])))
        throw Error(ErrorCode::invalid_argument,
                    "align: the coordinate " + quoted(dimension) + " of the first array has one value at index " +
                        std::to_string(std::min(order_[k - 1], order_[k])) + " and at index " +
                        std::to_string(std::max(order_[k - 1], order_[k])) + ", so there is no telling which is meant");
  }

  /// Returns the index of a value, or -1.
  [[nodiscard]] std::int64_t find(double value) const {
    std::int64_t found = find_exactly(value);
    if (!numbers_.are_longitudes) return found;
    for (const double turn : {whole_turn, -whole_turn})
      if (found < 0) found = find_exactly(value + turn);
    return found;
  }

 private:
  [[nodiscard]] double a(std::size_t i) const { return numbers_.a[i]; }
  [[nodiscard]] std::int64_t find_exactly(double value) const {
    const auto at = std::lower_bound(order_.begin(), order_.end(), value,
                                     [&](std::size_t i, double wanted) { return a(i) < wanted; });
    for (auto near = at == order_.begin() ? at : at - 1; near != order_.end() && near <= at; ++near)
      if (numbers_.agree(a(*near), value)) return static_cast<std::int64_t>(*near);
    return -1;
  }

  const Comparable& numbers_;
  std::vector<std::size_t> order_;
};

/// Returns indices as ranges of equal steps, as few as a walk from the front finds.
std::vector<AxisRange> ranges_of(const std::vector<std::int64_t>& indices) {
  std::vector<AxisRange> ranges;
  for (const std::int64_t index : indices) {
    const std::int64_t step =
        ranges.empty() ? 0 : index - (ranges.back().start + (ranges.back().count - 1) * ranges.back().step);
    // An index that is wanted again begins a range, since none has a step of 0.
    if (step != 0) {
      AxisRange& last = ranges.back();
      if (last.count == 1) last.step = step;
      if (step == last.step) {
        ++last.count;
        continue;
      }
      if (last.count == 1) last.step = 1;
    }
    ranges.push_back({index, 1, 1});
  }
  return ranges;
}

UntypedArray taken(const UntypedArray& x, int axis, const std::vector<AxisRange>& ranges) {
  if (ranges.size() == 1) return take_range(x, axis, ranges[0]);
  std::vector<NodePtr> nodes;
  std::vector<Labels> labels;
  for (const AxisRange& range : ranges) {
    UntypedArray part = take_range(x, axis, range);
    nodes.push_back(std::move(part.node));
    labels.push_back(std::move(part.labels));
  }
  NodePtr node = build::concatenate(std::move(nodes), axis);
  return handle_of(std::move(node), concatenate_labels(labels, x.shape.rank(), axis));
}

/// Returns the values of `like` at these indices, for longitudes of which 360 is 0. Bounds belonged to the others.
Coordinate renumbered(const Coordinate& own, const Coordinate& like, const std::vector<std::int64_t>& indices) {
  std::vector<double> values;
  for (const std::int64_t i : indices) values.push_back(like[i]);
  return Coordinate(values, without_references(own.attributes())).with_origins(all_origins(own, like));
}

UntypedArray aligned(const UntypedArray& x, int axis, const Coordinate& like) {
  const Coordinate& own = x.labels.coordinate(axis);
  const std::string& dimension = x.labels.dimension(axis);
  if (agree(own, like)) return x;
  std::string why_not;
  const auto numbers = comparable(own, like, why_not);
  if (!numbers)
    throw Error(ErrorCode::name_mismatch, "align: coordinates along " + quoted(dimension) +
                                              " cannot be compared: " + why_not + "; convert one of them");
  const Lookup lookup(*numbers, dimension);
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> to;
  bool turned = false;
  for (std::size_t i = 0; i < numbers->b.size(); ++i) {
    const std::int64_t found = lookup.find(numbers->b[i]);
    if (found < 0) continue;
    turned = turned || !numbers->agree(numbers->a[static_cast<std::size_t>(found)], numbers->b[i]);
    from.push_back(found);
    to.push_back(static_cast<std::int64_t>(i));
  }
  if (from.empty())
    throw Error(ErrorCode::name_mismatch,
                "align: no coordinate along " + quoted(dimension) + " is in both arrays: " +
                    (own.size() == like.size() && own.size() > 0
                         ? difference(own, like)
                         : std::to_string(own.size()) + " and " + std::to_string(like.size()) + " values"));
  const std::vector<AxisRange> ranges = ranges_of(from);
  if (ranges.size() > most_pieces)
    throw Error(ErrorCode::unsupported, "align: along " + quoted(dimension) + " the common coordinates lie in " +
                                            std::to_string(ranges.size()) +
                                            " stretches of the first array; cut or sort it first");
  UntypedArray result = taken(x, axis, ranges);
  if (turned) result.labels = result.labels.with_coordinate(axis, renumbered(own, like, to));
  return result;
}

}  // namespace

UntypedArray align(const UntypedArray& x, const Labels& like, int like_rank) {
  UntypedArray result = x;
  bool any = false;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    const std::string& dimension = x.labels.dimension(axis);
    if (dimension.empty() || !x.labels.coordinate(axis)) continue;
    for (int other = 0; other < like_rank; ++other) {
      const Coordinate& coordinate = like.coordinate(other);
      if (like.dimension(other) != dimension || !coordinate) continue;
      any = true;
      if (x.shape[axis] != 1 || coordinate.size() == 1) result = aligned(result, axis, coordinate);
    }
  }
  if (!any)
    throw Error(ErrorCode::not_found,
                "align: the arrays have no dimension of one name along which both have coordinates");
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
