#include <algorithm>
#include <limits>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/expr/reduce_options.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/expr/stacking.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

std::string axis_text(const Term& array, int axis) {
  const std::string& name = array.labels.dimension(axis);
  return name.empty() ? std::to_string(axis) : quoted(name);
}

/// Returns the options of a reduction beside axes, keepdims and ddof.
ReductionOptions options_of(Arguments& arguments) {
  ReductionOptions options;
  const auto given = [&](std::string_view name) {
    const Value* value = arguments.find(name);
    return value && !value->as<NoValue>() ? value : nullptr;
  };
  if (const Value* mask = given("where"); mask && !mask->as<Number>())
    options.where = array_of(take_array(Value(*mask), "where"));
  else if (mask && !truth(mask, "where"))
    throw Mistake{ErrorCode::type_mismatch, "where is an array, which is true where an element counts", mask->offset};
  if (const Value* dtype = given("dtype")) options.dtype = element_type_of(*dtype);
  if (const Value* initial = given("initial")) {
    const Number* number = initial->as<Number>();
    if (!number)
      throw Mistake{ErrorCode::type_mismatch, "initial is a number, and this is " + describe(*initial),
                    initial->offset};
    options.initial = std::visit([](auto own) { return Scalar(own); }, *number);
  }
  if (const Value* least = given("min_count")) options.min_count = take_int(*least, "min_count");
  return options;
}

/// Returns the function without rounding on the way if exact=True asks for it.
const Function& exactly(const Function& function, const Arguments& arguments) {
  const Value* exact = arguments.find("exact");
  if (!exact || !truth(exact, "exact") || function.name.starts_with("exact_")) return function;
  const Function* other = find_function("exact_" + std::string(function.name));
  if (other) return *other;
  throw Mistake{ErrorCode::unsupported,
                quoted(function.name) + " has no exact variant: sum, mean, nansum and nanmean have one",
                exact->keyword_offset};
}

/// The reduction of an array whose indices are in groups, if there are any.
Term reduction(const Function& called, Arguments arguments, const Groups& groups = {}) {
  const Function& function = exactly(skipping(called, arguments), arguments);
  arguments.expect(1, 2);
  const Value* axis = axis_option(arguments);
  const bool keepdims = truth(arguments.find("keepdims"), "keepdims");
  const Value* ddof = arguments.find("ddof");
  const std::int64_t freedom = ddof ? take_int(*ddof, "ddof") : 0;
  Term array = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  std::uint32_t axes = groups.grouping && !axis ? 1U << groups.grouping->axis : axes_of(axis, array);
  if (groups.grouping && !(axes >> groups.grouping->axis & 1U))
    throw Mistake{ErrorCode::invalid_argument,
                  "the axis that is in groups, " + axis_text(array, groups.grouping->axis) +
                      ", is among those that are reduced: leave axis out, or name it too",
                  axis->offset};
  if (const ReductionOptions options = options_of(arguments); options.any())
    return term_of(
        reduce_with(function.aggregate->code, array_of(std::move(array)), axes, keepdims, freedom, options, groups));
  Labels labels = group_labels(array.labels, array.shape.rank(), axes, keepdims, function.aggregate->meaning, groups);
  NodePtr node =
      build::fold(function.aggregate->code, array_of(std::move(array)).node, axes, keepdims, freedom, groups.grouping);
  const Shape shape = node->shape;
  return term_of({std::move(node), shape, std::move(labels)});
}

/// Returns the axis along which lines run.
int line_axis(const Function& function, std::size_t offset, const Value* axis, const Term& array) {
  const int rank = array.shape.rank();
  const bool is_one_axis = axis && !axis->as<NoValue>() && !axis->as<Tuple>();
  if (rank == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  offset};
  if (is_one_axis) return one_axis(*axis, array);
  if (!axis && (rank == 1 || function.default_axis == linewise::DefaultAxis::last)) return rank - 1;
  if (rank == 1 && axis->as<NoValue>()) return 0;
  throw Mistake{ErrorCode::invalid_argument,
                quoted(function.name) +
                    " goes along one axis, by number or name, and does not make one line of an array of " +
                    std::to_string(rank) + " axes: " + signature_of(function),
                axis ? axis->offset : offset};
}

