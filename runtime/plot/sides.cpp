#include "runtime/plot/sides.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>

#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/plot/axis.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

bool is_strictly_monotonic(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) ||
        (i > 0 && (values[i] == values[i - 1] || (values[i] > values[i - 1]) != (values[1] > values[0]))))
      return false;
  return !values.empty();
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Axis axis_of(const std::string& name, const Attributes& attributes, const std::vector<double>& positions) {
  const std::string units = text_attribute(attributes, "units"),
                    standard_name = text_attribute(attributes, "standard_name");
  const double first = std::min(positions.front(), positions.back());
  const double last = std::max(positions.front(), positions.back());
  const bool degrees = units.empty() || units.starts_with("deg");
  const bool north =
      is_one_of(units, {"degrees_north", "degree_north", "degrees_N", "degree_N", "degreesN", "degreeN"});
  const bool east = is_one_of(units, {"degrees_east", "degree_east", "degrees_E", "degree_E", "degreesE", "degreeE"});
  if (north || (degrees && !east && (standard_name == "latitude" || is_one_of(name, {"latitude", "lat"}))))
    return first >= -90.01 && last <= 90.01 ? Axis::latitude : Axis::number;
  if (east || (degrees && (standard_name == "longitude" || is_one_of(name, {"longitude", "lon"}))))
    return std::abs(first) <= 1080 && std::abs(last) <= 1080 ? Axis::longitude : Axis::number;
  return Axis::number;
}

void find_vertical(Side& side, const std::string& name, const Attributes& attributes) {
  const std::string positive = text_attribute(attributes, "positive"),
                    standard_name = text_attribute(attributes, "standard_name");
  const bool pressure =
      is_one_of(side.units, {"Pa", "hPa", "kPa", "mbar", "mb", "millibar", "millibars", "bar", "dbar", "decibar"});
  const bool depth = name.starts_with("depth") || standard_name.starts_with("depth");
  const bool height = is_one_of(standard_name, {"height", "altitude", "geopotential_height"}) ||
                      is_one_of(name, {"height", "altitude", "lev", "level", "plev", "zlev", "z", "Z"});
  side.vertical = !positive.empty() || pressure || depth || height || text_attribute(attributes, "axis") == "Z" ||
                  standard_name.starts_with("atmosphere_") || standard_name.starts_with("ocean_s");
  side.downwards = positive == "down" || positive == "Down" || positive == "DOWN" ||
                   (positive.empty() && (pressure || depth || standard_name.starts_with("atmosphere_")));
}

std::vector<Category> flags_of(const Labels& labels) {
  const std::vector<double> values = numbers_of(labels.attributes(), "flag_values");
  std::istringstream meanings(text_attribute(labels.attributes(), "flag_meanings"));
  std::vector<Category> result;
  for (const double value : values) {
    if (!std::isfinite(value)) return {};
    std::string meaning;
    meanings >> meaning;
    std::replace(meaning.begin(), meaning.end(), '_', ' ');
    result.push_back({value, meaning.empty() ? rounded_text(value) : meaning, result.size()});
  }
  return result;
}

}  // namespace

std::vector<double> numbers_of(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes) {
    if (attribute.name != name) continue;
    if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value)) return *numbers;
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute.value))
      return {numbers->begin(), numbers->end()};
  }
  return {};
}

std::string quantity(const std::string& name, const Attributes& attributes) {
  std::string text = text_attribute(attributes, "long_name");
  if (text.empty()) {
    text = text_attribute(attributes, "standard_name");
    std::replace(text.begin(), text.end(), '_', ' ');
  }
  if (text.empty()) text = name;
  const std::string units = text_attribute(attributes, "units");
  const bool plain = units.empty() || units == "1" || units == text;
  return text + (text.empty() || plain ? "" : ", ") + (plain ? "" : units);
}

