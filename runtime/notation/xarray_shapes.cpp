/// Functions of shape as xarray writes them, by the names of dimensions.
#include <algorithm>
#include <cmath>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/expr/shape.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

bool names_an_axis(const Term& x, std::string_view keyword) {
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    if (!keyword.empty() && x.labels.dimension(axis) == keyword) return true;
  return false;
}

/// Returns the arguments `dimension=value`, which are taken out of the others.
std::vector<Value> by_dimension(std::vector<Value>& arguments, const Term& x) {
  std::vector<Value> found, others;
  for (Value& value : arguments) (names_an_axis(x, value.keyword) ? found : others).push_back(std::move(value));
  arguments = std::move(others);
  for (std::size_t i = 0; i < found.size(); ++i) require_once(found, i);
  return found;
}

/// Returns the indices of an axis that places before, on and behind it repeat.
std::vector<std::int64_t> padded_indices(std::int64_t extent, std::int64_t before, std::int64_t behind,
                                         std::string_view mode) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = -before; i < extent + behind; ++i) {
    const auto within = [](std::int64_t a, std::int64_t n) { return (a % n + n) % n; };
    std::int64_t at = std::clamp<std::int64_t>(i, 0, extent - 1);
    if (mode == "wrap") at = within(i, extent);
    if (mode == "symmetric") at = std::min(within(i, 2 * extent), 2 * extent - 1 - within(i, 2 * extent));
    if (mode == "reflect" && extent > 1)
      at = std::min(within(i, 2 * extent - 2), 2 * extent - 2 - within(i, 2 * extent - 2));
    indices.push_back(at);
  }
  return indices;
}

/// xarray's pad: the coordinate goes with the elements; places of a constant have none, and are NaN unless told.
Term padded(const Function& function, Term x, const std::vector<Value>& widths, const std::vector<Value>& options) {
  std::string mode = "constant";
  const Value* constant = nullptr;
  for (const Value& option : options) {
    if (option.keyword == "mode" && option.as<Word>())
      mode = option.as<Word>()->text;
    else if (option.keyword == "constant_values")
      constant = &option;
    else
      throw wrong(function, "takes mode and constant_values beside dimensions", option.offset);
  }
  const bool known = mode == "constant" || mode == "edge" || mode == "wrap" || mode == "symmetric" || mode == "reflect";
  if (!known || (constant && mode != "constant"))
    throw wrong(function, "has the modes constant, edge, reflect, symmetric, wrap, and constant_values of the first",
                options.front().offset);
  if (mode == "constant" && !constant && !is_floating(x.dtype)) x = cast(std::move(x), DType::float64);
  const Scalar fill = mode != "constant" ? element_of(Value{Number(false), 0}, x.dtype, {})
                                         : element_of(constant ? *constant : Value{Number(std::nan("")), 0}, x.dtype,
                                                      "constant_values");
  UntypedArray result = array_of(std::move(x));
  std::vector<Padding> all(static_cast<std::size_t>(result.shape.rank()), Padding{0, 0});
  for (const Value& width : widths) {
    const std::vector<std::int64_t> pair = ints_of(width, "a number of places");
    if (pair.empty() || pair.size() > 2 || pair.front() < 0 || pair.back() < 0 ||
        std::max(pair.front(), pair.back()) > (std::int64_t{1} << 24))
      throw wrong(function, "takes a number of places before and behind, or a pair of them", width.offset);
    const int axis = axis_of_keyword(width, result.labels, result.shape.rank());
    if (mode == "constant") {
      all[static_cast<std::size_t>(axis)] = {pair.front(), pair.back()};
    } else {
      if (result.shape[axis] == 0) throw wrong(function, "repeats elements, and there are none", width.offset);
      result = take(result, padded_indices(result.shape[axis], pair.front(), pair.back(), mode), axis);
    }
  }
  return term_of(mode == "constant" ? pad(result, all, PadMode::constant, fill) : result);
}

/// xarray's roll: the coordinates stay where they are, unless roll_coords=True.
Term rolled(const Function& function, Term x, const std::vector<Value>& shifts, const std::vector<Value>& options) {
  bool with_coordinates = false;
  for (const Value& option : options)
    if (option.keyword == "roll_coords")
      with_coordinates = truth(&option, "roll_coords");
    else
      throw wrong(function, "takes roll_coords beside dimensions", option.offset);
  UntypedArray result = array_of(std::move(x));
  for (const Value& shift : shifts) {
    const int axis = axis_of_keyword(shift, result.labels, result.shape.rank());
    const std::int64_t extent = result.shape[axis], by = take_int(shift, "a shift");
    if (extent == 0) continue;
    const Labels before = result.labels;
    if (!with_coordinates) {
      result = roll(result, by, axis);
      result.labels = result.labels.with_coordinate(axis, before.coordinate(axis));
      continue;
    }
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < extent; ++i) indices.push_back(((i - by) % extent + extent) % extent);
    result = take(result, std::move(indices), axis);
  }
  return term_of(result);
}