/// Returns the number of a parameter: the given number, or that of a word.
double number_of(const Value& value, const linewise::NumpyParameter& parameter) {
  const std::string name(parameter.name);
  if (parameter.words.empty()) {
    if (const Number* number = value.as<Number>()) return as_double(*number);
    throw Mistake{ErrorCode::type_mismatch,
                  name + " is a number, and this is " + describe(value) +
                      (value.as<Tuple>() ? "; of several make an array each" : ""),
                  value.offset};
  }
  const Word* word = value.as<Word>();
  if (!word)
    throw Mistake{ErrorCode::type_mismatch, name + " is a word in quotes, and this is " + describe(value),
                  value.offset};
  const auto found = std::ranges::find(parameter.words, word->text);
  if (found != parameter.words.end()) return static_cast<double>(found - parameter.words.begin());
  const std::vector<std::string> words(parameter.words.begin(), parameter.words.end());
  throw Mistake{ErrorCode::not_found, "no " + name + " " + quoted(word->text) + choices(word->text, words),
                value.offset};
}

Term stacked_along(const std::vector<UntypedArray>& parts, const std::string& name);

/// Returns a quantile for each of several numbers, side by side along a first dimension, `quantile`.
Term several_quantiles(const Function& function, std::size_t offset, const Arguments& arguments, const Value& several) {
  std::vector<UntypedArray> parts;
  std::vector<double> numbers;
  const std::vector<Value>& given = arguments.by_position();
  const Term x = settled(take_array(Value(given.front()), quoted(function.name)));
  for (const Value* const one : values_of(several)) {
    numbers.push_back(number_of(*one, function.numbers.front()));
    std::vector<Value> all{Value{x, offset}};
    Value q = *one;
    q.keyword = function.numbers.front().name;
    q.keyword_offset = one->offset;
    all.push_back(std::move(q));
    if (const Value* const axis = axis_option(arguments, 2)) {
      Value along = *axis;
      along.keyword = "axis";
      along.keyword_offset = along.offset;
      all.push_back(std::move(along));
    }
    for (const std::string_view option : {"method", "keepdims", "skipna"})
      if (const Value* const value = arguments.find(option)) all.push_back(*value);
    parts.push_back(array_of(call(function.name, offset, std::move(all))));
  }
  Term result = stacked_along(parts, "quantile");
  for (double& number : numbers) number /= function.whole;
  result.labels = result.labels.with_coordinate(0, Coordinate(numbers, {}));
  return result;
}

Term along(const Function& called, std::size_t offset, Arguments arguments) {
  if (called.name.find("quantile") != std::string_view::npos ||
      called.name.find("percentile") != std::string_view::npos)
    if (const Value* const q = arguments.option("q", 1); q && q->as<Tuple>() && !q->as<Tuple>()->values.empty())
      return several_quantiles(called, offset, arguments, *q);
  const Function& function = skipping(called, arguments);
  std::size_t required = 1;
  std::vector<double> parameters;
  for (const linewise::NumpyParameter& parameter : function.numbers) {
    const Value* given =
        parameter.is_required ? arguments.option(parameter.name, required) : arguments.find(parameter.name);
    if (parameter.is_required && !given)
      throw Mistake{ErrorCode::invalid_argument,
                    quoted(function.name) + " needs " + std::string(parameter.name) + ": " + signature_of(function),
                    offset};
    required += parameter.is_required;
    parameters.push_back(given ? number_of(*given, parameter) : parameter.by_default);
  }
  if (function.whole != 1) parameters[0] /= function.whole;
  arguments.expect(1, required + 1);
  const Value* axis = axis_option(arguments, required);
  const bool keepdims = truth(arguments.find("keepdims"), "keepdims");
  Term array = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const int along = line_axis(function, offset, axis, array);
  const Value* dtype = arguments.find("dtype");
  if (dtype && dtype->as<NoValue>()) dtype = nullptr;
  if (dtype) array = cast(std::move(array), element_type_of(*dtype));
  const linewise::Description& what = *function.line;
  Labels labels = what.one_result ? reduce_labels(array.labels, array.shape.rank(), 1U << along, keepdims, what.meaning)
                                  : line_labels(array.labels, along, what.keeps_coordinate, what.meaning);
  NodePtr node = build::along(what.code, array_of(std::move(array)).node, along, keepdims, std::move(parameters));
  const Shape shape = node->shape;
  Term result = term_of({std::move(node), shape, std::move(labels)});
  return dtype && result.dtype != element_type_of(*dtype) ? cast(std::move(result), element_type_of(*dtype))
                                                          : std::move(result);
}

Term conversion(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* type = arguments.option("dtype", 1);
  if (!type)
    throw Mistake{ErrorCode::invalid_argument,
                  quoted(function.name) + " needs an element type: " + signature_of(function), offset};
  const DType target = element_type_of(*type);
  return cast(take_array(std::move(arguments.by_position()[0]), quoted(function.name)), target);
}

