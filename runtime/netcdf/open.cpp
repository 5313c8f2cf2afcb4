/// One variable in many files as one array: opens each file and holds it against the first.
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/companions.hpp"
#include "runtime/netcdf/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using netcdf::OpenedVariable;

std::string joined(const std::vector<std::string>& names) {
  std::string text = "(";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i ? ", " : "") + names[i];
  return text + ")";
}

std::string exact(double value) {
  std::ostringstream text;
  text << std::setprecision(17) << value;
  return text.str();
}

int position_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

/// The axis along which files are joined. One file needs none, so it may lack the dimension that was asked for.
int join_axis(const OpenedVariable& first, const NetcdfOptions& options, bool several) {
  if (several && first.dimensions.empty())
    throw Error(ErrorCode::shape_mismatch,
                first.source->describe() + " is a single number: several files of it cannot be joined; open one");
  int axis = options.join.empty() ? first.record_axis : position_of(first.dimensions, options.join);
  if (axis < 0 && several && !options.join.empty())
    throw Error(ErrorCode::not_found, first.source->describe() + " cannot be joined along '" + options.join +
                                          "': its dimensions are " + joined(first.dimensions));
  if (axis < 0) axis = position_of(first.dimensions, "time");
  return std::max(axis, 0);
}

/// Compares a file with the first.
class Comparison {
 public:
  Comparison(const OpenedVariable& first, const OpenedVariable& other, int join)
      : first_(first), other_(other), join_(join) {}

  void run() const {
    if (other_.dimensions.size() != first_.dimensions.size())
      differ(ErrorCode::shape_mismatch, "has the dimensions " + joined(other_.dimensions), joined(first_.dimensions));
    if (other_.dimensions != first_.dimensions)
      differ(ErrorCode::name_mismatch, "has the dimensions " + joined(other_.dimensions), joined(first_.dimensions));
    if (other_.units != first_.units)
      differ(ErrorCode::name_mismatch, "has the units '" + other_.units + "'", "'" + first_.units + "'");
    for (int axis = 0; axis < first_.source->shape().rank(); ++axis)
      if (axis != join_) compare_axis(axis);
  }

 private:
  [[noreturn]] void differ(ErrorCode code, const std::string& here, const std::string& there) const {
    throw Error(code, other_.path + " does not fit the other files: its " + first_.name + " " + here + ", in " +
                          first_.path + " it is " + there);
  }

  void compare_axis(int axis) const {
    const auto i = static_cast<std::size_t>(axis);
    const std::string& name = first_.dimensions[i];
    const std::int64_t here = other_.source->shape()[axis];
    const std::int64_t there = first_.source->shape()[axis];
    if (here != there)
      differ(ErrorCode::shape_mismatch, "has " + std::to_string(here) + " along " + name, std::to_string(there));

    const Coordinate& a = first_.coordinates[i];
    const Coordinate& b = other_.coordinates[i];
    if (static_cast<bool>(a) != static_cast<bool>(b))
      differ(ErrorCode::name_mismatch, std::string(b ? "has a" : "has no") + " coordinate variable " + name,
             a ? "there" : "not there");
    if (!a) return;
    const std::string units_here = netcdf::text_attribute(b.attributes(), "units");
    const std::string units_there = netcdf::text_attribute(a.attributes(), "units");
    if (units_here != units_there)
      differ(ErrorCode::name_mismatch, "has " + name + " in '" + units_here + "'", "'" + units_there + "'");
    if (a == b) return;
    for (std::int64_t k = 0; k < there; ++k)
      if (a[k] != b[k] && !(std::isnan(a[k]) && std::isnan(b[k])))
        differ(ErrorCode::name_mismatch, "has " + name + "[" + std::to_string(k) + "] = " + exact(b[k]), exact(a[k]));
  }

  const OpenedVariable& first_;
  const OpenedVariable& other_;
  int join_;
};

/// The coordinate of the join dimension over all files; none where a file has none, or counts in other units, since a
/// series of "hours since" different days would be nonsense.
Coordinate join_coordinate(const std::vector<Coordinate>& parts) {
  for (const Coordinate& part : parts) {
    if (!part || !parts.front()) return {};
    for (const char* name : {"units", "calendar"})
      if (netcdf::text_attribute(part.attributes(), name) != netcdf::text_attribute(parts.front().attributes(), name))
        return {};
  }
  return Coordinate::join(parts);
}

/// A dimension may stand twice in a variable; as the name of an axis, with its coordinate, it can stand once.
Labels make_labels(const OpenedVariable& variable, std::vector<Coordinate> coordinates) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < variable.dimensions.size(); ++i) {
    const bool again = position_of(names, variable.dimensions[i]) >= 0;
    names.push_back(again ? std::string() : variable.dimensions[i]);
    if (again) coordinates[i] = Coordinate();
  }
  return Labels(std::move(names), std::move(coordinates), variable.name, variable.attributes);
}

}  // namespace

NetcdfParts open_netcdf_parts(const std::vector<std::string>& paths, const std::string& variable, DType as,
                              const NetcdfOptions& options) {
  if (paths.empty()) throw Error(ErrorCode::invalid_argument, "no file was named to read '" + variable + "' from");
  const OpenedVariable first = netcdf::open_variable(paths.front(), variable, as, options);
  NetcdfParts result;
  result.axis = join_axis(first, options, paths.size() > 1);
  result.parts.push_back(first.source);

  const auto axis = static_cast<std::size_t>(result.axis);
  std::vector<Coordinate> along_join;
  if (!first.dimensions.empty()) along_join.push_back(first.coordinates[axis]);
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const OpenedVariable other = netcdf::open_variable(paths[i], variable, as, options);
    Comparison(first, other, result.axis).run();
    result.parts.push_back(other.source);
    along_join.push_back(other.coordinates[axis]);
  }

  std::vector<Coordinate> coordinates = first.coordinates;
  if (paths.size() > 1) coordinates[axis] = join_coordinate(along_join);
  result.labels = make_labels(first, std::move(coordinates));
  std::vector<std::int64_t> lengths;
  for (const SourcePtr& part : result.parts)
    lengths.push_back(first.dimensions.empty() ? 0 : part->shape()[result.axis]);
  result.labels = netcdf::with_companions(result.labels, {paths, variable, result.axis, lengths});
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
