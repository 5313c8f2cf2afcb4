/// Statistics of climate by name, each made of other functions of the notation.
#include "chunkwise/expr/climate.hpp"

#include <cmath>

#include "chunkwise/expr/units.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

Value of_name(std::string_view keyword, Value value, std::size_t offset) {
  value.keyword = keyword;
  value.keyword_offset = offset;
  return value;
}

/// A call with further arguments behind the array.
Term of_array(std::string_view name, const Term& x, std::size_t offset, std::vector<Value> rest) {
  rest.insert(rest.begin(), Value{x, offset});
  return call(name, offset, std::move(rest));
}

/// One axis, by the option or else the last one.
int axis_of_call(const Function& function, const Value* axis, const Term& x, std::size_t offset) {
  if (x.shape.rank() == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  offset};
  if (axis && !axis->as<NoValue>()) return one_axis(*axis, x);
  return x.shape.rank() - 1;
}

Value number_of_axis(int axis, std::size_t offset) {
  return of_name("axis", Value{Number(static_cast<std::int64_t>(axis)), offset}, offset);
}

/// The lengths of rows of true elements: the number of true ones so far, less that at the last one that is not.
Term run_lengths(const Term& condition, int axis, std::size_t offset) {
  const Term truth = settled(condition.dtype == DType::boolean ? condition : cast(condition, DType::boolean));
  const Term so_far = settled(of_array("cumsum", cast(truth, DType::int64), offset, {number_of_axis(axis, offset)}));
  const Term at_gaps = settled(apply(op::Where::code, truth, Number(std::int64_t{0}), so_far));
  return apply(op::Subtract::code, so_far, of_array("cummax", at_gaps, offset, {number_of_axis(axis, offset)}));
}

Term slope(const Term& given, int axis, std::size_t offset) {
  const Term x = settled(is_floating(given.dtype) ? given : cast(given, DType::float64));
  const std::int64_t count = x.shape[axis];
  const double middle = static_cast<double>(count - 1) / 2;
  double squares = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double away = static_cast<double>(i) - middle;
    squares += away * away;
  }
  Term along = term_of(detail::distances_from_middle(count, x.shape.rank(), axis));
  if (x.dtype == DType::float32) along = cast(std::move(along), DType::float32);
  Term sum = of_array("sum", apply(op::Multiply::code, x, std::move(along)), offset, {number_of_axis(axis, offset)});
  sum.labels = reduce_labels(x.labels, x.shape.rank(), 1U << axis, false, Meaning::elementwise);
  return apply(op::Divide::code, std::move(sum), Number(squares));
}

Term standardized(const Function& function, std::size_t offset, Arguments& arguments) {
  arguments.expect(1, 2);
  const Value* const axis = axis_option(arguments);
  const Term x = settled(take_array(Value(arguments.by_position()[0]), quoted(function.name)));
  std::vector<Value> options{of_name("keepdims", Value{Number(true), offset}, offset)};
  if (axis) options.push_back(of_name("axis", *axis, axis->offset));
  if (const Value* skipna = arguments.find("skipna")) options.push_back(*skipna);
  std::vector<Value> of_std = options;
  if (const Value* ddof = arguments.find("ddof")) of_std.push_back(*ddof);
  Term away = apply(op::Subtract::code, x, of_array("mean", x, offset, std::move(options)));
  return apply(op::Divide::code, std::move(away), of_array("std", x, offset, std::move(of_std)));
}

Term regressed(const Function& function, std::size_t offset, Arguments& arguments) {
  arguments.expect(2, 3);
  const Value* dim = arguments.option("dim", 2);
  if (const Value* axis = arguments.find("axis"); axis && !dim) dim = axis;
  const auto part = [&](std::size_t i) {
    Term term = take_array(Value(arguments.by_position()[i]), quoted(function.name));
    return settled(is_floating(term.dtype) ? std::move(term) : cast(std::move(term), DType::float64));
  };
  const Term x = part(0), y = part(1);
  const auto with_dim = [&](Term other) {
    std::vector<Value> rest{Value{std::move(other), offset}};
    if (dim) rest.push_back(of_name("dim", *dim, dim->offset));
    return rest;
  };
  // Where y is missing x does not count either.
  const Term both = settled(apply(op::Where::code, apply(op::IsNan::code, y), Number(std::nan("")), x));
  return apply(op::Divide::code, of_array("cov", x, offset, with_dim(y)),
               of_array("cov", both, offset, with_dim(both)));
}

Term in_units(const Function& function, Arguments& arguments) {
  arguments.expect(1, 2);
  const Value& given = needed_option(arguments, "units", 1);
  const Word* const units = given.as<Word>();
  if (!units) throw Mistake{ErrorCode::invalid_argument, "units are a text in quotes, such as 'degC'", given.offset};
  const Term x = settled(take_array(Value(arguments.by_position()[0]), quoted(function.name)));
  const detail::UnitChange change =
      about(given, [&] { return detail::unit_change(x.labels, std::string(units->text)); });
  Term result = is_floating(x.dtype) ? x : settled(cast(x, DType::float64));
  if (change.scale != 1) result = settled(apply(op::Multiply::code, result, Number(change.scale)));
  if (change.offset != 0) result = settled(apply(op::Add::code, result, Number(change.offset)));
  result.labels = change.labels;
  return result;
}

}  // namespace

Term climate_call(const Function& function, std::size_t offset, Arguments arguments) {
  if (function.name == "convert_units_to") return in_units(function, arguments);
  if (function.name == "standardize") return standardized(function, offset, arguments);
  if (function.name == "regression") return regressed(function, offset, arguments);
  const bool takes_number = function.name == "spells" || function.name == "degree_days";
  const std::size_t required = takes_number ? 2 : 1;
  arguments.expect(1, required + 1);
  const Value* const number =
      takes_number ? &needed_option(arguments, function.name == "spells" ? "length" : "threshold", 1) : nullptr;
  const Value* const given = axis_option(arguments, required);
  const Term x = settled(take_array(Value(arguments.by_position()[0]), quoted(function.name)));
  const int axis = axis_of_call(function, given, x, offset);
  if (function.name == "trend") return slope(x, axis, offset);
  if (function.name == "run_length") return run_lengths(x, axis, offset);
  if (function.name == "longest_run")
    return of_array("max", run_lengths(x, axis, offset), offset, {number_of_axis(axis, offset)});
  if (function.name == "spells") {
    const std::int64_t length = take_int(*number, "a length of spells");
    if (length < 1) throw Mistake{ErrorCode::invalid_argument, "a spell has at least one element", number->offset};
    const Term reached = settled(apply(op::Equal::code, run_lengths(x, axis, offset), Number(length)));
    return of_array("sum", reached, offset, {number_of_axis(axis, offset)});
  }
  const bool below = truth(arguments.find("below"), "below");
  const Operand threshold = take_operand(Value(*number), quoted(function.name));
  // Differences of narrow or unsigned integers would wrap.
  const Term wide = is_floating(x.dtype) ? x : settled(cast(x, DType::float64));
  Term above = below ? apply(op::Subtract::code, threshold, wide) : apply(op::Subtract::code, wide, threshold);
  above = apply(op::Maximum::code, std::move(above), Number(std::int64_t{0}));
  Term sum = of_array("sum", settled(std::move(above)), offset, {number_of_axis(axis, offset)});
  return sum;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
