/// The functions of the notation that give an array at other values of a coordinate, or in another order.
#include "chunkwise/expr/reindex.hpp"

#include <algorithm>

#include "chunkwise/expr/interpolate.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// The options of reindex beside dimensions.
struct ReindexOptions {
  Fill fill = Fill::none;
  double tolerance = INFINITY;
  std::optional<Value> fill_value;
};

Fill fill_of(const Value& value) {
  if (value.as<NoValue>()) return Fill::none;
  const Word* const word = value.as<Word>();
  const std::string_view text = word ? word->text : "";
  if (text == "nearest") return Fill::nearest;
  if (text == "ffill" || text == "pad") return Fill::forward;
  if (text == "bfill" || text == "backfill") return Fill::backward;
  throw Mistake{ErrorCode::invalid_argument,
                "the methods of reindex are 'nearest', 'ffill' and 'bfill', and this is " + describe(value),
                value.offset};
}

ReindexOptions taken_options(std::vector<Value>& arguments) {
  ReindexOptions options;
  const Value* tolerance = nullptr;
  for (const Value& value : arguments) {
    if (value.keyword == "method") options.fill = fill_of(value);
    if (value.keyword == "fill_value") options.fill_value = value;
    if (value.keyword != "tolerance" || value.as<NoValue>()) continue;
    const Number* const number = value.as<Number>();
    if (!number)
      throw Mistake{ErrorCode::type_mismatch, "tolerance is a number, and this is " + describe(value), value.offset};
    options.tolerance = as_double(*number);
    tolerance = &value;
  }
  if (tolerance && options.fill == Fill::none)
    throw Mistake{ErrorCode::invalid_argument, "a tolerance belongs to a method", tolerance->keyword_offset};
  std::erase_if(arguments, [](const Value& value) {
    return value.keyword == "method" || value.keyword == "tolerance" || value.keyword == "fill_value";
  });
  return options;
}

/// Returns an array that may have NaN.
Term with_nan(Term array) {
  return is_floating(array.dtype) ? std::move(array) : cast(std::move(array), DType::float64);
}

/// Returns what `make` makes of x, of integers only if nothing is missing; else of x as float64.
template <class Make>
UntypedArray made_of(const Term& x, const Make& make) {
  if (is_floating(x.dtype)) return make(array_of(x));
  try {
    return make(array_of(x));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::type_mismatch) throw;
  }
  return make(array_of(with_nan(x)));
}

/// Returns the result with another number where reindexing found nothing: where an array of true, reindexed, is not.
template <class Make>
Term filled(const Term& x, const Value& number, const Make& make) {
  const Number* const given = number.as<Number>();
  if (!given)
    throw Mistake{ErrorCode::type_mismatch, "fill_value is a number, and this is " + describe(number), number.offset};
  Term result = term_of(made_of(x, make));
  // An array of zeros stays zero where there is an element.
  NodePtr zeros = build::source(full_source(x.shape, Scalar(0.0)));
  const UntypedArray there = make(UntypedArray{std::move(zeros), x.shape, x.labels});
  const Labels labels = result.labels;
  Term missing = apply(op::IsNan::code, term_of(there));
  result = apply(op::Where::code, std::move(missing), *given, std::move(result));
  result.labels = labels;
  return result;
}

std::vector<CoordinateValue> coordinate_values(const Value& value) {
  std::vector<CoordinateValue> values;
  if (const Term* const term = value.as<Term>()) {
    for (const double number : numbers_of(value, "the values of reindex", nullptr, std::int64_t{1} << 24))
      values.emplace_back(number);
    if (term->shape.rank() > 1)
      throw Mistake{ErrorCode::shape_mismatch, "the values of a coordinate have one axis", value.offset};
    return values;
  }
  for (const Value* const one : values_of(value))
    values.push_back(coordinate_value(*one, "reindex takes numbers and times in quotes, in a list"));
  return values;
}

