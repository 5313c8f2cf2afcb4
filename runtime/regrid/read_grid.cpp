/// Grids from the coordinates and companions of arrays.
#include "runtime/regrid/read_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string_view>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/regrid/sphere.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// A direction on the sphere: what variables of it are called.
struct Direction {
  const char* standard_name;
  std::array<std::string_view, 6> units;
  std::array<std::string_view, 2> names;  ///< of variables without either
};
constexpr Direction north{
    "latitude", {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"}, {"latitude", "lat"}};
constexpr Direction east{
    "longitude", {"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"}, {"longitude", "lon"}};

bool are_radians(const Attributes& attributes) {
  const std::string units = text_attribute(attributes, "units");
  return units == "radian" || units == "radians" || units == "rad";
}

/// Returns true for angles of that direction: by their standard name, their units, or if there are neither by the
/// name.
bool points_to(const Direction& direction, const std::string& name, const Attributes& attributes) {
  const std::string units = text_attribute(attributes, "units");
  const std::string standard_name = text_attribute(attributes, "standard_name");
  if (std::ranges::find(direction.units, units) != direction.units.end())
    return standard_name.empty() || standard_name == direction.standard_name;
  const bool are_angles = units.empty() || units.starts_with("deg") || are_radians(attributes);
  if (!are_angles) return false;
  if (!standard_name.empty()) return standard_name == direction.standard_name;
  return (units.empty() || units == "degrees" || units == "degree" || are_radians(attributes)) &&
         std::ranges::find(direction.names, name) != direction.names.end();
}

/// Returns numbers as degrees, by the units that their attributes tell.
std::vector<double> in_degrees(std::vector<double> angles, const Attributes& attributes) {
  if (are_radians(attributes))
    for (double& angle : angles) angle /= sphere::radians_per_degree;
  return angles;
}

double number_attribute(const Attributes& attributes, std::string_view name, double otherwise) {
  const Attribute* const attribute = find_attribute(attributes, name);
  if (!attribute) return otherwise;
  if (const auto* floating = std::get_if<std::vector<double>>(&attribute->value); floating && !floating->empty())
    return floating->front();
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute->value); integers && !integers->empty())
    return static_cast<double>(integers->front());
  return otherwise;
}

/// Returns the numbers of a companion, unpacked; none if it has none.
std::optional<std::vector<double>> unpacked_numbers(const Companion& companion) {
  if (!companion || companion.is_text()) return std::nullopt;
  const std::optional<std::vector<std::byte>> bytes = companion.read();
  if (!bytes) return std::nullopt;
  const double scale = number_attribute(companion.attributes(), "scale_factor", 1);
  const double offset = number_attribute(companion.attributes(), "add_offset", 0);
  const double nan = std::nan("");
  const double fill = number_attribute(companion.attributes(), "_FillValue", nan);
  const double missing = number_attribute(companion.attributes(), "missing_value", nan);
  return dispatch(companion.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<double> numbers(bytes->size() / sizeof(T));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      T value;
      std::memcpy(&value, bytes->data() + i * sizeof(T), sizeof(T));
      const auto stored = static_cast<double>(value);
      const bool is_missing = stored == fill || stored == missing;
      numbers[i] = is_missing ? nan : scale == 1 && offset == 0 ? stored : stored * scale + offset;
    }
    return numbers;
  });
}

const Companion* find_companion(const Labels& labels, std::string_view name) {
  if (name.empty()) return nullptr;
  for (const Companion& companion : labels.companions())
    if (companion && companion.name() == name) return &companion;
  return nullptr;
}

/// Returns the two ends of each element that the bounds of a coordinate tell; empty if there are none.
std::vector<double> bounds_of(const Labels& labels, int axis) {
  const Coordinate& coordinate = labels.coordinate(axis);
  const Companion* const bounds = find_companion(labels, text_attribute(coordinate.attributes(), "bounds"));
  if (!bounds || bounds->extents() != std::vector<std::int64_t>{coordinate.size(), 2} ||
      bounds->dimensions().front() != labels.dimension(axis))
    return {};
  return in_degrees(unpacked_numbers(*bounds).value_or(std::vector<double>{}), coordinate.attributes());
}

/// Returns the axis whose coordinate points to a direction, or -1.
int axis_to(const Direction& direction, const Labels& labels, int rank) {
  for (int axis = 0; axis < rank; ++axis) {
    const Coordinate& coordinate = labels.coordinate(axis);
    if (coordinate && !coordinate.holds_stored_values() &&
        points_to(direction, labels.dimension(axis), coordinate.attributes()))
      return axis;
  }
  return -1;
}

