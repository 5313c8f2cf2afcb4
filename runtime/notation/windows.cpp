/// The functions of the notation that make windows and weights, the methods of these, and differences.
#include <algorithm>
#include <array>
#include <limits>

#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/sequences.hpp"
#include "chunkwise/expr/weighted.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "chunkwise/op/rounding.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns the result of a function of an array with further arguments.
Term call_of(std::string_view name, std::size_t offset, Term array, std::vector<Value> arguments) {
  Value first;
  first.data = std::move(array);
  first.offset = offset;
  arguments.insert(arguments.begin(), std::move(first));
  return call(name, offset, std::move(arguments));
}

/// The argument `axis=(-1, -2)`, the axes of windows.
Value last_axes(std::size_t count, std::size_t offset) {
  Tuple axes;
  for (std::size_t i = 1; i <= count; ++i) axes.values.push_back(Value{Number(-static_cast<std::int64_t>(i)), offset});
  Value axis;
  axis.data = std::move(axes);
  axis.offset = axis.keyword_offset = offset;
  axis.keyword = "axis";
  return axis;
}

Windows windows_of(const Function& function, std::size_t offset, Term array, std::span<const Value> options) {
  Windows result;
  std::vector<const Value*> sizes;
  WindowPlace place = WindowPlace::behind;
  for (const Value& value : options) {
    if (value.keyword == "center") {
      if (truth(&value, "center")) place = WindowPlace::centered;
    } else if (value.keyword == "min_periods") {
      if (!value.as<NoValue>()) result.least = take_int(value, "min_periods");
    } else if (value.keyword.empty()) {
      throw wrong(function, "takes dimensions by their names, as in time=5", value.offset);
    } else {
      sizes.push_back(&value);
    }
  }
  if (sizes.empty()) throw wrong(function, "needs a dimension", offset);
  const DType dtype = array.dtype;
  if (dtype != DType::float32 && dtype != DType::float64) array = cast(std::move(array), DType::float64);
  const int rank = array.shape.rank();
  UntypedArray made = array_of(std::move(array));
  std::uint32_t seen = 0;
  std::int64_t places = 1;
  for (const Value* const size : sizes) {
    const int axis = axis_of_keyword(*size, made.labels, rank);
    if (seen >> axis & 1U) throw wrong(function, "has windows once along a dimension", size->keyword_offset);
    seen |= 1U << axis;
    const std::int64_t count = take_int(*size, "a number of places");
    made = about(*size, [&] { return rolling(made, axis, count, place); });
    places *= count;
  }
  if (result.least && (*result.least < 0 || *result.least > places))
    throw wrong(function,
                "has windows of " + std::to_string(places) + " places, and min_periods is not among 0 to these",
                offset);
  result.axes = sizes.size();
  result.array = std::make_shared<Term>(term_of(made));
  return result;
}

Weighted weights_of(const Function& function, std::size_t offset, Term array, std::vector<Value> rest) {
  if (rest.size() != 1 || !rest[0].keyword.empty()) throw wrong(function, "takes an array and its weights", offset);
  const Value& place = rest[0];
  Term weights = take_array(std::move(rest[0]), quoted(function.name));
  Weighted result;
  const Labels labels = array.labels;
  const Shape shape = array.shape;
  result.array = std::make_shared<Term>(settled(std::move(array)));
  result.weights = std::make_shared<Term>(
      term_of(about(place, [&] { return spread(array_of(std::move(weights)), labels, shape); })));
  return result;
}

