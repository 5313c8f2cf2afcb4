#include "chunkwise/expr/interpolate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/line/interpolate.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/expr/along_axis.hpp"
#include "runtime/expr/coordinate_scale.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/expr/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using terms::apply;
using terms::Number;
using terms::Term;
using terms::term_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Where a value lies between the elements of a coordinate.
struct Place {
  std::int64_t low = 0, high = 0;
  double way = 0;  ///< from low to high; NaN outside
};

/// Returns the place of a number in a coordinate that goes up (way 1) or down (-1) all along, and has an element.
Place place_of(const CoordinateScale& scale, int way, Exact number) {
  const auto behind = [&](std::int64_t i) { return way > 0 ? scale[i] > number : scale[i] < number; };
  std::int64_t low = 0;
  for (std::int64_t end = scale.size(); low + 1 < end;) {
    const std::int64_t middle = low + (end - low) / 2;
    (behind(middle) ? end : low) = middle;
  }
  const bool is_float32 = scale.is_float32();
  const auto is_at = [&](std::int64_t i) {
    return scale[i] == number || (is_float32 && scale[i] == static_cast<Exact>(static_cast<float>(number)));
  };
  for (const std::int64_t i : {low, std::min(low + 1, scale.size() - 1)})
    if (is_at(i)) return {i, i, 0};
  if (behind(low) || low + 1 == scale.size()) return {low, low, nan};
  return {low, low + 1, static_cast<double>((number - scale[low]) / (scale[low + 1] - scale[low]))};
}

Term without_labels(UntypedArray array) {
  array.labels = {};
  return term_of(array);
}

Term floating(Term term) {
  return is_floating(term.dtype) ? std::move(term) : terms::cast(std::move(term), DType::float64);
}

/// Counts values of a coordinate in the units of another; returns false if they are counted so already. Throws
/// name_mismatch if units or calendars forbid it.
bool recount(std::vector<Exact>& values, const Coordinate& like, const Coordinate& own, const std::string& dimension) {
  constexpr double millisecond = 1e-3;
  std::string why_not;
  const auto numbers = comparable(own, like, why_not);
  if (!numbers)
    throw Error(ErrorCode::name_mismatch, "interp_like: coordinates along " + quoted(dimension) +
                                              " cannot be compared: " + why_not + "; convert one of them");
  if (!numbers->are_seconds) return false;
  const TimeUnits from = *time_units_of(like), to = *time_units_of(own);
  if (from.seconds_per_unit == to.seconds_per_unit && from.origin == to.origin) return false;
  // A third of a day is eight hours, as it is for sel; finer units keep what they count.
  const bool is_fine = std::min(from.seconds_per_unit, to.seconds_per_unit) < millisecond;
  for (Exact& value : values)
    if (is_fine)
      value = (value * from.seconds_per_unit + (static_cast<Exact>(from.origin) - to.origin)) / to.seconds_per_unit;
    else if (!std::isnan(value))
      value = chunkwise::number_of(to, moment_of(from, static_cast<double>(value)));
  return true;
}

}  // namespace

UntypedArray interp(const UntypedArray& x, int along, std::span<const CoordinateValue> at, InterpolationMethod method) {
  along = normalize_axis(along, x.shape.rank());
  const CoordinateScale scale(x.labels, along, "interp");
  const int way = scale.direction("no value lies between two elements of it");
  if (scale.size() == 0)
    throw Error(ErrorCode::invalid_argument,
                "interp: " + quoted(scale.dimension()) + " has no element that a value could be made of");
  std::vector<std::int64_t> low, high;
  std::vector<double> ways;
  std::vector<Exact> numbers;
  for (const CoordinateValue& value : at) {
    numbers.push_back(scale.number_of(value));
    const Place place = place_of(scale, way, numbers.back());
    const bool nearest = method == InterpolationMethod::nearest && !std::isnan(place.way);
    low.push_back(nearest && place.way > 0.5 ? place.high : place.low);
    high.push_back(nearest ? low.back() : place.high);
    ways.push_back(nearest ? 0 : place.way);
  }
  const Coordinate& own = x.labels.coordinate(along);
  const DType dtype = is_floating(own.dtype()) ? own.dtype() : DType::float64;
  UntypedArray below = take(x, std::move(low), along);
  // Companions along the axis, such as its bounds, are those of elements, and values between them have none.
  if (const std::string& dimension = scale.dimension();
      !dimension.empty() && !std::ranges::all_of(ways, [](double part) { return part == 0; })) {
    std::vector<Companion> companions = below.labels.companions();
    std::erase_if(companions, [&](const Companion& companion) { return companion.has(dimension); });
    below.labels = below.labels.with_companions(std::move(companions));
  }
  Labels labels = map_labels(below.labels, Meaning::quantile)
                      .with_coordinate(along, coordinate_of(dtype, numbers, without_references(own.attributes())));
  const Term a = terms::settled(floating(without_labels(below)));
  Term b = floating(without_labels(take(x, std::move(high), along)));
  const Term part = term_of(numbers_along_axis(ways, a.dtype, x.shape.rank(), along));
  Term between = apply(op::Add::code, a, apply(op::Multiply::code, apply(op::Subtract::code, std::move(b), a), part));
  Term result = apply(op::Where::code, apply(op::Equal::code, part, Number(0.0)), a, std::move(between));
  result.labels = std::move(labels);
  return array_of(std::move(result));
}