Side side_of(const Labels& labels, int axis, std::int64_t extent) {
  Side side;
  const std::string& name = labels.dimension(axis);
  const Coordinate& coordinate = labels.coordinate(axis);
  if (coordinate && coordinate.size() == extent) side.positions = coordinate.to_vector();
  // 350, 355, 0, 5 ascend round the world.
  if (!is_strictly_monotonic(side.positions) && !side.positions.empty() &&
      axis_of(name, coordinate.attributes(), side.positions) == Axis::longitude) {
    std::vector<double> turned = side.positions;
    for (std::size_t i = 1; i < turned.size(); ++i) turned[i] -= 360 * std::round((turned[i] - turned[i - 1]) / 360);
    if (is_strictly_monotonic(turned) && std::abs(turned.back() - turned.front()) <= 360) side.positions = turned;
  }
  if (!is_strictly_monotonic(side.positions)) {
    side.positions.resize(static_cast<std::size_t>(extent));
    std::iota(side.positions.begin(), side.positions.end(), 0.0);
    side.label = name.empty() ? "index along axis " + std::to_string(axis) : "index along " + name;
    find_vertical(side, name, {});
    return side;
  }
  const Attributes& attributes = coordinate.attributes();
  side.units = text_attribute(attributes, "units");
  if (const auto time = time_units_of(coordinate)) {
    std::vector<double> dates = side.positions;
    for (double& date : dates) date = gregorian_seconds(*time, date);
    const Limits limits{std::min(dates.front(), dates.back()), std::max(dates.front(), dates.back())};
    if (checked_axis(Axis::date, limits) == Axis::date && is_strictly_monotonic(dates)) {
      side.axis = Axis::date;
      side.positions = std::move(dates);
      return side;
    }
  }
  side.axis = axis_of(name, attributes, side.positions);
  if (side.axis != Axis::number) return side;
  side.label = quantity(name, attributes);
  find_vertical(side, name, attributes);
  return side;
}

bool lies_across(const Side& side, const Side& other) {
  const auto rank = [](const Side& of) {
    if (of.vertical) return 0;
    switch (of.axis) {
      case Axis::latitude:
        return 1;
      case Axis::date:
        return 3;
      case Axis::longitude:
        return 4;
      case Axis::number:
        break;
    }
    return 2;
  };
  return rank(side) > rank(other);
}

bool are_whole(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return !std::isfinite(value) || value == std::floor(value); });
}

std::vector<Category> categories_of(const std::vector<double>& values, DType dtype, const Labels& labels) {
  if (dtype == DType::boolean) return {{0, "false", 0}, {1, "true", 1}};
  if (!are_whole(values)) return {};
  // float64 has taken several of such integers for one.
  const auto is_exact = [](double value) { return std::abs(value) < 0x1p53 || !std::isfinite(value); };
  if ((dtype == DType::int64 || dtype == DType::uint64) && !std::ranges::all_of(values, is_exact)) return {};
  std::vector<Category> categories = flags_of(labels);
  const bool flags = !categories.empty();
  const std::string units = text_attribute(labels.attributes(), "units");
  bool amounts = !units.empty() && !is_one_of(units, {"1", "none", "code", "codes", "id", "ids", "index", "class",
                                                      "category", "categories", "flag", "flags"});
  const std::string name = quantity(labels.name(), labels.attributes());
  for (const char* word : {"mask", "code", "flag", "category", "land cover"})
    if (name.find(word) != std::string::npos) amounts = false;
  if (!flags && amounts) return {};

  const std::size_t most = flags ? 40 : 20;
  std::set<double> others;
  for (const double value : values) {
    if (std::isinf(value)) return {};
    if (std::isnan(value)) continue;
    if (std::none_of(categories.begin(), categories.end(), [&](const auto& known) { return known.value == value; }))
      others.insert(value);
    if (categories.size() + others.size() > most) return {};
  }
  // A single number tells nothing of others, and a floating one is rarely a code.
  const bool floating = dtype == DType::float32 || dtype == DType::float64;
  if (!flags && floating && others.size() < 2) return {};
  const std::size_t listed = categories.size();
  // A number that is no flag has its own colour, unless that is a flag's.
  for (const double value : others)
    categories.push_back({value, rounded_text(value),
                          value >= 0 && value < static_cast<double>(listed)
                              ? std::optional(0x10000 + static_cast<std::uint64_t>(value))
                              : std::nullopt});
  return categories;
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
