/// Descriptions of sets of files, as text and as JSON.
#include <algorithm>
#include <ostream>
#include <sstream>
#include <string>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/dataset/describe.hpp"
#include "runtime/io/json.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

VariableSummary summarise(const NetcdfDataset& dataset, const std::string& name) {
  VariableSummary summary;
  summary.name = name;
  try {
    summary.joined = dataset.open(name);
  } catch (const Error& error) {
    summary.problem = error.what();
  }
  const auto& files = summary.joined.files;
  for (std::size_t i = 0, k = 0; i < dataset.paths().size() && k < files.size(); ++i) {
    if (dataset.paths()[i] != files[k]) continue;
    const VariableDescription& variable = *dataset.file(i).find(name);
    add_once(summary.storage, dataset::storage_text(variable));
    summary.bytes += variable.bytes;
    if (k++ == 0) summary.meaning = dataset::meaning_text(variable);
  }
  return summary;
}

std::string count_text(std::size_t count, const char* one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// Returns a text such as "90 to -90 degrees_north" or "2015-01-01 00:00 to 2015-05-16 18:00".
std::string range_text(const Coordinate& coordinate) {
  if (coordinate.size() == 0) return "empty";
  const double first = coordinate[0], last = coordinate[coordinate.size() - 1];
  if (const auto time = time_units_of(coordinate)) {
    std::string from = time_text(*time, first), to = time_text(*time, last);
    if (from == to && first != last) from = exact_time_text(*time, first), to = exact_time_text(*time, last);
    std::string text = from + " to " + to;
    for (std::int64_t i = 1; i < coordinate.size(); ++i)
      if (!(coordinate[i] > coordinate[i - 1])) return text + ", not ascending at " + std::to_string(i);
    return text;
  }
  const std::string units = text_attribute(coordinate.attributes(), "units");
  return number_text(first) + " to " + number_text(last) + (units.empty() ? "" : " " + units);
}

/// The axes of all variables, each once.
struct AxisSummary {
  std::string name;
  std::int64_t extent = 0;
  std::string range;
};
std::vector<AxisSummary> axes_of(const DatasetDescription& description) {
  std::vector<AxisSummary> axes;
  for (const VariableSummary& variable : description.variables) {
    const UntypedArray& array = variable.joined.array;
    for (int axis = 0; array.node && axis < array.shape.rank(); ++axis) {
      const Coordinate& coordinate = array.labels.coordinate(axis);
      AxisSummary summary{array.labels.dimension(axis), array.shape[axis],
                          coordinate ? range_text(coordinate) : "no coordinate"};
      const bool known = std::any_of(axes.begin(), axes.end(), [&](const AxisSummary& other) {
        return other.name == summary.name && other.extent == summary.extent && other.range == summary.range;
      });
      if (!known) axes.push_back(std::move(summary));
    }
  }
  return axes;
}

}  // namespace

DatasetDescription describe(const NetcdfDataset& dataset, const std::vector<std::string>& names) {
  DatasetDescription description;
  description.files = dataset.paths().size();
  for (std::size_t i = 0; i < dataset.paths().size(); ++i) {
    description.bytes += dataset.file(i).bytes;
    add_once(description.formats, dataset.file(i).format);
  }
  for (const std::string& name : names)
    if (!dataset.has(name)) (void)dataset.open(name);  // throws with the names that exist
  for (const std::string& name : names.empty() ? dataset.variables() : names)
    description.variables.push_back(summarise(dataset, name));
  if (!names.empty()) return description;
  // Variables that cannot be opened are listed too.
  for (std::size_t i = 0; i < dataset.paths().size(); ++i)
    for (const VariableDescription& variable : dataset.file(i).variables) {
      const auto is_known = [&](const VariableSummary& other) { return other.name == variable.name; };
      if (variable.problem.empty() || std::ranges::any_of(description.variables, is_known)) continue;
      VariableSummary& summary = description.variables.emplace_back();
      summary.name = variable.name;
      summary.problem = variable.problem;
    }
  return description;
}

