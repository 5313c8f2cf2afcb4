#include "runtime/cli/places.hpp"

#include <cmath>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/draw.hpp"
#include "runtime/cli/indices.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/wide_axes.hpp"
#include "runtime/io/row_major.hpp"

namespace chunkwise::cli {

namespace {

/// Returns true for a latitude or longitude, by a variable's attributes.
bool is_angle(const Attributes& attributes, const char* standard_name, const char* letter) {
  const std::string units = text_attribute(attributes, "units");
  if (text_attribute(attributes, "standard_name") == standard_name) return units.empty() || units.starts_with("deg");
  const std::string suffix = std::string(letter) == "N" ? "north" : "east";
  for (const std::string& known :
       {"degrees_" + suffix, "degree_" + suffix, std::string("degrees_") + letter, std::string("degree_") + letter})
    if (units == known) return true;
  return false;
}

/// A variable of latitudes or longitudes on those two dimensions.
struct Angles {
  std::string variable;
  bool turned = false;  // its first dimension is the second one
};

std::optional<Angles> find_angles(const FormulaVariable& opened, const std::string& rows, const std::string& columns,
                                  const char* standard_name, const char* letter) {
  const FileDescription& file = opened.files->file(0);
  std::vector<std::string> candidates;
  std::istringstream named(text_attribute(opened.joined.array.labels.attributes(), "coordinates"));
  for (std::string name; named >> name;) candidates.push_back(name);
  for (const VariableDescription& variable : file.variables) candidates.push_back(variable.name);
  for (const std::string& name : candidates) {
    const VariableDescription* variable = file.find(name);
    if (variable == nullptr || !variable->problem.empty() || variable->dimensions.size() != 2) continue;
    if (!is_angle(variable->attributes, standard_name, letter)) continue;
    if (variable->dimensions[0] == rows && variable->dimensions[1] == columns) return Angles{name, false};
    if (variable->dimensions[0] == columns && variable->dimensions[1] == rows) return Angles{name, true};
  }
  return std::nullopt;
}

/// Returns which of a dimension's indices an array's axis is made of, by their coordinate.
std::optional<std::vector<std::int64_t>> indices_by(const Coordinate& part, const Coordinate& whole) {
  if (!part || !whole) return std::nullopt;
  std::unordered_map<double, std::int64_t> known;
  for (std::int64_t i = 0; i < whole.size(); ++i) known.emplace(whole[i], i);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < part.size(); ++i) {
    const auto found = known.find(part[i]);
    if (found == known.end()) return std::nullopt;
    indices.push_back(found->second);
  }
  return indices;
}

/// Returns which indices of the variable an axis of the array is made of; none if that is not known.
std::optional<std::vector<std::int64_t>> indices_in(const UntypedArray& variable, const UntypedArray& array, int axis) {
  for (int own = 0; own < variable.shape.rank(); ++own) {
    if (variable.labels.dimension(own) != array.labels.dimension(axis)) continue;
    if (auto indices = indices_of(array, axis, variable.shape[own])) return indices;
    return indices_by(array.labels.coordinate(axis), variable.labels.coordinate(own));
  }
  return std::nullopt;
}

/// Returns the arrays of latitudes and longitudes; empty if those of the files differ, as those of a grid that moves
/// do.
std::vector<UntypedArray> open(const NetcdfDataset& files, const std::string& north, const std::string& east) {
  try {
    return {files.open(north).array, files.open(east).array};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::name_mismatch && error.code() != ErrorCode::shape_mismatch) throw;
    return {};
  }
}

}  // namespace

Places places_of(const BackendPtr& backend, const UntypedArray& array, const std::vector<FormulaVariable>& opened,
                 const RunOption& cancel) {
  const std::vector<int> axes = wide_axes(array.shape);
  if (axes.size() != 2) return {};
  const std::string rows = array.labels.dimension(axes[0]), columns = array.labels.dimension(axes[1]);
  if (rows.empty() || columns.empty()) return {};
  const auto is_own_angle = [&](int axis) {
    const Coordinate& own = array.labels.coordinate(axis);
    return own && (is_angle(own.attributes(), "latitude", "N") || is_angle(own.attributes(), "longitude", "E"));
  };
  if (is_own_angle(axes[0]) || is_own_angle(axes[1])) return {};

  for (const FormulaVariable& variable : opened) {
    const auto north = find_angles(variable, rows, columns, "latitude", "N");
    const auto east = find_angles(variable, rows, columns, "longitude", "E");
    if (!north || !east) continue;
    const auto row = indices_in(variable.joined.array, array, axes[0]);
    const auto column = indices_in(variable.joined.array, array, axes[1]);
    if (!row || !column) continue;

    const std::vector<UntypedArray> angles = open(*variable.files, north->variable, east->variable);
    if (angles.empty()) continue;
    const std::vector<UntypedNdArray> values = compute(backend, angles, cancel);
    const auto pick = [&](std::size_t i, bool turned) {
      const std::vector<double> all = numbers_of(values[i]);
      const Shape& shape = values[i].shape;
      std::vector<double> picked;
      for (const std::int64_t r : *row)
        for (const std::int64_t c : *column) {
          const std::int64_t at = turned ? c * shape[1] + r : r * shape[1] + c;
          picked.push_back(at < static_cast<std::int64_t>(all.size()) ? all[static_cast<std::size_t>(at)]
                                                                      : std::nan(""));
        }
      return picked;
    };
    Places places{pick(0, north->turned), pick(1, east->turned)};
    // A file may have the variables and nothing in them.
    for (std::size_t i = 0; i < places.latitudes.size(); ++i)
      if (std::isfinite(places.latitudes[i]) && std::isfinite(places.longitudes[i])) return places;
  }
  return {};
}

}  // namespace chunkwise::cli
