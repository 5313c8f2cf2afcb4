/// Methods of xarray that are made of others: shifts, ends of an axis, other coordinates, slopes and areas along one.
#include <algorithm>
#include <cmath>
#include <limits>

#include "chunkwise/expr/gather.hpp"
#include "chunkwise/expr/select.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/expr/times.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/expr/along_axis.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

Value named(std::string_view keyword, Value value) {
  value.keyword = keyword;
  value.keyword_offset = value.offset;
  return value;
}

/// Returns the value of an option, which is taken out of the arguments.
std::optional<Value> taken(std::vector<Value>& arguments, std::string_view keyword) {
  const auto found = std::ranges::find(arguments, keyword, &Value::keyword);
  if (found == arguments.end()) return std::nullopt;
  Value value = std::move(*found);
  arguments.erase(found);
  return value;
}

Term floating(Term x) { return settled(is_floating(x.dtype) ? std::move(x) : cast(std::move(x), DType::float64)); }

/// Returns x with its elements so many places further along an axis, and a number in the places that become free.
UntypedArray shifted(const UntypedArray& x, int axis, std::int64_t by, const Scalar& fill) {
  IndexTransform transform = IndexTransform::identity(x.shape);
  const std::int64_t away = std::clamp(by, -x.shape[axis], x.shape[axis]);
  transform.axes[static_cast<std::size_t>(axis)] = AxisTransform::along(axis, -away);
  return {build::view(x.node, std::move(transform), fill), x.shape, line_labels(x.labels, axis, true, Meaning::part)};
}

Term shift_call(const Function& function, std::size_t, Term x, std::vector<Value> by, const BackendPtr&) {
  const std::optional<Value> fill = taken(by, "fill_value");
  if (!fill) x = floating(std::move(x));
  const Scalar number = element_of(fill ? *fill : Value{Number(std::nan("")), 0}, x.dtype, "fill_value");
  UntypedArray result = array_of(std::move(x));
  for (std::size_t i = 0; i < by.size(); ++i) {
    if (by[i].keyword.empty()) throw wrong(function, "takes dimensions by their names, as in time=1", by[i].offset);
    require_once(by, i);
    const int axis = axis_of_keyword(by[i], result.labels, result.shape.rank());
    result = shifted(result, axis, take_int(by[i], "a number of places"), number);
  }
  return term_of(result);
}

/// The first or last indices along dimensions, or every n-th.
Term ends_call(const Function& function, std::size_t, Term x, std::vector<Value> given, const BackendPtr&) {
  UntypedArray result = array_of(std::move(x));
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].keyword.empty())
      throw wrong(function, "takes dimensions by their names, as in time=5", given[i].offset);
    require_once(given, i);
    const int axis = axis_of_keyword(given[i], result.labels, result.shape.rank());
    const std::int64_t number = take_int(given[i], "a number of places"), extent = result.shape[axis];
    const bool thins = function.name == "thin";
    if (number < (thins ? 1 : 0))
      throw wrong(function, "takes numbers that are not below " + std::string(thins ? "1" : "0"), given[i].offset);
    const std::int64_t some = std::min(number, extent);
    const AxisRange range = thins                     ? AxisRange{0, number, (extent + number - 1) / number}
                            : function.name == "head" ? AxisRange{0, 1, some}
                                                      : AxisRange{extent - some, 1, some};
    result = take_range(result, axis, range);
  }
  return term_of(result);
}

Term assign_coords_call(const Function& function, std::size_t, Term x, std::vector<Value> given,
                        const BackendPtr& backend) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Value& value = given[i];
    if (value.keyword.empty())
      throw wrong(function, "takes dimensions by their names, as in longitude=[0, 90]", value.offset);
    require_once(given, i);
    const int axis = axis_of_keyword(value, x.labels, x.shape.rank());
    const std::vector<double> numbers = numbers_of(value, "the values of a coordinate", backend, std::int64_t{1} << 24);
    if (static_cast<std::int64_t>(numbers.size()) != x.shape[axis])
      throw Mistake{ErrorCode::shape_mismatch,
                    std::to_string(numbers.size()) + " values of a coordinate of " + quoted(value.keyword) +
                        ", whose extent is " + std::to_string(x.shape[axis]),
                    value.offset};
    Attributes attributes;
    if (const Term* const term = value.as<Term>()) {
      attributes = without_references(term->labels.attributes());
      std::erase_if(attributes, [](const Attribute& attribute) { return is_packing(attribute.name); });
    }
    x.labels = x.labels.with_coordinate(axis, Coordinate(numbers, std::move(attributes)));
  }
  return x;
}

