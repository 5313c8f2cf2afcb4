/// The functions of the notation that make groups, and the methods of groups.
#include <algorithm>
#include <cmath>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/expr/running_groups.hpp"
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

/// Returns whether coarsen is told of more than one dimension.
bool has_several_dimensions(const Function& function, std::span<const Value> options) {
  const auto dimensions = std::ranges::count_if(
      options, [](const Value& value) { return !value.keyword.empty() && value.keyword != "boundary"; });
  return function.name == "coarsen" && dimensions > 1;
}

/// Returns the blocks of neighbours along several dimensions, a key each.
std::vector<GroupKey> blocks_of(const Function& function, const Term& array, std::span<const Value> options) {
  const Boundary boundary = boundary_of(function, options);
  std::vector<GroupKey> keys;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const Value& along = options[i];
    if (along.keyword == "boundary") continue;
    if (along.keyword.empty()) throw wrong(function, "takes dimensions by their names, as in time=...", along.offset);
    require_once(options, i);
    const Groups groups = coarsen(std::string(along.keyword), take_int(along, "a number of neighbours"), boundary)
                              .resolve(array.labels, array.shape);
    Coordinate coordinate = groups.coordinate;
    // A key has a value for each of its groups; an axis without a coordinate gets none in the end.
    const bool lacks = !coordinate;
    if (lacks) coordinate = Coordinate(std::vector<double>(static_cast<std::size_t>(groups.grouping->groups), 0), {});
    keys.push_back(
        {groups.dimension, {groups.grouping->axis}, groups.grouping->labels, std::move(coordinate), {}, lacks});
  }
  return keys;
}

By by_of(const Function& function, std::span<const Value> options, std::size_t offset) {
  if (function.name == "groupby") return groupby(text_of(function, options[0], "a key such as 'time.month'"));
  const Value& along = dimension_argument(function, options, offset);
  const std::string dimension(along.keyword);
  if (function.name == "resample") return resample(dimension, text_of(function, along, "a frequency such as '1D'"));
  return coarsen(dimension, take_int(along, "a number of neighbours"), boundary_of(function, options));
}

constexpr std::int64_t most_labels = std::int64_t{1} << 24;

/// Returns the numbers of an array of labels, whose dimensions are some of the array that is grouped, by their names.
KeyNumbers numbers_of_array(const Term& array, const Value& key, const BackendPtr& backend) {
  const Term& given = *key.as<Term>();
  const int rank = given.shape.rank();
  const auto refused = [&](ErrorCode code, const std::string& what) { return Mistake{code, what, key.offset}; };
  if (rank == 0) throw refused(ErrorCode::shape_mismatch, "an array of labels has an axis, and this one has none");
  std::vector<std::pair<int, int>> axes;  // of the array that is grouped, and of the labels
  for (int own = 0; own < rank; ++own) {
    const std::string& name = given.labels.dimension(own);
    int axis = -1;
    for (int other = 0; other < array.shape.rank(); ++other)
      if (!name.empty() && array.labels.dimension(other) == name) axis = other;
    if (axis < 0)
      throw refused(ErrorCode::name_mismatch,
                    "labels of groups lie along dimensions of the array, by their names, and these along " +
                        (name.empty() ? "axis " + std::to_string(own) + ", which has no name" : quoted(name)));
    if (given.shape[own] != array.shape[axis])
      throw refused(ErrorCode::shape_mismatch, std::to_string(given.shape[own]) + " labels along " + quoted(name) +
                                                   ", whose extent is " + std::to_string(array.shape[axis]));
    const Coordinate& a = array.labels.coordinate(axis);
    const Coordinate& b = given.labels.coordinate(own);
    if (a && b && !agree(a, b))
      throw refused(ErrorCode::name_mismatch, "the labels of groups have other coordinates along " + quoted(name) +
                                                  ": " + difference(a, b) +
                                                  "; align(labels, array) takes those of the array");
    axes.emplace_back(axis, own);
  }
  std::ranges::sort(axes);
  KeyNumbers result;
  std::vector<int> order;
  for (const auto& [axis, own] : axes) {
    result.axes.push_back(axis);
    order.push_back(own);
  }
  result.name = given.labels.name().empty() ? "group" : given.labels.name();
  result.dtype = given.dtype == DType::boolean ? DType::int8 : given.dtype;
  for (const Attribute& attribute : given.labels.attributes())
    if (!is_packing(attribute.name) && !is_reference(attribute.name)) result.attributes.push_back(attribute);
  const Value turned{term_of(chunkwise::transpose(array_of(given), order)), key.offset};
  for (const double number : numbers_of(turned, "the labels of groups", backend, most_labels))
    result.numbers.push_back(number);
  return result;
}

KeyNumbers numbers_of_key(const Function& function, const Term& array, const Value& key, const BackendPtr& backend) {
  if (key.as<Term>()) return numbers_of_array(array, key, backend);
  if (!key.as<Word>())
    throw wrong(function,
                "takes a key such as 'time.month' in quotes, an array of labels, or a list of them, and this "
                "is " +
                    describe(key),
                key.offset);
  return about(key, [&] { return key_numbers(array.labels, array.shape, std::string(key.as<Word>()->text)); });
}