/// Returns the companion of two dimensions of the array that points to a direction; one that `coordinates` names comes
/// first.
const Companion* angles_to(const Direction& direction, const Labels& labels) {
  const Companion* found = nullptr;
  std::istringstream named(text_attribute(labels.attributes(), "coordinates"));
  std::vector<std::string> names;
  for (std::string name; named >> name;) names.push_back(name);
  for (const Companion& companion : labels.companions()) {
    if (!companion || companion.is_text() || companion.dimensions().size() != 2) continue;
    const std::vector<std::string> own = companion.dimensions();
    const bool is_of_axes = std::ranges::all_of(own, [&](const std::string& name) {
      for (int axis = 0; axis < max_rank; ++axis)
        if (!name.empty() && labels.dimension(axis) == name) return true;
      return false;
    });
    if (!is_of_axes) continue;  // bounds of one axis
    if (!points_to(direction, companion.name(), companion.attributes())) continue;
    if (std::ranges::find(names, companion.name()) != names.end()) return &companion;
    if (!found) found = &companion;
  }
  return found;
}

/// Returns the labels of an array of the two axes alone, in this order: with their names and coordinates, and with
/// those companions that tell where cells are.
Labels labels_of(const Labels& labels, int row_axis, int column_axis) {
  Labels result({labels.dimension(row_axis), labels.dimension(column_axis)});
  result = result.with_coordinate(0, labels.coordinate(row_axis)).with_coordinate(1, labels.coordinate(column_axis));
  std::vector<std::string> names;
  Attributes attributes;
  const auto with_bounds = [&](const Attributes& of) { names.push_back(text_attribute(of, "bounds")); };
  for (const int axis : {row_axis, column_axis})
    if (labels.coordinate(axis)) with_bounds(labels.coordinate(axis).attributes());
  if (const Companion* const mapping = find_companion(labels, text_attribute(labels.attributes(), "grid_mapping"))) {
    names.push_back(mapping->name());
    attributes.emplace_back("grid_mapping", mapping->name());
  }
  const Companion *const latitudes = angles_to(north, labels), *const longitudes = angles_to(east, labels);
  if (latitudes && longitudes) {
    for (const Companion* const angles : {latitudes, longitudes}) {
      names.push_back(angles->name());
      with_bounds(angles->attributes());
    }
    attributes.emplace_back("coordinates", latitudes->name() + " " + longitudes->name());
  }
  std::vector<Companion> kept;
  for (const Companion& companion : labels.companions())
    if (companion && std::ranges::find(names, companion.name()) != names.end()) kept.push_back(companion);
  return result.renamed("", attributes).with_companions(std::move(kept));
}

/// Returns a grid without places.
Grid grid_of_axes(const Labels& labels, const Shape& shape, int row_axis, int column_axis) {
  Grid grid;
  grid.rows = shape[row_axis];
  grid.columns = shape[column_axis];
  grid.row_axis = row_axis;
  grid.column_axis = column_axis;
  grid.labels = labels_of(labels, row_axis, column_axis);
  return grid;
}

std::optional<Grid> by_coordinates(const Labels& labels, const Shape& shape) {
  const int row = axis_to(north, labels, shape.rank()), column = axis_to(east, labels, shape.rank());
  if (row < 0 || column < 0) return std::nullopt;
  Grid grid = grid_of_axes(labels, shape, row, column);
  grid.is_rectilinear = true;
  const auto degrees = [&](int axis) {
    return in_degrees(present_values(labels.coordinate(axis)), labels.coordinate(axis).attributes());
  };
  grid.latitudes = degrees(row);
  grid.longitudes = degrees(column);
  grid.latitude_bounds = bounds_of(labels, row);
  grid.longitude_bounds = bounds_of(labels, column);
  return grid;
}

/// A rotated sphere, by the place of its north pole (CF: grid_mapping_name rotated_latitude_longitude).
class Rotation {
 public:
  explicit Rotation(const Attributes& mapping) {
    const double latitude = number_attribute(mapping, "grid_north_pole_latitude", 90);
    const double longitude = number_attribute(mapping, "grid_north_pole_longitude", 0);
    turned_ = number_attribute(mapping, "north_pole_grid_longitude", 0);
    const std::array angles{latitude, longitude};
    const std::vector<double> sin = sphere::sines(angles), cos = sphere::cosines(angles);
    sin_pole_ = sin[0];
    cos_pole_ = cos[0];
    sin_turn_ = sin[1];
    cos_turn_ = cos[1];
  }
  /// Turns points of the rotated sphere, longitudes by longitude, into degrees on the Earth.
  void turn(std::vector<double>& latitudes, std::vector<double>& longitudes) const {
    for (double& longitude : longitudes) longitude -= turned_;
    const std::vector<sphere::Point> rotated = sphere::points(latitudes, longitudes);
    std::vector<double> x(rotated.size()), y(rotated.size()), z(rotated.size());
    for (std::size_t i = 0; i < rotated.size(); ++i) {
      const sphere::Point& p = rotated[i];
      const double a = cos_pole_ * p.z - sin_pole_ * p.x;
      x[i] = cos_turn_ * a + sin_turn_ * p.y;
      y[i] = sin_turn_ * a - cos_turn_ * p.y;
      z[i] = std::clamp(cos_pole_ * p.x + sin_pole_ * p.z, -1.0, 1.0);
    }
    math::apply(math::Unary::asin, z.data(), latitudes.data(), z.size());
    math::atan2(y.data(), x.data(), longitudes.data(), x.size());
    for (std::vector<double>* const angles : {&latitudes, &longitudes})
      for (double& angle : *angles) angle /= sphere::radians_per_degree;
  }

