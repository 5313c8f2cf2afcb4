// Functions that are several operations of the catalogue: the same ones, in the same order, as in expr/mathematics.hpp
// and expr/choices.hpp.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "chunkwise/expr/choices.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns the result with the labels of an array whose elements it has in another form.
Term with_meaning_of(Term result, const Labels& labels) {
  result.labels = map_labels(labels, Meaning::converted);
  return result;
}

/// Returns an option as a number; `otherwise` if it is not given or None.
double number_of(const Value* value, const std::string& what, double otherwise) {
  if (!value || value->as<NoValue>()) return otherwise;
  const Number* number = value->as<Number>();
  if (!number)
    throw Mistake{ErrorCode::type_mismatch, what + " is a number, and this is " + describe(*value), value->offset};
  return as_double(*number);
}

Term rounded(const Function& function, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* option = arguments.option("decimals", 1);
  const std::int64_t decimals = option ? take_int(*option, "decimals") : 0;
  if (decimals > op::most_decimals || decimals < -op::most_decimals)
    throw Mistake{ErrorCode::out_of_range,
                  quoted(function.name) + " has at most " + std::to_string(op::most_decimals) +
                      " decimals, before or behind the point",
                  option->offset};
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const Number power = op::power_of_ten(static_cast<int>(std::abs(decimals)));
  const DType dtype = x.dtype;
  const Labels labels = x.labels;
  if (is_integer(dtype)) {
    if (decimals >= 0) return x;
    Term tens = apply(op::Divide::code, cast(std::move(x), DType::float64), power);
    Term whole = apply(op::Multiply::code, apply(op::Rint::code, std::move(tens)), power);
    return with_meaning_of(cast(std::move(whole), dtype), labels);
  }
  if (decimals == 0) return apply(op::Rint::code, std::move(x));
  const OpCode before = decimals > 0 ? op::Multiply::code : op::Divide::code;
  const OpCode behind = decimals > 0 ? op::Divide::code : op::Multiply::code;
  return with_meaning_of(apply(behind, apply(op::Rint::code, apply(before, std::move(x), power)), power), labels);
}

Term clipped(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(1, 3);
  const auto limit = [&](std::string_view name, std::string_view older, std::size_t position) -> const Value* {
    const Value* value = arguments.option(name, position);
    const Value* other = arguments.find(older);
    if (value && other)
      throw Mistake{ErrorCode::invalid_argument, quoted(name) + " is given twice", other->keyword_offset};
    if (other) value = other;
    return value && value->as<NoValue>() ? nullptr : value;
  };
  const Value* low = limit("min", "a_min", 1);
  const Value* high = limit("max", "a_max", 2);
  if (!low && !high)
    throw Mistake{ErrorCode::invalid_argument, quoted(function.name) + " needs a limit: " + signature_of(function),
                  offset};
  const bool numbers = !(low && !low->as<Number>()) && !(high && !high->as<Number>());
  const auto operand = [&](const Value& value) { return take_operand(Value(value), quoted(function.name)); };
  Term result = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  const Labels labels = result.labels;
  if (low) result = apply(op::Maximum::code, std::move(result), operand(*low));
  if (high) result = apply(op::Minimum::code, std::move(result), operand(*high));
  return numbers ? with_meaning_of(std::move(result), labels) : std::move(result);
}

Term close(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(2, 5);
  const double rtol = number_of(arguments.option("rtol", 2), "rtol", 1e-5);
  const double atol = number_of(arguments.option("atol", 3), "atol", 1e-8);
  const bool equal_nan = truth(arguments.option("equal_nan", 4), "equal_nan");
  const Operand x = take_operand(std::move(arguments.by_position()[0]), quoted(function.name));
  const Operand y = take_operand(std::move(arguments.by_position()[1]), quoted(function.name));
  const Term* array_x = std::get_if<Term>(&x);
  const Term* array_y = std::get_if<Term>(&y);
  if (!array_x && !array_y)
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs an array among its arguments; write the number that you mean",
                  offset};
  Term near;
  if (!array_y) {
    const double number = as_double(std::get<Number>(y));
    near = apply(op::Within::code, x, Number(number), Number(atol + rtol * std::fabs(number)));
  } else {
    const Term floating = is_floating(array_y->dtype) ? *array_y : cast(*array_y, DType::float64);
    Term tolerance =
        apply(op::Add::code, Number(atol), apply(op::Multiply::code, Number(rtol), apply(op::Abs::code, floating)));
    near = apply(op::Within::code, x, floating, std::move(tolerance));
  }
  if (!equal_nan) return near;
  const auto is_nan = [&](const Operand& o) -> Operand {
    if (const Term* term = std::get_if<Term>(&o)) return apply(op::IsNan::code, *term);
    return Number(std::isnan(as_double(std::get<Number>(o))));
  };
  Term both =
      array_x ? apply(op::LogicalAnd::code, is_nan(x), is_nan(y)) : apply(op::LogicalAnd::code, is_nan(y), is_nan(x));
  return apply(op::LogicalOr::code, std::move(near), std::move(both));
}