Term dropna_call(const Function& function, std::size_t offset, Term x, std::vector<Value> given,
                 const BackendPtr& backend) {
  const std::optional<Value> how = taken(given, "how");
  const bool all = how && how->as<Word>() && how->as<Word>()->text == "all";
  if (how && !all && !(how->as<Word>() && how->as<Word>()->text == "any"))
    throw wrong(function, "has how='any' and how='all'", how->offset);
  if (given.size() != 1) throw wrong(function, "goes along one dimension", offset);
  const int axis = one_axis(given[0], x);
  const Term missing = settled(apply(op::IsNan::code, x));
  const std::uint32_t others = ((1U << x.shape.rank()) - 1U) & ~(1U << axis);
  NodePtr gone = array_of(missing).node;
  if (others) gone = build::fold(all ? aggregate::All::code : aggregate::Any::code, gone, others, false, 0);
  const Shape extent = gone->shape;
  const Term kept = apply(op::LogicalNot::code, term_of({std::move(gone), extent, {}}));
  std::vector<std::int64_t> places = truths_of(Value{settled(kept), given[0].offset}, backend);
  if (places.empty())
    throw Mistake{ErrorCode::not_found,
                  "there is a missing value at each index along " + quoted(x.labels.dimension(axis)) +
                      ", and nothing would be left",
                  given[0].offset};
  return term_of(take(array_of(x), std::move(places), axis));
}

/// Returns the coordinate along an axis as numbers, times in a unit of time.
std::vector<double> numbers_along(const Function& function, const Term& x, int axis, const Value& place,
                                  const std::optional<Value>& unit) {
  const Coordinate& own =
      about(place, [&]() -> const Coordinate& { return coordinate_along(x.labels, axis, quoted(function.name)); });
  std::vector<double> numbers = present_values(own);
  for (const double number : numbers)
    if (!std::isfinite(number)) throw wrong(function, "goes along a coordinate of finite numbers", place.offset);
  const std::optional<TimeUnits> time = time_units_of(own);
  if (!time && unit) throw wrong(function, "has datetime_unit along a time alone", unit->offset);
  if (!time) return numbers;
  constexpr std::array<std::pair<std::string_view, double>, 5> units{
      {{"D", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 0.001}}};
  if (!unit) throw wrong(function, "needs a unit along a time: datetime_unit='D', 'h', 'm', 's' or 'ms'", place.offset);
  const Word* const word = unit->as<Word>();
  const auto known = std::ranges::find_if(units, [&](const auto& one) { return word && one.first == word->text; });
  if (known == units.end()) throw wrong(function, "has the units 'D', 'h', 'm', 's' and 'ms'", unit->offset);
  for (double& number : numbers) number = number * time->seconds_per_unit / known->second;
  return numbers;
}

/// Returns numbers along an axis of an array, in its type, at the places of its elements.
Term weights_along(const std::vector<double>& numbers, int axis, const Term& x) {
  Term weights = term_of(numbers_along_axis(numbers, x.dtype, x.shape.rank(), axis));
  weights.labels = x.labels.renamed("");
  return weights;
}

/// The slope of x along a coordinate, as NumPy's gradient has it: by the parabola through neighbours, of which the
/// middle one has no part if all are as far from each other.
Term differentiated(const Term& x, int axis, const std::vector<double>& c, std::size_t offset) {
  const std::int64_t count = x.shape[axis];
  const double step = c[1] - c[0];
  bool is_even = true;
  for (std::size_t i = 1; i < c.size(); ++i) is_even = is_even && c[i] - c[i - 1] == step;
  if (is_even) {
    const Term slope = call("gradient", offset,
                            {Value{x, offset}, named("axis", Value{Number(static_cast<std::int64_t>(axis)), offset})});
    return apply(op::Divide::code, settled(slope), Number(step));
  }
  std::vector<double> before, here, behind;
  std::vector<std::int64_t> lower, upper;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t low = std::max<std::int64_t>(i - 1, 0), high = std::min(i + 1, count - 1);
    lower.push_back(low);
    upper.push_back(high);
    const auto at = [&](std::int64_t k) { return c[static_cast<std::size_t>(k)]; };
    const double down = at(i) - at(low), up = at(high) - at(i);
    before.push_back(low == i ? 0 : high == i ? -1 / down : -up / (down * (down + up)));
    behind.push_back(high == i ? 0 : low == i ? 1 / up : down / (up * (down + up)));
    here.push_back(low == i ? -1 / up : high == i ? 1 / down : (up - down) / (up * down));
  }
  const UntypedArray own = array_of(x);
  const auto part = [&](std::vector<std::int64_t> indices, const std::vector<double>& weights) {
    const NodePtr node = take(own, std::move(indices), axis).node;
    return apply(op::Multiply::code, term_of({node, node->shape, {}}), weights_along(weights, axis, x));
  };
  Term middle = apply(op::Multiply::code, x, weights_along(here, axis, x));
  Term sum = apply(op::Add::code, part(std::move(lower), before), std::move(middle));
  return apply(op::Add::code, std::move(sum), part(std::move(upper), behind));
}