GroupKey bins_of(const Arguments& arguments, const KeyNumbers& key, const BackendPtr& backend) {
  const Value& given = needed_option(arguments, "bins", 2);
  NumberBins bins;
  const Value* const right = arguments.option("right", 3);
  const bool is_right = !right || truth(right, "right");
  if (given.as<Number>())
    bins = about(given, [&] { return equal_bins(key.numbers, take_int(given, "a number of bins"), is_right); });
  else
    bins.edges = numbers_of(given, "the edges of bins", backend);
  bins.right = is_right;
  bins.include_lowest = truth(arguments.find("include_lowest"), "include_lowest");
  const Value* const labels = arguments.option("labels", 4);
  if (labels && !labels->as<NoValue>()) bins.labels = numbers_of(*labels, "the labels of bins", backend);
  return about(given, [&] { return binned(key, bins); });
}

/// Returns the windows that groupby is told of by `window` and `boundary`, which are taken out of the arguments.
std::optional<StepWindow> window_of(const Function& function, std::vector<Value>& arguments) {
  if (function.name != "groupby") return std::nullopt;
  const auto taken = [&](std::string_view keyword) -> std::optional<Value> {
    const auto found = std::ranges::find(arguments, keyword, &Value::keyword);
    if (found == arguments.end()) return std::nullopt;
    Value value = std::move(*found);
    arguments.erase(found);
    return value;
  };
  const std::optional<Value> size = taken("window"), boundary = taken("boundary");
  if (!size) {
    if (boundary) throw wrong(function, "has a boundary beside a window alone", boundary->keyword_offset);
    return std::nullopt;
  }
  StepWindow window;
  if (size->as<Tuple>()) {
    window.weights = numbers_of(*size, "the weights of a window", nullptr);
    window.steps = static_cast<std::int64_t>(window.weights.size());
    for (const double weight : window.weights)
      if (!(weight >= 0) || !std::isfinite(weight))
        throw wrong(function, "has weights of a window that are not below 0", size->offset);
    if (std::ranges::all_of(window.weights, [](double weight) { return weight == 0; }))
      throw wrong(function, "has windows with a weight above 0 at least", size->offset);
  } else {
    window.steps = take_int(*size, "a number of steps");
  }
  if (!boundary) return window;
  const std::string text = text_of(function, *boundary, "a boundary");
  if (text != "exact" && text != "pad" && text != "wrap")
    throw wrong(function, "has windows of the boundaries 'exact', 'pad' and 'wrap', and this is " + describe(*boundary),
                boundary->offset);
  window.ends = text == "pad" ? WindowEnds::pad : text == "wrap" ? WindowEnds::wrap : WindowEnds::exact;
  return window;
}

/// Returns whether the groups are those of one part of a time, or of one coordinate.
bool has_one_word(const Function& function, std::span<const Value> options) {
  return function.name == "groupby" && options.size() == 1 && options[0].keyword.empty() && options[0].as<Word>();
}

}  // namespace

Grouped grouping_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                      const BackendPtr& backend) {
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  Grouped result;
  const std::optional<StepWindow> window = window_of(function, arguments);
  result.array = std::make_shared<Term>(settled(take_array(std::move(arguments[0]), quoted(function.name))));
  const std::span<const Value> options(arguments.data() + 1, arguments.size() - 1);
  const std::size_t place = options.empty() ? offset : options[0].offset;
  try {
    if (window && !has_one_word(function, options))
      throw wrong(function, "takes a part of a time beside a window, such as 'time.dayofyear'", place);
    if (window) {
      RunningGroups running =
          running_groups(array_of(*result.array), text_of(function, options[0], "a part of a time"), *window);
      result.keys = std::make_shared<const KeyedArray>(std::move(running.keyed));
      result.groups = result.keys->groups;
      result.weights = std::move(running.weights);
      result.overlap = true;
    } else if (has_several_dimensions(function, options)) {
      result.keys = std::make_shared<const KeyedArray>(
          keyed(array_of(*result.array), blocks_of(function, *result.array, options)));
      result.groups = result.keys->groups;
      result.keeps_axes = true;
    } else if (function.name == "groupby_bins" || (function.name == "groupby" && !has_one_word(function, options))) {
      std::vector<GroupKey> keys;
      if (function.name == "groupby_bins") {
        arguments[0].data = NoValue{};
        const Arguments sorted(function, offset, arguments);
        keys.push_back(bins_of(
            sorted, numbers_of_key(function, *result.array, needed_option(sorted, "key", 1), backend), backend));
      } else if (options.size() != 1 || !options[0].keyword.empty()) {
        throw wrong(function, "takes one key, such as 'time.month', or a list of keys", offset);
      } else {
        for (const Value* const key : values_of(options[0]))
          keys.push_back(equal_numbers(numbers_of_key(function, *result.array, *key, backend)));
      }
      if (keys.empty()) throw wrong(function, "takes a key at least", place);
      result.keys = std::make_shared<const KeyedArray>(keyed(array_of(*result.array), std::move(keys)));
      result.groups = result.keys->groups;
    } else {
      result.groups = by_of(function, options, offset).resolve(result.array->labels, result.array->shape);
      if (function.name == "resample")
        result.frequency = text_of(function, dimension_argument(function, options, offset), "a frequency");
    }
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), place};
  }
  return result;
}

Value spread_over_groups(const Grouped& grouped, Value operand) {
  const Term* term = operand.as<Term>();
  if (!term) return operand;
  if (grouped.overlap)
    throw Mistake{ErrorCode::type_mismatch,
                  "of groups with windows an element has several; x.groupby('time.dayofyear') without a window stands "
                  "beside their reduction",
                  operand.offset};
  const std::size_t offset = operand.offset;
  try {
    Term own = std::get<Term>(std::move(operand.data));
    const Term& array = *grouped.array;
    const UntypedArray spread_over_indices = grouped.keys
                                                 ? of_keys(array_of(std::move(own)), *grouped.keys)
                                                 : of_groups(array_of(std::move(own)), grouped.groups, array.labels);
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