/// Returns a weighted reduction as its definition has it, with the options of a reduction.
Term weighted_result(std::string_view name, std::size_t offset, const Weighted& weighted, std::vector<Value> options) {
  const auto skip = std::ranges::find(options, "skipna", &Value::keyword);
  const bool skips = skip != options.end() && !skip->as<NoValue>() && truth(&*skip, "skipna");
  if (skip != options.end()) options.erase(skip);
  const Term& x = *weighted.array;
  Term weights = *weighted.weights;
  // Products of narrow integers would wrap.
  if (!is_floating(x.dtype) && !is_floating(weights.dtype) && size_of(weights.dtype) < size_of(DType::int64))
    weights = settled(cast(std::move(weights), DType::int64));
  const Term missing = skips ? settled(apply(op::IsNan::code, x)) : Term{};
  if (skips) weights = settled(apply(op::Where::code, missing, Number(0.0), std::move(weights)));
  const auto products = [&](const Term& with) {
    Term product = apply(op::Multiply::code, with, weights);
    return skips ? apply(op::Where::code, missing, Number(0.0), settled(std::move(product))) : product;
  };
  const auto reduce = [&](Term of, bool keepdims) {
    std::vector<Value> again = options;
    if (keepdims) {
      std::erase_if(again, [](const Value& value) { return value.keyword == "keepdims"; });
      Value keeps;
      keeps.data = Number(true);
      keeps.offset = keeps.keyword_offset = offset;
      keeps.keyword = "keepdims";
      again.push_back(std::move(keeps));
    }
    return call_of("sum", offset, std::move(of), std::move(again));
  };
  const auto labelled = [&](Term result, Meaning meaning) {
    const Arguments sorted(*find_function("sum"), offset, [&] {
      std::vector<Value> all = options;
      all.insert(all.begin(), Value{x, offset});
      return all;
    }());
    const std::uint32_t axes = axes_of(axis_option(sorted), x);
    const bool keepdims = truth(sorted.find("keepdims"), "keepdims");
    result.labels = reduce_labels(x.labels, x.shape.rank(), axes, keepdims, meaning);
    return result;
  };
  if (name == "sum_of_weights") {
    (void)products(x);  // coordinates that do not agree are refused, as by the other methods
    return reduce(std::move(weights), false);
  }
  if (name == "sum") return reduce(products(x), false);
  if (name == "mean")
    return labelled(apply(op::Divide::code, reduce(products(x), false), reduce(weights, false)), Meaning::mean);
  const Term mean = apply(op::Divide::code, reduce(products(x), true), reduce(weights, true));
  const Term away = settled(apply(op::Subtract::code, x, mean));
  const Term squares = settled(apply(op::Multiply::code, away, away));
  Term sum = apply(op::Multiply::code, weights, squares);
  if (skips) sum = apply(op::Where::code, missing, Number(0.0), settled(std::move(sum)));
  sum = reduce(std::move(sum), false);
  if (name == "sum_of_squares") return sum;
  Term variance = apply(op::Divide::code, std::move(sum), reduce(weights, false));
  if (name == "var") return labelled(std::move(variance), Meaning::variance);
  return labelled(apply(op::Sqrt::code, std::move(variance)), Meaning::deviation);
}

/// Returns x.weighted(w).quantile(q, dim).
Term quantile_of_weighted(std::size_t offset, const Weighted& weighted, std::vector<Value> options) {
  const Term& x = *weighted.array;
  options.insert(options.begin(), Value{x, offset});
  Arguments arguments(*find_function("quantile"), offset, std::move(options));
  arguments.expect(1, 3);
  const Value& q = needed_option(arguments, "q", 1);
  const Number* const number = q.as<Number>();
  if (!number)
    throw Mistake{ErrorCode::type_mismatch,
                  "q is a number, and this is " + describe(q) + "; of several make an array each", q.offset};
  if (const Value* method = arguments.find("method");
      method && !(method->as<Word>() && method->as<Word>()->text == "linear"))
    throw Mistake{ErrorCode::unsupported, "weighted quantiles have the method 'linear' alone", method->offset};
  const std::uint32_t axes = axes_of(axis_option(arguments, 2), x);
  const Value* const skipna = arguments.find("skipna");
  const bool skips = skipna && !skipna->as<NoValue>() && truth(skipna, "skipna");
  const bool keepdims = truth(arguments.find("keepdims"), "keepdims");
  return term_of(about(q, [&] {
    return weighted_quantile(array_of(x), array_of(*weighted.weights), as_double(*number), axes, keepdims, skips);
  }));
}