Term elementwise(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(function.arrays, function.takes_more ? max_nesting : function.arrays);
  std::vector<Operand> operands;
  bool any = false;
  for (Value& value : arguments.by_position()) {
    operands.push_back(take_operand(std::move(value), quoted(function.name)));
    any = any || std::holds_alternative<Term>(operands.back());
  }
  if (!any)
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs an array among its arguments; write the number that you mean",
                  offset};
  // maximum(x, y, z) is maximum(maximum(x, y), z).
  while (operands.size() > function.arrays) {
    std::vector<Operand> pair(std::make_move_iterator(operands.begin()), std::make_move_iterator(operands.begin() + 2));
    if (!std::holds_alternative<Term>(pair[0]) && !std::holds_alternative<Term>(pair[1]))
      throw Mistake{ErrorCode::type_mismatch,
                    "one of the first two arguments of " + quoted(function.name) + " is an array", offset};
    operands.erase(operands.begin());
    lay_by_names(pair);
    operands.front() = apply(*function.operation, std::move(pair));
  }
  lay_by_names(operands);
  return apply(*function.operation, std::move(operands));
}

/// Returns arrays side by side along a new first dimension of this name.
Term stacked_along(const std::vector<UntypedArray>& parts, const std::string& name) {
  UntypedArray result = chunkwise::stack(std::span<const UntypedArray>(parts), 0);
  std::vector<std::string> dimensions{name};
  for (int axis = 1; axis < result.shape.rank(); ++axis) dimensions.push_back(result.labels.dimension(axis));
  // The places that an index left are where the parts lie along the new dimension.
  std::vector<Coordinate> places;
  for (const UntypedArray& part : parts)
    if (Coordinate one = scalar_coordinate(part.labels, name)) places.push_back(std::move(one));
  result.labels = result.labels.with_dimensions(std::move(dimensions));
  if (places.size() == parts.size()) result.labels = result.labels.with_coordinate(0, Coordinate::join(places));
  return term_of(result);
}

Term concatenation(const Function& function, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* along = axis_option(arguments, 1);
  Value& first = arguments.by_position()[0];
  std::vector<UntypedArray> parts = arrays_of(first, function);
  if (along && along->as<NoValue>()) {
    for (UntypedArray& part : parts) part = chunkwise::reshape(part, {-1});
    along = nullptr;
  }
  const int rank = parts[0].shape.rank();
  if (const Word* const name = along ? along->as<Word>() : nullptr) {
    bool is_there = false;
    for (int axis = 0; axis < rank; ++axis) is_there = is_there || parts[0].labels.dimension(axis) == name->text;
    // xarray's concat along a dimension that the arrays do not have.
    if (!is_there && !name->text.empty() && along->keyword == "dim")
      return stacked_along(parts, std::string(name->text));
  }
  if (rank == 0)
    throw Mistake{ErrorCode::shape_mismatch, "arrays of rank 0 have no axis to be joined along; give them one: x[None]",
                  first.as<Tuple>()->values[0].offset};
  const int axis = along ? one_axis(*along, term_of(parts[0])) : 0;
  return term_of(chunkwise::concatenate(std::span<const UntypedArray>(parts), axis));
}

}  // namespace

