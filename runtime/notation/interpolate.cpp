/// The functions of the notation that make values between elements: those of expr/interpolate.hpp.
#include "chunkwise/expr/interpolate.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

double number_of(const Value& value, const std::string& what) {
  if (const Number* number = value.as<Number>()) return as_double(*number);
  throw Mistake{ErrorCode::type_mismatch, what + " is a number, and this is " + describe(value), value.offset};
}

std::vector<double> numbers_of(const Value& value, const std::string& what) {
  const Tuple* tuple = value.as<Tuple>();
  if (!tuple)
    throw Mistake{ErrorCode::type_mismatch,
                  what + " is a list of numbers, since it has to be known when the formula is built, and this is " +
                      describe(value),
                  value.offset};
  std::vector<double> numbers;
  for (const Value& one : tuple->values) numbers.push_back(number_of(one, "an element of " + what));
  return numbers;
}

/// interp(x, xp, fp, left, right, period).
Term by_points(const Function& function, std::size_t offset, Term x, std::vector<Value>& arguments) {
  constexpr std::array<std::string_view, 5> names{"xp", "fp", "left", "right", "period"};
  std::array<const Value*, names.size()> given{};
  std::size_t position = 0;
  for (const Value& value : arguments) {
    const std::size_t at = value.keyword.empty()
                               ? position++
                               : static_cast<std::size_t>(std::ranges::find(names, value.keyword) - names.begin());
    if (at >= names.size())
      throw wrong(function, value.keyword.empty() ? "takes 6 arguments" : "has no argument " + quoted(value.keyword),
                  value.offset);
    if (given[at])
      throw Mistake{ErrorCode::invalid_argument, quoted(names[at]) + " is given twice", value.keyword_offset};
    given[at] = &value;
  }
  if (!given[0] || !given[1]) throw wrong(function, "needs points or a dimension", offset);
  Points points{numbers_of(*given[0], "xp"), numbers_of(*given[1], "fp")};
  const auto option = [&](std::size_t i) -> std::optional<double> {
    if (!given[i] || given[i]->as<NoValue>()) return std::nullopt;
    return number_of(*given[i], std::string(names[i]));
  };
  points.left = option(2);
  points.right = option(3);
  points.period = option(4);
  return term_of(about(*given[0], [&] { return interp(array_of(std::move(x)), points); }));
}

InterpolationMethod method_of(const Value& value) {
  const Word* word = value.as<Word>();
  if (word && word->text == "linear") return InterpolationMethod::linear;
  if (word && word->text == "nearest") return InterpolationMethod::nearest;
  throw Mistake{ErrorCode::unsupported, "there are the methods 'linear' and 'nearest', and this is " + describe(value),
                value.offset};
}

/// x.interp(latitude=[52.5, 53], time='2014-02-11T03', method='linear').
Term by_coordinates(const Function& function, std::size_t offset, Term term, std::vector<Value>& arguments) {
  InterpolationMethod method = InterpolationMethod::linear;
  for (const Value& value : arguments)
    if (value.keyword == "method") method = method_of(value);
  std::erase_if(arguments, [](const Value& value) { return value.keyword == "method"; });
  if (arguments.empty()) throw wrong(function, "needs points or a dimension", offset);
  UntypedArray x = array_of(std::move(term));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Value& value = arguments[i];
    if (value.keyword.empty()) throw wrong(function, "takes points, or dimensions by their names", value.offset);
    require_once(arguments, i);
    const int axis = axis_of_keyword(value, x.labels, x.shape.rank());
    std::vector<CoordinateValue> at;
    const Tuple* several = value.as<Tuple>();
    for (const Value* one : values_of(value))
      at.push_back(coordinate_value(
          *one, "interp takes a number, a time in quotes or a list of them, known when the formula is built"));
    x = about(value, [&] { return interp(x, axis, at, method); });
    if (!several) x = take_index(x, axis, 0);
  }
  return term_of(x);
}

}  // namespace

Term interpolation_call(const Function& function, std::size_t offset, std::vector<Value> arguments) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  if (function.name == "interp") {
    Term x = take_array(std::move(arguments[0]), quoted(function.name));
    arguments.erase(arguments.begin());
    const bool has_points = std::ranges::any_of(
        arguments, [](const Value& v) { return v.keyword.empty() || v.keyword == "xp" || v.keyword == "fp"; });
    return has_points ? by_points(function, offset, std::move(x), arguments)
                      : by_coordinates(function, offset, std::move(x), arguments);
  }
  Arguments sorted(function, offset, std::move(arguments));
  if (function.name == "interp_like") {
    sorted.expect(2, 3);
    const Value* method = sorted.option("method", 2);
    Term x = take_array(Value(sorted.by_position()[0]), quoted(function.name));
    const Term y = take_array(Value(sorted.by_position()[1]), quoted(function.name));
    return term_of(interp_like(array_of(std::move(x)), y.labels, y.shape.rank(),
                               method ? method_of(*method) : InterpolationMethod::linear));
  }
  sorted.expect(1, 2);
  const Value* along = sorted.option("dim", 1);
  if (!along) along = sorted.find("axis");
  Term x = take_array(Value(sorted.by_position()[0]), quoted(function.name));
  if (x.shape.rank() == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  offset};
  if (!along && x.shape.rank() > 1) throw wrong(function, "needs a dimension", offset);
  const int axis = along ? one_axis(*along, x) : 0;
  const Value* by_coordinate = sorted.find("use_coordinate");
  return term_of(
      interpolate_na(array_of(std::move(x)), axis, !by_coordinate || truth(by_coordinate, "use_coordinate")));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