 private:
  double sin_pole_ = 0, cos_pole_ = 0, sin_turn_ = 0, cos_turn_ = 0, turned_ = 0;
};

std::optional<Grid> by_rotated_pole(const Labels& labels, const Shape& shape) {
  const Companion* const mapping = find_companion(labels, text_attribute(labels.attributes(), "grid_mapping"));
  if (!mapping || text_attribute(mapping->attributes(), "grid_mapping_name") != "rotated_latitude_longitude")
    return std::nullopt;
  // Without its pole the two-dimensional angles, if there are some, tell the grid.
  for (const char* const name : {"grid_north_pole_latitude", "grid_north_pole_longitude"})
    if (std::isnan(number_attribute(mapping->attributes(), name, std::nan("")))) return std::nullopt;
  int row = -1, column = -1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const Coordinate& coordinate = labels.coordinate(axis);
    if (!coordinate || coordinate.holds_stored_values()) continue;
    const std::string name = text_attribute(coordinate.attributes(), "standard_name");
    if (name == "grid_latitude") row = axis;
    if (name == "grid_longitude") column = axis;
  }
  if (row < 0 || column < 0) return std::nullopt;
  Grid grid = grid_of_axes(labels, shape, row, column);
  Grid rotated = grid;
  rotated.is_rectilinear = true;
  rotated.latitudes = in_degrees(present_values(labels.coordinate(row)), labels.coordinate(row).attributes());
  rotated.longitudes = in_degrees(present_values(labels.coordinate(column)), labels.coordinate(column).attributes());
  rotated.latitude_bounds = bounds_of(labels, row);
  rotated.longitude_bounds = bounds_of(labels, column);
  for (const double latitude : rotated.latitudes)
    for (const double longitude : rotated.longitudes) {
      grid.latitudes.push_back(latitude);
      grid.longitudes.push_back(longitude);
    }
  const Rotation rotation(mapping->attributes());
  rotation.turn(grid.latitudes, grid.longitudes);
  if (grid.rows < 2 || grid.columns < 2)
    if (rotated.latitude_bounds.empty() || rotated.longitude_bounds.empty()) return grid;
  sphere::CellEnds all = sphere::corners_of(sphere::cell_ends(rotated, "a rotated grid"));
  grid.latitude_bounds = std::move(all.latitudes);
  grid.longitude_bounds = std::move(all.longitudes);
  rotation.turn(grid.latitude_bounds, grid.longitude_bounds);
  return grid;
}

std::optional<Grid> by_angles(const Labels& labels, const Shape& shape) {
  const Companion* const latitudes = angles_to(north, labels);
  const Companion* const longitudes = angles_to(east, labels);
  if (!latitudes || !longitudes || latitudes->dimensions() != longitudes->dimensions()) return std::nullopt;
  const auto axis_of = [&](const std::string& name) {
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (!name.empty() && labels.dimension(axis) == name) return axis;
    return -1;
  };
  const std::vector<std::string> dimensions = latitudes->dimensions();
  const int row = axis_of(dimensions[0]), column = axis_of(dimensions[1]);
  if (row < 0 || column < 0) return std::nullopt;
  Grid grid = grid_of_axes(labels, shape, row, column);
  auto lat = unpacked_numbers(*latitudes), lon = unpacked_numbers(*longitudes);
  const auto cells = static_cast<std::size_t>(grid.rows * grid.columns);
  if (!lat || !lon || lat->size() != cells || lon->size() != cells) return std::nullopt;
  grid.latitudes = in_degrees(std::move(*lat), latitudes->attributes());
  grid.longitudes = in_degrees(std::move(*lon), longitudes->attributes());
  const auto corners = [&](const Companion& centres) -> std::vector<double> {
    const Companion* const bounds = find_companion(labels, text_attribute(centres.attributes(), "bounds"));
    if (!bounds || bounds->extents() != std::vector<std::int64_t>{grid.rows, grid.columns, 4}) return {};
    return in_degrees(unpacked_numbers(*bounds).value_or(std::vector<double>{}), centres.attributes());
  };
  grid.latitude_bounds = corners(*latitudes);
  grid.longitude_bounds = corners(*longitudes);
  if (grid.latitude_bounds.empty() || grid.longitude_bounds.empty())
    grid.latitude_bounds.clear(), grid.longitude_bounds.clear();
  return grid;
}