/// The windows themselves, as further axes of these names.
Term constructed(std::size_t offset, const Windows& windows, const std::vector<Value>& names) {
  Term result = *windows.array;
  const int rank = result.shape.rank();
  const int own = rank - static_cast<int>(windows.axes);
  if (names.size() > windows.axes)
    throw Mistake{
        ErrorCode::invalid_argument,
        "'construct' takes a name for each axis of windows, of which there are " + std::to_string(windows.axes),
        offset};
  std::vector<std::string> dimensions;
  for (int axis = 0; axis < own; ++axis) dimensions.push_back(result.labels.dimension(axis));
  for (const Value& name : names) {
    if (!name.keyword.empty() || !name.as<Word>())
      throw Mistake{ErrorCode::type_mismatch, "'construct' takes names in quotes, as in construct('window')",
                    name.offset};
    dimensions.emplace_back(name.as<Word>()->text);
  }
  dimensions.resize(static_cast<std::size_t>(rank));
  result.labels = result.labels.with_dimensions(std::move(dimensions));
  return result;
}

op::OperandType operand_type(const Operand& operand) {
  if (const Term* term = std::get_if<Term>(&operand)) return {term->dtype, false, WeakKind::floating};
  // As NumPy's asarray has it: the type of a number is its own here, and does not adapt.
  switch (kind_of(std::get<Number>(operand))) {
    case WeakKind::boolean:
      return {DType::boolean, false, WeakKind::floating};
    case WeakKind::integer:
      return {DType::int64, false, WeakKind::floating};
    default:
      return {DType::float64, false, WeakKind::floating};
  }
}

}  // namespace

std::variant<Windows, Weighted> windows_call(const Function& function, std::size_t offset,
                                             std::vector<Value> arguments) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  Term array = take_array(std::move(arguments[0]), quoted(function.name));
  arguments.erase(arguments.begin());
  if (function.name == "weighted") return weights_of(function, offset, std::move(array), std::move(arguments));
  return windows_of(function, offset, std::move(array), arguments);
}

Term windows_method(std::string_view name, std::size_t offset, const Windows& windows, std::vector<Value> arguments) {
  if (name == "construct") return constructed(offset, windows, arguments);
  const Function* function = find_function(name);
  const bool counts = name == "count";
  const Function* skipping = counts || name.starts_with("nan") ? function : find_function("nan" + std::string(name));
  if (!function || function->kind != Function::Kind::reduction || !skipping)
    throw Mistake{ErrorCode::not_found,
                  "windows have no method " + quoted(name) +
                      "; they have the reductions that have a variant without NaN, such as mean, count, and construct",
                  offset};
  for (const Value& value : arguments)
    if (value.keyword != "ddof")
      throw Mistake{ErrorCode::invalid_argument, quoted(name) + " of windows takes no axis: it is over each window",
                    value.offset};
  arguments.push_back(last_axes(windows.axes, offset));
  if (!windows.least) return call_of(name, offset, *windows.array, std::move(arguments));
  std::vector<Value> of_count;
  of_count.push_back(last_axes(windows.axes, offset));
  Term result = call_of(skipping->name, offset, *windows.array, std::move(arguments));
  const Labels labels = result.labels;
  Term enough = apply(op::GreaterEqual::code, call_of("count", offset, *windows.array, std::move(of_count)),
                      Number(*windows.least));
  result =
      apply(op::Where::code, std::move(enough), std::move(result), Number(std::numeric_limits<double>::quiet_NaN()));
  result.labels = labels;
  return result;
}

