/// Coordinates and parts of times in formulas: x.latitude, x["time.month"], x.time.dt.month.
#include <algorithm>
#include <sstream>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/expr/select.hpp"
#include "chunkwise/expr/times.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/io/time_fields.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

constexpr std::int64_t most_times = std::int64_t{1} << 24;

template <class Content>
const Content* attribute_of(const Labels& labels, std::string_view name) {
  for (const Attribute& attribute : labels.attributes())
    if (attribute.name == name) return std::get_if<Content>(&attribute.value);
  return nullptr;
}

/// Returns the labels of an axis that has a scalar coordinate of the array as its one value; none if there is none.
std::optional<Labels> scalar_as_axis(const Term& array, std::string_view name) {
  Coordinate one = scalar_coordinate(array.labels, name);
  if (!one) return std::nullopt;
  return Labels({std::string(name)}, {std::move(one)}, {}, {});
}

/// Returns the one element of an array of such an axis.
Term element_of_axis(const UntypedArray& x, std::string_view name) {
  UntypedArray element = take_index(x, 0, 0);
  element.labels = without_scalar_coordinate(element.labels, name);
  return term_of(element);
}

std::vector<std::string> dimensions_of(const Term& array) {
  std::vector<std::string> names = scalar_coordinates(array.labels);
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    if (!array.labels.dimension(axis).empty()) names.push_back(array.labels.dimension(axis));
  return names;
}

}  // namespace

std::optional<Term> coordinate_term(const Term& array, std::string_view dimension) {
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    if (!dimension.empty() && array.labels.dimension(axis) == dimension)
      return term_of(coordinate_array(array.labels, axis));
  if (const std::optional<Labels> scalar = scalar_as_axis(array, dimension))
    return element_of_axis(coordinate_array(*scalar, 0), dimension);
  return std::nullopt;
}

Term named_coordinate(const Term& array, std::string_view name, std::size_t offset) {
  try {
    if (std::optional<Term> whole = coordinate_term(array, name)) return *std::move(whole);
    const std::size_t dot = name.rfind('.');
    const std::string_view dimension = name.substr(0, dot);
    for (int axis = 0; dot != std::string_view::npos && axis < array.shape.rank(); ++axis)
      if (array.labels.dimension(axis) == dimension)
        return term_of(time_part_array(array.labels, axis, std::string(name.substr(dot + 1))));
    if (const std::optional<Labels> scalar =
            dot == std::string_view::npos ? std::nullopt : scalar_as_axis(array, dimension))
      return element_of_axis(time_part_array(*scalar, 0, std::string(name.substr(dot + 1))), dimension);
    const std::vector<std::string> names = dimensions_of(array);
    throw Mistake{ErrorCode::not_found, "the array has no coordinate " + quoted(dimension) + choices(dimension, names),
                  offset};
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), offset};
  }
}

Times times_of(const Term& array, std::size_t offset, const BackendPtr& backend) {
  const std::string* const units = attribute_of<std::string>(array.labels, "units");
  const std::string* const calendar = attribute_of<std::string>(array.labels, "calendar");
  if (!units || !parse_time_units(*units, calendar ? TextArgument(*calendar) : TextArgument()))
    throw Mistake{ErrorCode::invalid_argument,
                  "'.dt' is of times, as in x.time.dt.month; this array has no units such as 'hours since 1900-01-01'",
                  offset};
  const Value value{Term(array), offset};
  return {numbers_of(value, "the times", backend, most_times), array.labels, array.shape};
}

Term part_of_times(const Times& times, std::string_view part, std::size_t offset) {
  try {
    return term_of(chunkwise::part_of_times(times.numbers, times.labels.attributes(), part, times.labels, times.shape));
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), offset};
  }
}

Number number_of_word(const Term& beside, const Value& word) {
  const std::string text(word.as<Word>()->text);
  const auto* const meanings = attribute_of<std::string>(beside.labels, "flag_meanings");
  const auto* const flags = attribute_of<std::vector<std::int64_t>>(beside.labels, "flag_values");
  if (meanings && flags) {
    std::vector<std::string> names;
    std::istringstream in(*meanings);
    for (std::string name; in >> name;) names.push_back(name);
    const auto at = static_cast<std::size_t>(std::ranges::find(names, text) - names.begin());
    if (at < names.size() && at < flags->size()) return Number((*flags)[at]);
    throw Mistake{ErrorCode::not_found,
                  "no " + quoted(beside.labels.name()) + " is called " + quoted(text) + choices(text, names),
                  word.offset};
  }
  const std::string* const units = attribute_of<std::string>(beside.labels, "units");
  const std::string* const calendar = attribute_of<std::string>(beside.labels, "calendar");
  const auto meaning = units ? parse_time_units(*units, calendar ? TextArgument(*calendar) : TextArgument())
                             : std::optional<TimeUnits>();
  if (!meaning)
    throw Mistake{ErrorCode::type_mismatch,
                  "text stands beside times and beside numbers that have names (flag_meanings), and " + quoted(text) +
                      " stands beside neither",
                  word.offset};
  const std::optional<Period> period = parse_period(meaning->calendar, text);
  if (!period)
    throw Mistake{ErrorCode::invalid_argument,
                  quoted(text) + " is no time; a time is written '2014-02-11' or '2014-02-11T06:30:00'", word.offset};
  constexpr std::int64_t day = 86'400'000;
  const std::int64_t days = period->begin >= 0 ? period->begin / day : -((-period->begin + day - 1) / day);
  return Number(number_of(*meaning, Moment{days, period->begin - days * day}));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