[[noreturn]] void no_grid(const Labels& labels, const Shape& shape) {
  std::string axes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::string& name = labels.dimension(axis);
    const std::string units = text_attribute(labels.coordinate(axis).attributes(), "units");
    axes += (axis ? ", " : "") + (name.empty() ? "axis " + std::to_string(axis) : name) +
            (!labels.coordinate(axis) ? " without a coordinate"
             : units.empty()          ? " without units"
                                      : " in " + units);
  }
  throw Error(
      ErrorCode::not_found,
      "the array has no grid of latitudes and longitudes: its dimensions are (" + axes +
          "); a grid is told by coordinates in degrees_north and degrees_east, by two-dimensional ones that the "
          "attribute `coordinates` names, or by a rotated pole");
}

}  // namespace

Grid Grid::of(const Labels& labels, const Shape& shape) {
  std::optional<Grid> found = by_coordinates(labels, shape);
  if (!found) found = by_rotated_pole(labels, shape);
  if (!found) found = by_angles(labels, shape);
  if (!found) no_grid(labels, shape);
  for (const std::vector<double>* const angles :
       {&found->latitudes, &found->longitudes, &found->latitude_bounds, &found->longitude_bounds})
    for (const double angle : *angles)
      if (!std::isfinite(angle))
        throw Error(ErrorCode::invalid_argument, "the grid has a latitude or longitude that is missing or not finite");
  for (const std::vector<double>* const angles : {&found->latitudes, &found->latitude_bounds})
    for (const double angle : *angles)
      if (std::abs(angle) > 90 + 1e-3)
        throw Error(ErrorCode::invalid_argument,
                    "the grid has a latitude of " + std::to_string(angle) + " degrees, beyond the pole");
  constexpr double most_longitude = 3600;  // ten turns
  for (const std::vector<double>* const angles : {&found->longitudes, &found->longitude_bounds})
    for (const double angle : *angles)
      if (std::abs(angle) > most_longitude)
        throw Error(ErrorCode::invalid_argument,
                    "the grid has a longitude, or an end of a cell, of " + std::to_string(angle) +
                        " degrees: is it a missing value without the attribute _FillValue?");
  return std::move(*found);
}

Grid grids::rectilinear(const Labels& labels, const Shape& shape) {
  Grid grid = Grid::of(labels, shape);
  if (!grid.is_rectilinear)
    throw Error(ErrorCode::not_found,
                "the grid has latitudes and longitudes of two dimensions, so that no axis goes along parallels or "
                "meridians; field_mean(x) is the mean of all its cells");
  return grid;
}

std::optional<std::vector<double>> grids::measured_areas(const Labels& labels, const Grid& grid) {
  std::istringstream measures(text_attribute(labels.attributes(), "cell_measures"));
  std::string measure, name;
  while (measures >> measure >> name) {
    if (measure != "area:") continue;
    const Companion* const area = find_companion(labels, name);
    if (!area) return std::nullopt;
    const std::string units = text_attribute(area->attributes(), "units");
    const double factor = units == "km2" ? 1e6 : 1;
    if (units != "m2" && units != "m^2" && units != "km2") return std::nullopt;
    const std::vector<std::string> own = area->dimensions();
    const std::string &rows = grid.labels.dimension(0), &columns = grid.labels.dimension(1);
    const bool turned = own == std::vector<std::string>{columns, rows};
    if (!turned && own != std::vector<std::string>{rows, columns}) return std::nullopt;
    std::optional<std::vector<double>> numbers = unpacked_numbers(*area);
    if (!numbers || numbers->size() != static_cast<std::size_t>(grid.rows * grid.columns)) return std::nullopt;
    std::vector<double> result(numbers->size());
    for (std::int64_t row = 0; row < grid.rows; ++row)
      for (std::int64_t column = 0; column < grid.columns; ++column)
        result[static_cast<std::size_t>(row * grid.columns + column)] =
            (*numbers)[static_cast<std::size_t>(turned ? column * grid.rows + row : row * grid.columns + column)] *
            factor;
    return result;
  }
  return std::nullopt;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
