/// The functions of the notation that make groups, and the methods of groups.
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

std::string text_of(const Function& function, const Value& value, const std::string& what) {
  if (const Word* word = value.as<Word>()) return std::string(word->text);
  throw wrong(function, "takes " + what + " in quotes, and this is " + describe(value), value.offset);
}

/// Returns the one argument `dimension=value`.
const Value& dimension_argument(const Function& function, std::span<const Value> options, std::size_t offset) {
  const Value* found = nullptr;
  for (const Value& value : options) {
    if (value.keyword == "boundary" && function.name == "coarsen") continue;
    if (value.keyword.empty()) throw wrong(function, "takes a dimension by its name, as in time=...", value.offset);
    if (found) throw wrong(function, "goes along one dimension", value.keyword_offset);
    found = &value;
  }
  if (!found) throw wrong(function, "needs a dimension", offset);
  return *found;
}

Boundary boundary_of(const Function& function, std::span<const Value> options) {
  for (const Value& value : options) {
    if (value.keyword != "boundary") continue;
    const std::string text = text_of(function, value, "a boundary");
    if (text == "exact") return Boundary::exact;
    if (text == "trim") return Boundary::trim;
    if (text == "pad") return Boundary::pad;
    throw wrong(function, "has the boundaries 'exact', 'trim' and 'pad', and this is " + describe(value), value.offset);
  }
  return Boundary::exact;
}

By by_of(const Function& function, std::span<const Value> options, std::size_t offset) {
  if (function.name == "groupby") {
    if (options.size() != 1 || !options[0].keyword.empty())
      throw wrong(function, "takes one key, such as 'time.month'", offset);
    return groupby(text_of(function, options[0], "a key such as 'time.month'"));
  }
  const Value& along = dimension_argument(function, options, offset);
  const std::string dimension(along.keyword);
  if (function.name == "resample") return resample(dimension, text_of(function, along, "a frequency such as '1D'"));
  return coarsen(dimension, take_int(along, "a number of neighbours"), boundary_of(function, options));
}

}  // namespace

Grouped grouping_call(const Function& function, std::size_t offset, std::vector<Value> arguments) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  Grouped result;
  result.array = std::make_shared<Term>(take_array(std::move(arguments[0]), quoted(function.name)));
  const std::span<const Value> options(arguments.data() + 1, arguments.size() - 1);
  const By by = by_of(function, options, offset);
  const std::size_t place = options.empty() ? offset : options[0].offset;
  try {
    result.groups = by.resolve(result.array->labels, result.array->shape);
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), place};
  }
  return result;
}

Value spread_over_groups(const Grouped& grouped, Value operand) {
  const Term* term = operand.as<Term>();
  if (!term) return operand;
  const std::size_t offset = operand.offset;
  try {
    Term own = std::get<Term>(std::move(operand.data));
    const Term& array = *grouped.array;
    const UntypedArray spread_over_indices = of_groups(array_of(std::move(own)), grouped.groups, array.labels);
    // Its dimensions are found by name, as xarray does it.
    bool is_part = spread_over_indices.shape.rank() < array.shape.rank();
    for (int axis = 0; axis < spread_over_indices.shape.rank(); ++axis) {
      bool known = false;
      for (int other = 0; other < array.shape.rank(); ++other)
        known = known || array.labels.dimension(other) == spread_over_indices.labels.dimension(axis);
      is_part = is_part && known;
    }
    return {term_of(is_part ? spread(spread_over_indices, array.labels, array.shape) : spread_over_indices), offset};
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), offset};
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
