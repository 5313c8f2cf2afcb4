/// The functions of the notation that are about names and coordinates.
#include "chunkwise/core/labels.hpp"

#include <algorithm>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/expr/align.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns the axis of a dimension's name in quotes, or of an axis number.
int axis_of(const Value& value, const Term& array) {
  const int rank = array.shape.rank();
  try {
    if (const Word* word = value.as<Word>()) return array.labels.axis(word->text, rank);
    return normalize_axis(take_int(value, "a dimension that is not a name in quotes"), rank);
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), value.offset};
  }
}

void drop_coordinates(Labels& labels, const Value& which, const Term& array) {
  if (const Tuple* tuple = which.as<Tuple>()) {
    for (const Value& one : tuple->values) drop_coordinates(labels, one, array);
    return;
  }
  if (const Word* const word = which.as<Word>()) {
    const std::vector<std::string> scalars = scalar_coordinates(labels);
    if (std::ranges::find(scalars, word->text) != scalars.end()) {
      labels = without_scalar_coordinate(labels, word->text);
      return;
    }
  }
  labels = labels.with_coordinate(axis_of(which, array), Coordinate());
}

Labels without_coordinates(const Function& function, const Term& array, std::span<const Value> which) {
  Labels labels = array.labels;
  for (int axis = 0; which.empty() && axis < array.shape.rank(); ++axis)
    labels = labels.with_coordinate(axis, Coordinate());
  for (const Value& value : which) {
    if (!value.keyword.empty()) throw wrong(function, "has no argument " + quoted(value.keyword), value.keyword_offset);
    drop_coordinates(labels, value, array);
  }
  return labels;
}

Labels renamed(const Function& function, const Term& array, std::span<const Value> pairs, std::size_t offset) {
  if (pairs.empty()) throw wrong(function, "needs old and new names of dimensions", offset);
  std::vector<std::string> names;
  for (int axis = 0; axis < array.shape.rank(); ++axis) names.push_back(array.labels.dimension(axis));
  std::optional<std::string> name;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Value& pair = pairs[i];
    const Word* word = pair.as<Word>();
    if (i == 0 && pair.keyword.empty() && word) {
      name = std::string(word->text);
      continue;
    }
    if (pair.keyword.empty() || !word)
      throw wrong(function, "takes a name and a new one in quotes for each dimension", pair.offset);
    require_once(pairs, i);
    names[static_cast<std::size_t>(axis_of_keyword(pair, array.labels, array.shape.rank()))] = std::string(word->text);
  }
  const Labels labels = array.labels.with_dimensions(std::move(names));
  return name ? labels.renamed(*name, labels.attributes()) : labels;
}

Labels labels_of(const Term& like, const Term& array, std::size_t offset) {
  if (like.shape != array.shape)
    throw Mistake{ErrorCode::shape_mismatch,
                  "labels of an array of shape " + chunkwise::to_string(like.shape) + " do not fit one of shape " +
                      chunkwise::to_string(array.shape),
                  offset};
  return like.labels.renamed(array.labels.name(), array.labels.attributes())
      .with_stored_values(array.labels.holds_stored_values());
}

}  // namespace

Term label_call(const Function& function, std::size_t offset, std::vector<Value> arguments) {
  const bool has_arrays = arguments.size() >= function.arrays && arguments[0].keyword.empty() &&
                          (function.arrays < 2 || arguments[1].keyword.empty());
  if (!has_arrays || (function.arrays == 2 && arguments.size() > 2))
    throw wrong(function, function.arrays == 2 ? "takes 2 arrays" : "takes an array", offset);
  const std::string who = quoted(function.name);
  Term array = take_array(std::move(arguments[0]), who);
  const std::span<const Value> rest(arguments.data() + 1, arguments.size() - 1);
  if (function.name == "align") {
    const Term like = take_array(std::move(arguments[1]), who);
    return term_of(chunkwise::align(array_of(std::move(array)), like.labels, like.shape.rank()));
  }
  if (function.name == "with_labels")
    array.labels = labels_of(take_array(std::move(arguments[1]), who), array, rest[0].offset);
  else if (function.name == "rename")
    array.labels = renamed(function, array, rest, offset);
  else
    array.labels = without_coordinates(function, array, rest);
  return array;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