Term sorted(const Function& function, Term x, std::vector<Value> arguments, std::size_t offset) {
  bool ascending = true;
  const auto option = std::ranges::find(arguments, "ascending", &Value::keyword);
  if (option != arguments.end()) {
    ascending = truth(&*option, "ascending");
    arguments.erase(option);
  }
  if (arguments.size() != 1 || !(arguments[0].keyword.empty() || arguments[0].keyword == "variables"))
    throw wrong(function, "takes the name of a dimension, or a list of them", offset);
  UntypedArray result = array_of(x);
  for (const Value* const value : values_of(arguments[0])) {
    const Term* const term = value->as<Term>();
    Value name = *value;
    // x.sortby(x.latitude) is x.sortby('latitude').
    if (term && term->shape.rank() == 1 && term->node && graph::source_of(*term->node) &&
        term->labels.name() == term->labels.dimension(0))
      name.data = Word{term->labels.dimension(0)};
    if (!name.as<Word>())
      throw Mistake{ErrorCode::type_mismatch,
                    "'sortby' takes the name of a dimension in quotes, and this is " + describe(*value), value->offset};
    const int axis = one_axis(name, x);
    result = about(*value, [&] { return chunkwise::sortby(result, axis, ascending); });
  }
  return term_of(result);
}

}  // namespace

Term reindex_call(const Function& function, std::size_t offset, std::vector<Value> arguments) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  Term x = take_array(std::move(arguments[0]), quoted(function.name));
  arguments.erase(arguments.begin());
  if (function.name == "sortby") return sorted(function, std::move(x), std::move(arguments), offset);
  const ReindexOptions options = taken_options(arguments);
  const auto result_of = [&](const Term& from, const auto& make) {
    return options.fill_value ? filled(from, *options.fill_value, make) : term_of(made_of(from, make));
  };
  x = settled(std::move(x));
  if (function.name == "reindex_like") {
    if (arguments.size() != 1 || !arguments[0].keyword.empty()) throw wrong(function, "takes 2 arrays", offset);
    const Term like = take_array(Value(arguments[0]), quoted(function.name));
    return about(arguments[0], [&] {
      return result_of(x, [&](const UntypedArray& from) {
        return chunkwise::reindex_like(from, like.labels, like.shape.rank(), options.fill, options.tolerance);
      });
    });
  }
  if (arguments.empty()) throw wrong(function, "needs a dimension by its name", offset);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Value& value = arguments[i];
    if (value.keyword.empty()) throw wrong(function, "takes dimensions by their names", value.offset);
    require_once(arguments, i);
    const int axis = axis_of_keyword(value, x.labels, x.shape.rank());
    const std::vector<CoordinateValue> values = coordinate_values(value);
    x = settled(about(value, [&] {
      return result_of(x, [&](const UntypedArray& from) {
        return chunkwise::reindex(from, axis, values, options.fill, options.tolerance);
      });
    }));
  }
  return x;
}

bool is_filling(std::string_view name) {
  return name == "ffill" || name == "pad" || name == "bfill" || name == "backfill" || name == "nearest" ||
         name == "interpolate" || name == "asfreq";
}

Term filled_method(std::string_view name, std::size_t offset, const Grouped& grouped,
                   const std::vector<Value>& arguments) {
  const Value place{NoValue{}, offset};
  const Term x = settled(*grouped.array);
  const int axis = grouped.groups.grouping->axis;
  bool is_linear = true;
  for (const Value& value : arguments) {
    const Word* const word = value.as<Word>();
    const bool is_kind = name == "interpolate" && (value.keyword.empty() || value.keyword == "kind") && word;
    if (!is_kind || arguments.size() > 1 || (word->text != "linear" && word->text != "nearest"))
      throw Mistake{ErrorCode::invalid_argument,
                    quoted(name) + (name == "interpolate" ? " takes a kind, 'linear' or 'nearest'"
                                                          : " of times in equal steps takes no argument"),
                    value.offset};
    is_linear = word->text == "linear";
  }
  return term_of(about(place, [&] {
    const std::vector<CoordinateValue> times = times_of_bins(x.labels, axis, *grouped.frequency);
    if (name == "interpolate")
      return chunkwise::interp(array_of(with_nan(x)), axis, times,
                               is_linear ? InterpolationMethod::linear : InterpolationMethod::nearest);
    const Fill fill = name == "asfreq"                   ? Fill::none
                      : name == "nearest"                ? Fill::nearest
                      : name == "ffill" || name == "pad" ? Fill::forward
                                                         : Fill::backward;
    return made_of(x, [&](const UntypedArray& from) { return chunkwise::reindex(from, axis, times, fill, INFINITY); });
  }));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