Term call(std::string_view name, std::size_t offset, std::vector<Value> arguments) {
  const Function* function = find_function(name);
  if (!function) {
    // assign_roles has refused any other name than of a function or an element type: float32(x) is x.astype(float32).
    const Function* astype = find_function("astype");
    if (arguments.size() != 1)
      throw Mistake{ErrorCode::invalid_argument, quoted(name) + " takes 1 argument: " + std::string(name) + "(x)",
                    offset};
    Value& type = arguments.emplace_back();
    type.data = ElementType{*element_type(without_prefix(name))};
    type.offset = type.keyword_offset = offset;
    type.keyword = "dtype";
    return call(astype->name, offset, std::move(arguments));
  }
  switch (function->kind) {
    case Function::Kind::elementwise:
      return elementwise(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::cast:
      return conversion(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::reduction:
      return reduction(*function, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::line:
      return along(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::composed:
      return composed_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::statistic:
      return statistic_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::matrices:
      return matrix_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::sequence:
      return sequence_call(Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::interpolation:
      return interpolation_call(*function, offset, std::move(arguments));
    case Function::Kind::grids:
      return grid_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::climate:
      return climate_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::labels:
      return label_call(*function, offset, std::move(arguments));
    case Function::Kind::shape:
      if (std::optional<Term> done = xarray_shape(*function, offset, arguments)) return *std::move(done);
      return shape_call(Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::selection:
      return selection_call(*function, offset, std::move(arguments), nullptr);
    case Function::Kind::average:
      return average_call(*function, offset, std::move(arguments));
    case Function::Kind::diff:
      return diff_call(*function, offset, std::move(arguments));
    case Function::Kind::creation:
      return creation_call(Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::stacking:
      return stacking_call(Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::search:
      return search_call(*function, offset, std::move(arguments), nullptr);
    case Function::Kind::several:
      throw Mistake{ErrorCode::type_mismatch,
                    quoted(name) + " makes several arrays; take one of them: " + std::string(name) + "(...)[0]",
                    offset};
    case Function::Kind::slice:
    case Function::Kind::windows:
    case Function::Kind::groups:
      throw Mistake{ErrorCode::type_mismatch,
                    quoted(name) + " makes groups and no array; reduce them: " + std::string(name) + "(...).mean()",
                    offset};
    case Function::Kind::concatenate:
      break;
  }
  return concatenation(*function, Arguments(*function, offset, std::move(arguments)));
}

namespace {

/// Returns x with its axes in the order in which the same names stand in other labels.
UntypedArray in_order_of(const UntypedArray& x, const Labels& labels, int rank) {
  std::vector<int> order;
  for (int axis = 0; axis < rank; ++axis)
    for (int own = 0; own < x.shape.rank(); ++own)
      if (x.labels.dimension(own) == labels.dimension(axis)) order.push_back(own);
  return static_cast<int>(order.size()) == x.shape.rank() ? transpose(x, order) : x;
}

/// Most groups of each of which a function of lines makes an array of its own.
constexpr std::int64_t most_grouped_lines = 4096;

/// Returns a function of lines that has one result, such as a quantile, of the elements of each group.
Term lines_of_groups(const Function& function, std::size_t offset, const Grouped& grouped,
                     std::vector<Value> arguments) {
  const UntypedArray x = grouped.keys ? grouped.keys->array : array_of(*grouped.array);
  const Grouping& grouping = *grouped.groups.grouping;
  if (grouping.groups > most_grouped_lines)
    throw Mistake{ErrorCode::unsupported,
                  quoted(function.name) + " of groups takes " + std::to_string(most_grouped_lines) +
                      " groups at most, and here are " + std::to_string(grouping.groups),
                  offset};
  if (!grouped.weights.empty()) throw Mistake{ErrorCode::unsupported, "windows with weights have mean and sum", offset};
  const std::string& own = x.labels.dimension(grouping.axis);
  std::erase_if(arguments, [&](const Value& value) {
    const bool is_axis = value.keyword == "axis" || value.keyword == "dim" || value.keyword.empty();
    return is_axis && value.as<Word>() && value.as<Word>()->text == own;
  });
  Value axis{Number(static_cast<std::int64_t>(grouping.axis)), offset};
  axis.keyword = "axis";
  axis.keyword_offset = offset;
  std::vector<std::vector<std::int64_t>> indices(static_cast<std::size_t>(grouping.groups));
  for (std::size_t i = 0; i < grouping.labels.size(); ++i)
    if (grouping.labels[i] >= 0)
      indices[static_cast<std::size_t>(grouping.labels[i])].push_back(static_cast<std::int64_t>(i));
  std::vector<UntypedArray> parts;
  std::vector<std::int64_t> places;
  for (std::vector<std::int64_t>& group : indices) {
    places.push_back(group.empty() ? -1 : static_cast<std::int64_t>(parts.size()));
    if (group.empty()) continue;
    std::vector<Value> all{Value{term_of(take(x, std::move(group), grouping.axis)), offset}};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.push_back(axis);
    const UntypedArray one = array_of(call(function.name, offset, std::move(all)));
    parts.push_back(expand_dims(one, 1U << grouping.axis));
  }
  if (parts.empty()) throw Mistake{ErrorCode::invalid_argument, "no group has an element", offset};
  UntypedArray result = concatenate(std::span<const UntypedArray>(parts), grouping.axis);
  if (parts.size() < places.size()) result = take_or_missing(result, std::move(places), grouping.axis, "groupby");
  std::vector<std::string> names;
  for (int i = 0; i < result.shape.rank(); ++i)
    names.push_back(i == grouping.axis ? grouped.groups.dimension : result.labels.dimension(i));
  result.labels =
      result.labels.with_dimensions(std::move(names)).with_coordinate(grouping.axis, grouped.groups.coordinate);
  if (!grouped.keys) return term_of(result);
  result = with_axes_of_keys(result, *grouped.keys);
  return term_of(grouped.keeps_axes ? in_order_of(result, grouped.keys->labels, grouped.keys->shape.rank()) : result);
}

/// Names the axis that the axes of keys were put together to in their place, among the axes of a reduction.
void name_axis_of_keys(const KeyedArray& keys, std::vector<Value>& arguments) {
  if (keys.axes.size() < 2) return;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Value& axis = arguments[i];
    if (!(axis.keyword == "axis" || axis.keyword == "dim" || (i == 0 && axis.keyword.empty()))) continue;
    Tuple others;
    std::size_t own = 0;
    for (const Value* const one : values_of(axis)) {
      const Word* const word = one->as<Word>();
      const bool is_own = word && std::ranges::any_of(keys.axes, [&](int number) {
                            return keys.labels.dimension(number) == word->text;
                          });
      own += is_own;
      if (!is_own) others.values.push_back(*one);
    }
    if (own == 0) continue;
    if (own < keys.axes.size())
      throw Mistake{ErrorCode::invalid_argument,
                    "the dimensions of the labels of groups are reduced together: name all of them, or none",
                    axis.offset};
    others.values.push_back(Value{Number(std::int64_t{keys.groups.grouping->axis}), axis.offset});
    axis.data = std::move(others);
  }
}

}  // namespace

Term grouped_method(std::string_view name, std::size_t offset, Grouped grouped, std::vector<Value> arguments) {
  if (grouped.frequency && is_filling(name)) return filled_method(name, offset, grouped, arguments);
  const Function* function = find_function(name);
  if (function && function->kind == Function::Kind::line && function->line->one_result)
    return lines_of_groups(*function, offset, grouped, std::move(arguments));
  if (!function || function->kind != Function::Kind::reduction) {
    std::vector<std::string> reductions;
    for (const Function& f : all_functions())
      if (f.kind == Function::Kind::reduction) reductions.emplace_back(f.name);
    throw Mistake{ErrorCode::not_found,
                  "groups have no method " + quoted(name) + "; they have the reductions" +
                      (function ? ": " + listed(reductions) : choices(name, reductions)),
                  offset};
  }
  if (!grouped.keys) {
    arguments.insert(arguments.begin(), Value{std::move(*grouped.array), offset});
    return reduction(*function, Arguments(*function, offset, std::move(arguments)), grouped.groups);
  }
  const KeyedArray& keys = *grouped.keys;
  if (grouped.overlap && function->name.find("arg") != std::string_view::npos)
    throw Mistake{ErrorCode::unsupported, "groups with windows have no positions: an element is in several", offset};
  if (!grouped.weights.empty()) return weighted_window_method(name, offset, grouped, std::move(arguments));
  name_axis_of_keys(keys, arguments);
  arguments.insert(arguments.begin(), Value{term_of(keys.array), offset});
  // A smallest element of none is NaN: combinations of keys that do not occur are no reason to refuse the others.
  const bool may_miss = function->aggregate->needs_elements && is_floating(keys.array.node->dtype);
  auto [groups, places] =
      may_miss ? groups_with_elements(keys.groups) : std::pair{keys.groups, std::vector<std::int64_t>()};
  UntypedArray result = array_of(reduction(*function, Arguments(*function, offset, std::move(arguments)), groups));
  if (std::ranges::find(places, -1) != places.end()) {
    const int axis = result.labels.axis(groups.dimension, result.shape.rank());
    const Labels labels = result.labels;
    result = take_or_missing(result, std::move(places), axis, quoted(function->name));
  }
  result = with_axes_of_keys(result, keys);
  return term_of(grouped.keeps_axes ? in_order_of(result, keys.labels, keys.shape.rank()) : result);
}

Term call_method(std::string_view name, std::size_t offset, std::vector<Value> arguments) {
  // xarray's x.where(condition, other) is NumPy's where(condition, x, other).
  if (name == "where") return where_method(offset, std::move(arguments), nullptr);
  const Function* function = find_function(name);
  if (function && function->is_method) return call(name, offset, std::move(arguments));
  if (const std::string_view reason = why_absent(name); !function && !reason.empty())
    throw Mistake{ErrorCode::not_found, "arrays have no method " + quoted(name) + ": " + std::string(reason), offset};
  std::vector<std::string> methods;
  for (const Function& f : all_functions())
    if (f.is_method) methods.emplace_back(f.name);
  throw Mistake{ErrorCode::not_found,
                "arrays have no method " + quoted(name) +
                    (function ? "; write " + std::string(name) + "(x)" : choices(name, methods)),
                offset};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
