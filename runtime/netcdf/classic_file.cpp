#include "runtime/netcdf/classic_file.hpp"

#include <utility>

#include "runtime/netcdf/classic_reader.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

ClassicFile::ClassicFile(std::shared_ptr<const Descriptor> file, std::string shown)
    : file_(std::move(file)), shown_(std::move(shown)), header_(read_classic_header(*file_, shown_)) {}

std::string ClassicFile::format() const {
  return header_.version == 1 ? "NetCDF classic" : header_.version == 2 ? "NetCDF 64-bit offset" : "NetCDF CDF-5";
}

std::vector<DimensionDescription> ClassicFile::dimensions() const {
  std::vector<DimensionDescription> dimensions;
  for (const ClassicDimension& dimension : header_.dimensions)
    dimensions.push_back({dimension.name,
                          static_cast<std::int64_t>(dimension.is_record() ? header_.records : dimension.length),
                          dimension.is_record()});
  return dimensions;
}

std::vector<VariableEntry> ClassicFile::variables() const {
  std::vector<VariableEntry> entries;
  for (const ClassicVariable& variable : header_.variables)
    entries.push_back({variable.name, name_of_external(variable.type), {0, static_cast<int>(entries.size())}});
  return entries;
}

std::optional<Location> ClassicFile::find(const std::string& name) const {
  for (std::size_t i = 0; i < header_.variables.size(); ++i)
    if (header_.variables[i].name == name) return Location{0, static_cast<int>(i)};
  return std::nullopt;
}

Location ClassicFile::locate(const std::string& variable) const {
  // There is one group, whose name is empty.
  if (const auto found = find(variable.starts_with('/') ? variable.substr(1) : variable)) return *found;
  std::vector<std::string> names;
  for (const ClassicVariable& existing : header_.variables) names.push_back(existing.name);
  throw no_variable(shown_, variable, names);
}

Variable ClassicFile::describe(const Location& location, const std::string& where) const {
  const ClassicVariable& stored = at(location);
  const auto dtype = dtype_of_external(stored.type);
  if (!dtype) refuse_type(name_of_external(stored.type), where);
  require_rank(stored.dimensions.size(), where);
  // Headers do not tell whether elements were filled before they were written. By default they are: `prefilled` stays.
  Variable variable;
  variable.name = stored.name;
  variable.type = *dtype;
  for (std::size_t axis = 0; axis < stored.dimensions.size(); ++axis) {
    variable.shape.push_back(static_cast<std::int64_t>(stored.shape[axis]));
    variable.dimensions.push_back(header_.dimensions[stored.dimensions[axis]].name);
    variable.dimension_ids.push_back(static_cast<int>(stored.dimensions[axis]));
  }
  refuse_overflow(variable.shape, where);
  variable.record_axis = stored.is_record ? 0 : -1;
  variable.attributes = stored.attributes;
  return variable;
}

std::optional<Location> ClassicFile::find_coordinate(const Location&, int dimension_id, const std::string& name) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  const ClassicVariable& variable = at(*found);
  const bool is_along = variable.dimensions == std::vector<std::size_t>{static_cast<std::size_t>(dimension_id)};
  return is_along && dtype_of_external(variable.type) ? found : std::nullopt;
}

void ClassicFile::read_line(const Location& location, std::int64_t count, void* out, const std::string& doing) const {
  read_classic(*file_, layout(location), Region{{0, 1, count}}, out, doing);
}

ClassicLayout ClassicFile::layout(const Location& location) const { return layout_of(header_, at(location)); }

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