UntypedArray interp_like(const UntypedArray& x, const Labels& like, int rank, InterpolationMethod method) {
  UntypedArray result = x;
  bool any = false;
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    for (int other = 0; other < rank; ++other) {
      const std::string& name = x.labels.dimension(axis);
      if (name.empty() || like.dimension(other) != name || !like.coordinate(other)) continue;
      any = true;
      const Coordinate& own = x.labels.coordinate(axis);
      const Coordinate& wanted = like.coordinate(other);
      std::vector<Exact> numbers = exact_values(wanted);
      const bool is_recounted = own && recount(numbers, wanted, own, name);
      if (!is_recounted && wanted == own) continue;
      const std::vector<CoordinateValue> values(numbers.begin(), numbers.end());
      result = interp(result, axis, values, method);
    }
  if (!any)
    throw Error(ErrorCode::not_found, "interp_like: the arrays have no dimension in common that has a coordinate");
  return result;
}

UntypedArray interpolate_na(const UntypedArray& x, int along, bool by_coordinate) {
  along = normalize_axis(along, x.shape.rank());
  std::vector<double> numbers{0};
  if (const Coordinate& coordinate = x.labels.coordinate(along); coordinate && by_coordinate) {
    numbers = present_values(coordinate_along(x.labels, along, "interpolate_na"));
    numbers.insert(numbers.begin(), 1);
  }
  NodePtr node = build::along(linewise::InterpolateNan::code, x.node, along, false, std::move(numbers));
  return handle_of(std::move(node), line_labels(x.labels, along, true, linewise::InterpolateNan::meaning));
}

UntypedArray interp(const UntypedArray& x, const Points& points) {
  const auto refuse = [](const std::string& words) { return Error(ErrorCode::invalid_argument, "interp: " + words); };
  if (points.x.size() != points.y.size() || points.x.empty())
    throw refuse(std::to_string(points.x.size()) + " abscissas and " + std::to_string(points.y.size()) +
                 " ordinates; a point has one of each, and there is at least one");
  std::vector<double> abscissas = points.x, ordinates = points.y;
  Term elements = term_of(x);
  if (points.period) {
    const double period = std::fabs(*points.period);
    if (!(period > 0 && period < std::numeric_limits<double>::infinity())) throw refuse("a period is not 0");
    elements =
        apply(op::Remainder::code, elements.dtype == DType::float64 ? elements : terms::cast(elements, DType::float64),
              Number(period));
    std::vector<std::size_t> order(abscissas.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (double& abscissa : abscissas) abscissa = op::Remainder::apply(abscissa, period);
    std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) { return abscissas[i] < abscissas[j]; });
    std::vector<double> own_x{abscissas[order.back()] - period}, own_y{ordinates[order.back()]};
    for (const std::size_t i : order) {
      own_x.push_back(abscissas[i]);
      own_y.push_back(ordinates[i]);
    }
    own_x.push_back(abscissas[order.front()] + period);
    own_y.push_back(ordinates[order.front()]);
    abscissas = std::move(own_x);
    ordinates = std::move(own_y);
  }
  for (std::size_t i = 0; i < abscissas.size(); ++i)
    if (std::isnan(abscissas[i]) || (i > 0 && abscissas[i] < abscissas[i - 1]))
      throw refuse("the abscissas of the points do not go up: point " + std::to_string(i) + " lies at " +
                   exact_text(abscissas[i]) + (i > 0 ? ", behind " + exact_text(abscissas[i - 1]) : ""));
  std::vector<double> numbers{static_cast<double>(abscissas.size()), points.left.value_or(ordinates.front()),
                              points.right.value_or(ordinates.back())};
  numbers.insert(numbers.end(), abscissas.begin(), abscissas.end());
  numbers.insert(numbers.end(), ordinates.begin(), ordinates.end());
  const Labels labels = map_labels(x.labels, Meaning::elementwise);
  UntypedArray array = array_of(std::move(elements));
  array.labels = {};
  // Any axis will do, since each element is for itself. One that is whole needs no other chunks, and lines are long.
  const int last = array.shape.rank() - 1;
  const bool is_whole = last >= 0 && array.node->grid[last].count() <= 1;
  if (!is_whole) {
    if (array.shape.rank() == max_rank)
      throw Error(ErrorCode::unsupported, "interp: of arrays of 8 axes the last one has to be one chunk");
    array = expand_dims(array, 1U << (last + 1));
  }
  NodePtr node =
      build::along(linewise::Interp::code, array.node, is_whole ? last : last + 1, false, std::move(numbers));
  UntypedArray result = handle_of(node, {});
  if (!is_whole) result = squeeze(result, 1U << (last + 1));
  result.labels = labels;
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
