#include "runtime/core/attribute_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "chunkwise/core/companion.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/core/since.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

enum class Fate : char { drop = '.', keep = 'k', renew = 'n' };

struct Row {
  std::array<std::string_view, 8> names;
  std::string_view fates;  ///< a letter a column
};

/// In the order of Meaning: p(art) j(oined) - minimum maximum - mean sum - deviation variance count - converted
/// elementwise median quantile. An attribute that no row names is one of the last row's.
constexpr std::array rows{
    // The storage of elements: holds as long as they are stored elements of that type.
    Row{{"dtype", "_Unsigned", "_FillValue", "missing_value", "scale_factor", "add_offset"}, "kkkk........."},
    Row{{"valid_range", "valid_min", "valid_max"}, "kkkk........."},
    Row{{"flag_values", "flag_masks", "flag_meanings"}, "kkkk........."},
    // Facts of all elements of the array, and of no part of it.
    Row{{"actual_range", "actual_min", "actual_max", "unpacked_valid_range"}, "............."},
    // Facts of the file that was read.
    Row{{"_ChunkSizes", "_Storage", "_Endianness", "_DeflateLevel", "_Shuffle", "_NoFill", "_Fletcher32"},
        "............."},
    Row{{"units"}, "kkkkknnnnk.kk"},
    Row{{"calendar"}, "kkkkk....k.kk"},
    Row{{"standard_name", "long_name"}, "kkkkkkkk.k.kk"},
    Row{{"cell_methods"}, "kknnnnnn.k.n."},
    // The places of the elements: every operation keeps them.
    Row{{"coordinates", "grid_mapping", "cell_measures"}, "kkkkkkkkkkkkk"},
    Row{{"ancillary_variables"}, "kk.......k..."},
    Row{{}, "kkkkkkk..k.kk"},
};

static_assert(std::ranges::all_of(rows, [](const Row& row) { return row.fates.size() == 13; }),
              "chunkwise: a row of the table of attributes has a letter for each Meaning");

Fate fate_of(std::string_view attribute, Meaning meaning) {
  const Row* row = &rows.back();
  for (const Row& candidate : rows)
    if (!attribute.empty() && std::ranges::find(candidate.names, attribute) != candidate.names.end()) {
      row = &candidate;
      break;
    }
  return static_cast<Fate>(row->fates[static_cast<std::size_t>(meaning)]);
}

/// Returns the name that cell_methods have for a reduction.
std::string_view method_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::minimum:
      return "minimum";
    case Meaning::maximum:
      return "maximum";
    case Meaning::mean:
      return "mean";
    case Meaning::sum:
      return "sum";
    case Meaning::deviation:
      return "standard_deviation";
    case Meaning::variance:
      return "variance";
    case Meaning::median:
      return "median";
    default:
      return {};
  }
}

/// Returns the unit of differences: days for "days since ...", K for degrees Celsius, none for Fahrenheit.
std::optional<std::string> difference_units(const std::string& units) {
  if (const std::size_t since = find_since(units); since != std::string::npos) return units.substr(0, since);
  for (const std::string_view celsius :
       {"degC", "celsius", "Celsius", "degree_Celsius", "degrees_Celsius", "degree_C", "degrees_C", "degreeC",
        "degreesC", "deg_C", "degree_celsius", "degrees_celsius", "°C"})
    if (units == celsius) return "K";
  for (const std::string_view fahrenheit :
       {"degF", "fahrenheit", "Fahrenheit", "degree_Fahrenheit", "degrees_Fahrenheit", "degree_F", "degrees_F", "°F"})
    if (units == fahrenheit) return std::nullopt;
  return units;
}

std::optional<std::string> units_after(const std::string& units, Meaning meaning) {
  if (meaning == Meaning::count) return "1";
  // A sum of dates, or of temperatures whose zero is not absolute, means nothing.
  const auto differences = difference_units(units);
  if (meaning == Meaning::sum) return differences == units ? differences : std::nullopt;
  if (meaning == Meaning::deviation || !differences) return differences;
  if (*differences == "1" || differences->empty()) return differences;
  const bool is_one_word = std::ranges::all_of(*differences, [](unsigned char c) { return std::isalpha(c) != 0; });
  return is_one_word ? *differences + "2" : "(" + *differences + ")2";
}

/// Returns true if integers are stored with a sign that they do not have, or without the one that they have.
bool changes_sign(const Attributes& attributes) {
  const std::string text = lower_case(text_attribute(attributes, "_Unsigned"));
  return text == "true" || text == "false";
}

}  // namespace

bool changes_order(const Attributes& attributes) {
  if (changes_sign(attributes)) return true;
  const Attribute* const scale = find_attribute(attributes, "scale_factor");
  if (!scale) return false;
  const auto* const numbers = std::get_if<std::vector<double>>(&scale->value);
  return !numbers || numbers->size() != 1 || !(numbers->front() > 0);
}

bool changes_numbers(const Attributes& attributes) {
  return find_attribute(attributes, "scale_factor") || find_attribute(attributes, "add_offset") ||
         changes_sign(attributes);
}

bool is_packing(const TextArgument& attribute) {
  constexpr std::array<std::string_view, 8> names{"_FillValue",  "missing_value", "valid_min",    "valid_max",
                                                  "valid_range", "_Unsigned",     "scale_factor", "add_offset"};
  return std::ranges::find(names, std::string_view(attribute)) != names.end();
}

Attributes attributes_after(const Attributes& attributes, Meaning meaning, std::span<const std::string> reduced) {
  Attributes result;
  // The extremes of stored numbers are stored numbers, unless packing turns them round.
  const bool is_extreme = meaning == Meaning::minimum || meaning == Meaning::maximum;
  const bool unpackable = is_extreme && changes_order(attributes);
  for (const Attribute& attribute : attributes) {
    const Fate fate = unpackable && is_packing(attribute.name) ? Fate::drop : fate_of(attribute.name, meaning);
    if (fate == Fate::keep) result.push_back(attribute);
    if (fate != Fate::renew || attribute.name != "units") continue;
    if (const auto units = text_of(attribute))
      if (auto renewed = units_after(*units, meaning)) result.push_back({"units", DType::float64, *std::move(renewed)});
  }
  // Numbers that were packed and no longer are have no units.
  if (changes_numbers(attributes) && !changes_numbers(result) && meaning != Meaning::count)
    std::erase_if(result, [](const Attribute& attribute) { return attribute.name == "units"; });
  const bool has_units = find_attribute(result, "units") != nullptr;
  if (meaning == Meaning::count && !has_units) result.push_back({"units", DType::float64, std::string("1")});

  const std::string_view method = unpackable ? std::string_view() : method_of(meaning);
  if (method.empty()) return result;
  // If an axis has no name, cell_methods cannot say what was done to it.
  const bool all_named = std::ranges::none_of(reduced, [](const std::string& name) { return name.empty(); });
  std::string methods = text_attribute(attributes, "cell_methods");
  if (!reduced.empty() && all_named) {
    if (!methods.empty()) methods += ' ';
    for (const std::string& name : reduced) methods += name + ": ";
    methods += method;
  }
  if (!methods.empty() && all_named) result.push_back({"cell_methods", DType::float64, std::move(methods)});
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