std::ostream& operator<<(std::ostream& stream, const DatasetDescription& description) {
  std::ostringstream out;
  out << count_text(description.files, "file") << ", " << format_bytes(static_cast<double>(description.bytes));
  for (const std::string& format : description.formats) out << ", " << format;
  out << '\n';

  std::size_t width = 0;
  const std::vector<AxisSummary> axes = axes_of(description);
  const auto widen = [&width](const std::string& name) { width = std::max(width, printable(name).size()); };
  for (const AxisSummary& axis : axes) widen(axis.name);
  for (const VariableSummary& variable : description.variables) widen(variable.name);
  const auto padded = [width](const std::string& name) {
    const std::string shown = printable(name);
    return "  " + shown + std::string(width - shown.size() + 2, ' ');
  };
  const std::string indent = padded("");

  out << "dimensions\n";
  for (const AxisSummary& axis : axes) out << padded(axis.name) << axis.extent << ", " << printable(axis.range) << '\n';
  out << "variables\n";
  for (const VariableSummary& variable : description.variables) {
    out << padded(variable.name);
    if (!variable.problem.empty()) {
      out << "cannot be opened: " << printable(variable.problem) << '\n';
      continue;
    }
    out << to_string(variable.joined.array) << '\n';
    if (!variable.meaning.empty()) out << indent << printable(variable.meaning) << '\n';
    if (!variable.joined.dimension.empty())
      out << indent << "joined along " << printable(variable.joined.dimension) << " from "
          << count_text(variable.joined.files.size(), "file") << '\n';
    else if (description.files > 1)
      out << indent << "of " << printable(variable.joined.files.front()) << '\n';
    constexpr std::size_t shown = 3;
    out << indent << format_bytes(static_cast<double>(variable.bytes)) << " stored as ";
    if (variable.storage.size() > shown)
      out << printable(variable.storage.front()) << ", and in " << variable.storage.size() - 1 << " other ways\n";
    else
      for (std::size_t i = 0; i < variable.storage.size(); ++i)
        out << (i > 0 ? "; " : "") << printable(variable.storage[i]) << (i + 1 == variable.storage.size() ? "\n" : "");
  }
  return stream << out.str();
}

std::string to_json(const DatasetDescription& description) {
  Json json;
  json["files"] = description.files;
  json["bytes"] = description.bytes;
  json["formats"] = description.formats;
  Json& variables = json["variables"] = Json::array();
  for (const VariableSummary& variable : description.variables) {
    Json& entry = variables.emplace_back();
    entry["name"] = variable.name;
    if (!variable.problem.empty()) {
      entry["problem"] = variable.problem;
      continue;
    }
    const UntypedArray& array = variable.joined.array;
    entry["dtype"] = name_of(array.node->dtype);
    Json& dimensions = entry["dimensions"] = Json::array();
    Json coordinates = Json::object();
    for (int axis = 0; axis < array.shape.rank(); ++axis) {
      const std::string& name = array.labels.dimension(axis);
      dimensions.push_back(name);
      const Coordinate& coordinate = array.labels.coordinate(axis);
      if (!coordinate || coordinate.size() == 0) continue;
      coordinates[name] = {{"first", number_to_json(coordinate[0])},
                           {"last", number_to_json(coordinate[coordinate.size() - 1])},
                           {"attributes", to_json(coordinate.attributes())}};
    }
    entry["shape"] = std::vector<std::int64_t>(array.shape.begin(), array.shape.end());
    const Shape chunk = array.node->grid.largest();
    entry["chunks"] = {{"count", array.node->grid.chunks()},
                       {"shape", std::vector<std::int64_t>(chunk.begin(), chunk.end())}};
    if (!variable.joined.dimension.empty()) entry["joined_along"] = variable.joined.dimension;
    entry["files"] = variable.joined.files.size();
    entry["stored_bytes"] = variable.bytes;
    entry["storage"] = variable.storage;
    entry["coordinates"] = std::move(coordinates);
    entry["attributes"] = to_json(array.labels.attributes());
  }
  return dump(json);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