/// expand_dims("member"), expand_dims(member=3), expand_dims(member=[1, 2]): new dimensions in front.
Term expanded(const Function& function, const Term& x, std::vector<Value> given) {
  std::vector<Value> dimensions;
  for (Value& value : given) {
    if (value.keyword.empty() || value.keyword == "dim" || value.keyword == "axis")
      for (const Value* const one : values_of(value)) dimensions.push_back(*one);
    else
      dimensions.push_back(std::move(value));
  }
  UntypedArray result = array_of(x);
  std::vector<std::string> names;
  Shape shape;
  std::vector<Coordinate> coordinates;
  for (const Value& value : dimensions) {
    const Word* const word = value.as<Word>();
    if (!word && value.keyword.empty()) throw wrong(function, "takes names of dimensions, or places", value.offset);
    names.emplace_back(word && value.keyword.empty() ? word->text : value.keyword);
    Coordinate own = scalar_coordinate(result.labels, names.back());
    if (word) {
      shape.push_back(1);
    } else if (value.as<Tuple>()) {
      own = Coordinate(numbers_of(value, "the values of a coordinate", nullptr), {});
      shape.push_back(own.size());
    } else {
      shape.push_back(take_int(value, "the extent of a new dimension"));
      own = {};
    }
    coordinates.push_back(std::move(own));
  }
  const int fresh = shape.rank(), rank = fresh + result.shape.rank();
  if (rank > max_rank) throw wrong(function, "makes an array of more than 8 axes", dimensions.front().offset);
  result = expand_dims(result, (1U << fresh) - 1U);
  for (int axis = 0; axis < result.shape.rank() - fresh; ++axis) {
    names.push_back(result.labels.dimension(fresh + axis));
    shape.push_back(result.shape[fresh + axis]);
  }
  const Labels labels = result.labels;
  result = broadcast_to(result, shape);
  result.labels = labels.with_dimensions(std::move(names));
  for (int axis = 0; axis < fresh; ++axis)
    if (const Coordinate& own = coordinates[static_cast<std::size_t>(axis)])
      result.labels = result.labels.with_coordinate(axis, own);
  return term_of(result);
}

}  // namespace

std::optional<Term> xarray_shape(const Function& function, std::size_t offset, std::vector<Value>& arguments) {
  const Term* const array = arguments.empty() ? nullptr : arguments[0].as<Term>();
  if (!array || arguments.size() < 2) return std::nullopt;
  const std::string_view name = function.name;
  if (name == "transpose") {
    // The axes that are not named stand where the dots do.
    const auto dots =
        std::ranges::find_if(arguments, [](const Value& value) { return value.as<Ellipses>() != nullptr; });
    if (dots == arguments.end() || arguments.size() == 2) return std::nullopt;
    std::vector<int> known;
    for (std::size_t i = 1; i < arguments.size(); ++i)
      if (!arguments[i].as<Ellipses>()) known.push_back(one_axis(arguments[i], *array));
    std::vector<Value> all;
    for (Value& value : arguments) {
      if (!value.as<Ellipses>()) {
        all.push_back(std::move(value));
        continue;
      }
      const Term& x = *all.front().as<Term>();
      for (int axis = 0; axis < x.shape.rank(); ++axis)
        if (std::ranges::find(known, axis) == known.end())
          all.push_back(Value{Number(static_cast<std::int64_t>(axis)), value.offset});
    }
    arguments = std::move(all);
    return std::nullopt;
  }
  const auto rest = [&] { return std::vector<Value>(arguments.begin() + 1, arguments.end()); };
  if (name == "expand_dims") {
    const std::vector<Value> given = rest();
    const bool has_names = std::ranges::any_of(given, [](const Value& value) {
      const std::vector<const Value*> values = values_of(value);
      return (!value.keyword.empty() && value.keyword != "axis" && value.keyword != "dim") ||
             std::ranges::any_of(values, [](const Value* one) { return one->as<Word>() != nullptr; });
    });
    return has_names ? std::optional(expanded(function, settled(*array), given)) : std::nullopt;
  }
  if (name == "squeeze") {
    const auto drop = std::ranges::find(arguments, "drop", &Value::keyword);
    if (drop == arguments.end()) return std::nullopt;
    const bool drops = truth(&*drop, "drop");
    arguments.erase(drop);
    const std::vector<std::string> before = scalar_coordinates(array->labels);
    std::vector<Value> plain = arguments;
    Term result = call("squeeze", offset, std::move(plain));
    for (const std::string& one : scalar_coordinates(result.labels))
      if (drops && std::ranges::find(before, one) == before.end())
        result.labels = without_scalar_coordinate(result.labels, one);
    return result;
  }
  if (name != "roll" && name != "pad") return std::nullopt;
  std::vector<Value> options = rest();
  const std::vector<Value> dimensions = by_dimension(options, *array);
  if (dimensions.empty()) return std::nullopt;
  return name == "roll" ? rolled(function, settled(*array), dimensions, options)
                        : padded(function, settled(*array), dimensions, options);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