Term along_coordinate(const Function& function, std::size_t offset, Term given_x, std::vector<Value> given,
                      const BackendPtr&) {
  const std::optional<Value> unit = taken(given, "datetime_unit");
  for (Value& value : given)
    if (value.keyword == "coord" || value.keyword == "dim") value.keyword = {};
  if (given.size() != 1 || !given[0].keyword.empty()) throw wrong(function, "goes along one coordinate", offset);
  const Term x = floating(std::move(given_x));
  const int axis = one_axis(given[0], x);
  const std::vector<double> c = numbers_along(function, x, axis, given[0], unit);
  if (c.size() < 2 && function.name == "differentiate")
    throw wrong(function, "needs two elements along an axis at least", given[0].offset);
  if (function.name == "differentiate") return differentiated(x, axis, c, given[0].offset);
  // Each element counts half the way to its neighbours.
  std::vector<double> widths(c.size(), 0);
  for (std::size_t i = 1; i < c.size(); ++i) {
    widths[i - 1] += (c[i] - c[i - 1]) / 2;
    widths[i] += (c[i] - c[i - 1]) / 2;
  }
  Term products = apply(op::Multiply::code, x, weights_along(widths, axis, x));
  return call("sum", offset,
              {Value{std::move(products), offset},
               named("axis", Value{Number(static_cast<std::int64_t>(axis)), given[0].offset})});
}

/// The coordinate of the largest or smallest element along a dimension; NaN if that is NaN.
Term place_of_extreme(const Function& function, std::size_t offset, Term x, std::vector<Value> given,
                      const BackendPtr&) {
  const std::optional<Value> skipna = taken(given, "skipna");
  if (given.size() > 1) throw wrong(function, "goes along one dimension", offset);
  if (given.empty() && x.shape.rank() != 1) throw wrong(function, "needs a dimension", offset);
  const int axis = given.empty() ? 0 : one_axis(given[0], x);
  const Coordinate& own = about(given.empty() ? Value{NoValue{}, offset} : given[0], [&]() -> const Coordinate& {
    return coordinate_along(x.labels, axis, quoted(function.name));
  });
  const std::string extreme = function.name == "idxmax" ? "max" : "min";
  const std::string nan = skipna && truth(&*skipna, "skipna") && is_floating(x.dtype) ? "nan" : "";
  const auto reduced = [&](const std::string& how) {
    return settled(
        call(how, offset, {Value{x, offset}, named("axis", Value{Number(static_cast<std::int64_t>(axis)), offset})}));
  };
  const Term positions = reduced(nan + "arg" + extreme);
  const UntypedArray values = coordinate_numbers(x.labels, axis);
  UntypedArray found = take({values.node, values.shape, {}}, array_of(positions), 0, TakeMode::clip);
  found.labels = positions.labels.renamed(x.labels.dimension(axis), without_references(own.attributes()));
  if (!is_floating(x.dtype)) return term_of(found);
  const Labels labels = found.labels;
  Term result = apply(op::Where::code, settled(apply(op::IsNan::code, reduced(nan + extreme))),
                      Number(std::numeric_limits<double>::quiet_NaN()), term_of(found));
  result.labels = labels;
  return result;
}

Term copy_call(const Function&, std::size_t, Term x, std::vector<Value>, const BackendPtr&) { return x; }

struct Method {
  std::string_view name;
  Term (*call)(const Function& function, std::size_t offset, Term x, std::vector<Value> given,
               const BackendPtr& backend);
};
constexpr Method methods[] = {
    {"copy", &copy_call},
    {"shift", &shift_call},
    {"head", &ends_call},
    {"tail", &ends_call},
    {"thin", &ends_call},
    {"assign_coords", &assign_coords_call},
    {"dropna", &dropna_call},
    {"differentiate", &along_coordinate},
    {"integrate", &along_coordinate},
    {"idxmax", &place_of_extreme},
    {"idxmin", &place_of_extreme},
};

const Method* method_of(const Function& function) {
  const Method* const found = std::ranges::find(methods, function.name, &Method::name);
  return found == std::end(methods) ? nullptr : found;
}

}  // namespace

bool is_xarray_method(const Function& function) { return method_of(function) != nullptr; }

Term xarray_method(const Function& function, std::size_t offset, std::vector<Value> arguments,
                   const BackendPtr& backend) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  Term x = settled(take_array(std::move(arguments[0]), quoted(function.name)));
  arguments.erase(arguments.begin());
  return method_of(function)->call(function, offset, std::move(x), std::move(arguments), backend);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