Term without_nan(const Function& function, Arguments arguments) {
  arguments.expect(1, 1);
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const bool is_float = x.dtype == DType::float32;
  const double largest =
      is_float ? static_cast<double>(std::numeric_limits<float>::max()) : std::numeric_limits<double>::max();
  const double nan = number_of(arguments.find("nan"), "nan", 0.0);
  const double posinf = number_of(arguments.find("posinf"), "posinf", largest);
  const double neginf = number_of(arguments.find("neginf"), "neginf", -largest);
  if (!is_floating(x.dtype)) return x;
  chunkwise::detail::check_replacements(nan, posinf);
  const Labels labels = x.labels;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  x = apply(op::Replace::code, std::move(x), Number(std::numeric_limits<double>::quiet_NaN()), Number(nan));
  x = apply(op::Replace::code, std::move(x), Number(infinity), Number(posinf));
  x = apply(op::Replace::code, std::move(x), Number(-infinity), Number(neginf));
  return with_meaning_of(std::move(x), labels);
}

Term positive(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(1, 1);
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  if (x.dtype == DType::boolean)
    throw Mistake{ErrorCode::type_mismatch, quoted(function.name) + " is not defined for bool arrays", offset};
  return x;
}

Term filled(const Function& function, Arguments arguments) {
  const Value* value = arguments.option("value", 1);
  arguments.expect(1, 2);
  if (!value)
    throw Mistake{ErrorCode::invalid_argument, quoted(function.name) + " needs a value: " + signature_of(function),
                  arguments.offset()};
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  Operand other = take_operand(Value(*value), quoted(function.name));
  const bool is_number = std::holds_alternative<Number>(other);
  const Labels labels = x.labels;
  Term result = is_floating(x.dtype) ? apply(op::Replace::code, std::move(x),
                                             Number(std::numeric_limits<double>::quiet_NaN()), std::move(other))
                                     : apply(op::Where::code, apply(op::IsNan::code, x), std::move(other), x);
  return is_number ? with_meaning_of(std::move(result), labels) : std::move(result);
}

Operand in_float64(Operand operand) {
  if (const Number* number = std::get_if<Number>(&operand)) return Number(as_double(*number));
  Term& term = std::get<Term>(operand);
  return term.dtype == DType::float64 ? std::move(term) : cast(std::move(term), DType::float64);
}

Term powered(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(2, 2);
  std::vector<Operand> operands;
  for (Value& value : arguments.by_position())
    operands.push_back(in_float64(take_operand(std::move(value), quoted(function.name))));
  if (std::ranges::none_of(operands, [](const Operand& one) { return std::holds_alternative<Term>(one); }))
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs an array among its arguments; write the number that you mean",
                  offset};
  return apply(*op::find(op::Pow::code), std::move(operands));
}

/// The functions of one array that take nothing else.
Term of_one(const Function& function, Arguments arguments) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  arguments.expect(1, 1);
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const DType dtype = x.dtype;
  switch (function.composed) {
    case Composed::notnull:
      return apply(op::LogicalNot::code, apply(op::IsNan::code, std::move(x)));
    case Composed::isposinf:
      return apply(op::Equal::code, std::move(x), Number(infinity));
    case Composed::isneginf:
      return apply(op::Equal::code, std::move(x), Number(-infinity));
    case Composed::sinc: {
      const Term scaled =
          settled(apply(op::Multiply::code, Number(std::numbers::pi),
                        apply(op::Replace::code, std::move(x), Number(std::int64_t{0}), Number(1e-20))));
      return apply(op::Divide::code, apply(op::Sin::code, scaled), scaled);
    }
    case Composed::imag:
      return cast(apply(op::LogicalAnd::code, std::move(x), Number(false)), dtype);
    case Composed::angle:
      return apply(op::Arctan2::code, Number(std::int64_t{0}), std::move(x));
    case Composed::isreal:
      return apply(op::LogicalOr::code, std::move(x), Number(true));
    default:
      return x;  // real, conj
  }
}

}  // namespace

Term composed_call(const Function& function, std::size_t offset, Arguments arguments) {
  switch (function.composed) {
    case Composed::round:
      return rounded(function, std::move(arguments));
    case Composed::clip:
      return clipped(function, offset, std::move(arguments));
    case Composed::isclose:
      return close(function, offset, std::move(arguments));
    case Composed::nan_to_num:
      return without_nan(function, std::move(arguments));
    case Composed::positive:
      return positive(function, offset, std::move(arguments));
    case Composed::fillna:
      return filled(function, std::move(arguments));
    case Composed::float_power:
      return powered(function, offset, std::move(arguments));
    default:
      return of_one(function, std::move(arguments));
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