Term weighted_method(std::string_view name, std::size_t offset, const Weighted& weighted,
                     std::vector<Value> arguments) {
  const std::array<std::string, 7> methods{"mean", "sum", "std", "var", "sum_of_weights", "sum_of_squares", "quantile"};
  if (std::ranges::find(methods, name) == methods.end())
    throw Mistake{ErrorCode::not_found,
                  "weighted arrays have no method " + quoted(name) + "; they have " + listed(methods), offset};
  if (name == "quantile") return quantile_of_weighted(offset, weighted, std::move(arguments));
  return weighted_result(name, offset, weighted, std::move(arguments));
}

Term average_call(const Function& function, std::size_t offset, std::vector<Value> arguments) {
  const auto given = std::ranges::find(arguments, "weights", &Value::keyword);
  std::size_t by_position = 0;
  for (const Value& value : arguments) by_position += value.keyword.empty();
  if (by_position < 1 || by_position > 3) throw wrong(function, "takes an array, an axis and weights", offset);
  if (by_position == 3 && given != arguments.end())
    throw Mistake{ErrorCode::invalid_argument, "'weights' is given twice", given->keyword_offset};
  const auto place = by_position == 3 ? arguments.begin() + 2 : given;
  if (place == arguments.end() || place->as<NoValue>()) {
    if (place != arguments.end()) arguments.erase(place);
    return call("mean", offset, std::move(arguments));
  }
  std::vector<Value> weights;
  weights.push_back(std::move(*place));
  weights[0].keyword = {};
  arguments.erase(place);
  Term array = take_array(std::move(arguments[0]), quoted(function.name));
  arguments.erase(arguments.begin());
  return weighted_result("mean", offset, weights_of(function, offset, std::move(array), std::move(weights)),
                         std::move(arguments));
}

Term diff_call(const Function& function, std::size_t offset, std::vector<Value> values) {
  // The second argument is a dimension in xarray's diff, and n in NumPy's.
  if (values.size() > 1 && values[1].keyword.empty() && values[1].as<Word>()) {
    Value axis = std::move(values[1]);
    axis.keyword = "axis";
    axis.keyword_offset = axis.offset;
    values.erase(values.begin() + 1);
    values.push_back(std::move(axis));
  }
  Arguments arguments(function, offset, std::move(values));
  arguments.expect(1, 3);
  const Value* n = arguments.option("n", 1);
  const Value* axis = arguments.option("axis", 2);
  if (const Value* dim = arguments.find("dim"); dim && !axis) axis = dim;
  const std::int64_t times = n ? take_int(*n, "n") : 1;
  Term array = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  if (array.shape.rank() == 0)
    throw Mistake{ErrorCode::out_of_range, "'diff' goes along an axis, and this array has none", offset};
  const int along = axis ? one_axis(*axis, array) : array.shape.rank() - 1;
  // Neighbours beyond the ends: arrays, or a number for each line.
  std::vector<Operand> parts{std::move(array)};
  std::vector<op::OperandType> types;
  for (const std::string_view end : {"prepend", "append"}) {
    const Value* given = arguments.find(end);
    if (!given || given->as<NoValue>()) given = nullptr;
    parts.push_back(given ? take_operand(Value(*given), std::string(end)) : Operand(Number(false)));
    types.push_back(given ? operand_type(parts.back()) : operand_type(parts[0]));
  }
  types.push_back(operand_type(parts[0]));
  const DType common = op::common_type(types);
  const auto part = [&](std::size_t i, std::string_view end) -> std::optional<UntypedArray> {
    if (!end.empty() && (!arguments.find(end) || arguments.find(end)->as<NoValue>())) return std::nullopt;
    if (const Number* number = std::get_if<Number>(&parts[i])) {
      Shape shape = std::get<Term>(parts[0]).shape;
      shape[along] = 1;
      const Scalar zero = dispatch(common, [](auto value) { return Scalar(value); });
      return array_of(apply(op::Add::code, term_of({build::source(full_source(shape, zero)), shape, {}}), *number));
    }
    const Term& term = std::get<Term>(parts[i]);
    return array_of(term.dtype == common ? term : cast(term, common));
  };
  return term_of(diff(*part(0, {}), along, times, part(1, "prepend"), part(2, "append")));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
