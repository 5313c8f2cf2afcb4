// Weights of regridding in files.
#include "chunkwise/dataset/regrid_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/arrays.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/regrid/sphere.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The names of a format's variables.
struct Names {
  const char *source_cells, *target_cells;  ///< positions of links, from 1 on
  const char* weights;
  const char *source_shape, *target_shape;  ///< extents of the grids, the fastest one first
  const char *source_latitudes, *source_longitudes, *target_latitudes, *target_longitudes;
  const char *target_latitude_corners, *target_longitude_corners;
};
constexpr Names scrip{"src_address",         "dst_address",         "remap_matrix",        "src_grid_dims",
                      "dst_grid_dims",       "src_grid_center_lat", "src_grid_center_lon", "dst_grid_center_lat",
                      "dst_grid_center_lon", "dst_grid_corner_lat", "dst_grid_corner_lon"};
constexpr Names esmf{"col",  "row",  "S",    "src_grid_dims", "dst_grid_dims", "yc_a",
                     "xc_a", "yc_b", "xc_b", "yv_b",          "xv_b"};

/// A variable of a file, as numbers.
struct Numbers {
  std::vector<double> values;
  Shape shape;
  std::string units;
};

class Reader {
 public:
  explicit Reader(const NetcdfDataset& file) : file_(file), path_(file.paths().front()) {
    if (file.paths().size() != 1)
      throw Error(ErrorCode::invalid_argument,
                  "weights are read from one file, and there are " + std::to_string(file.paths().size()));
    for (const Names* const names : {&scrip, &esmf})
      if (file.has(names->weights) && file.has(names->source_cells) && file.has(names->target_cells)) names_ = names;
    if (names_ == nullptr)
      throw Error(ErrorCode::not_found,
                  path_ +
                      " keeps no weights: there are neither the variables src_address, dst_address and "
                      "remap_matrix of SCRIP's format nor row, col and S of ESMF's");
  }

  [[nodiscard]] KeptWeights read() const {
    KeptWeights kept;
    kept.file = path_;
    kept.source = source();
    kept.target = target();
    kept.weights = weights(kept.source.rows * kept.source.columns, kept.target.rows * kept.target.columns);
    return kept;
  }

 private:
  [[noreturn]] void fail(ErrorCode code, const std::string& what) const { throw Error(code, path_ + ": " + what); }

  [[nodiscard]] Numbers numbers(const char* name) const {
    const UntypedArray array = file_.open(name).array;
    const SourcePtr* const source = graph::source_of(*array.node);
    if (source == nullptr || (*source)->encoding().scaled)
      fail(ErrorCode::unsupported, std::string(name) + " is packed; weights are not");
    const Encoding& encoding = (*source)->encoding();
    Numbers result;
    result.shape = array.shape;
    result.units = text_attribute(array.labels.attributes(), "units");
    const DType stored = encoding.stored;
    std::vector<std::byte> bytes(static_cast<std::size_t>(array.shape.elements()) * size_of(stored));
    (*source)->read(Region::whole(array.shape), bytes.data());
    result.values = dispatch(stored, [&](auto zero) {
      using T = decltype(zero);
      std::vector<double> values(bytes.size() / sizeof(T));
      for (std::size_t i = 0; i < values.size(); ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
        values[i] = static_cast<double>(value);
        if (std::ranges::find(encoding.missing, Scalar(value)) != encoding.missing.end())
          fail(ErrorCode::corrupt, std::string(name) + " has a missing value");
      }
      return values;
    });
    return result;
  }

  /// Returns angles in degrees. Those of files in radians that were whole millionths of a degree become so again.
  [[nodiscard]] std::vector<double> degrees(const char* name) const {
    Numbers angles = numbers(name);
    if (angles.units.starts_with("rad")) {
      for (double& angle : angles.values) {
        angle /= sphere::radians_per_degree;
        const double round = std::nearbyint(angle * 1e6) / 1e6;
        if (std::abs(angle - round) < 1e-11) angle = round;
      }
    } else if (!angles.units.starts_with("deg")) {
      fail(ErrorCode::unsupported, std::string(name) + " is in '" + angles.units + "', neither degrees nor radians");
    }
    for (const double angle : angles.values)
      if (!std::isfinite(angle)) fail(ErrorCode::corrupt, std::string(name) + " has an angle that is not finite");
    return std::move(angles.values);
  }

  /// Returns a grid of centres alone, one of each cell.
  [[nodiscard]] Grid centres(const char* shape, const char* latitudes, const char* longitudes) const {
    const std::vector<double> extents = numbers(shape).values;
    if (extents.size() != 2)
      fail(ErrorCode::unsupported, std::string(shape) + " has " + std::to_string(extents.size()) +
                                       " extents; grids of rows and columns are read, unstructured ones are not");
    Grid grid;
    grid.latitudes = degrees(latitudes);
    grid.longitudes = degrees(longitudes);
    const auto cells = static_cast<double>(grid.latitudes.size());
    for (const double extent : extents)
      if (!(extent >= 1) || extent > cells) fail(ErrorCode::corrupt, std::string(shape) + " has an extent of no grid");
    grid.columns = static_cast<std::int64_t>(extents[0]);
    grid.rows = static_cast<std::int64_t>(extents[1]);
    if (grid.rows * grid.columns != static_cast<std::int64_t>(grid.latitudes.size()) ||
        grid.longitudes.size() != grid.latitudes.size())
      fail(ErrorCode::corrupt, std::string(shape) + " is " + std::to_string(grid.columns) + " x " +
                                   std::to_string(grid.rows) + ", but there are " +
                                   std::to_string(grid.latitudes.size()) + " latitudes and " +
                                   std::to_string(grid.longitudes.size()) + " longitudes");
    return grid;
  }

  [[nodiscard]] Grid source() const {
    return centres(names_->source_shape, names_->source_latitudes, names_->source_longitudes);
  }

  [[nodiscard]] Grid target() const {
    Grid grid = centres(names_->target_shape, names_->target_latitudes, names_->target_longitudes);
    std::vector<double> rows, columns;
    for (std::int64_t i = 0; i < grid.rows; ++i)
      rows.push_back(grid.latitudes[static_cast<std::size_t>(i * grid.columns)]);
    for (std::int64_t j = 0; j < grid.columns; ++j) columns.push_back(grid.longitudes[static_cast<std::size_t>(j)]);
    grid.is_rectilinear = true;
    for (std::size_t cell = 0; cell < grid.latitudes.size(); ++cell)
      if (std::abs(grid.latitudes[cell] - rows[cell / columns.size()]) > 1e-9 ||
          std::abs(grid.longitudes[cell] - columns[cell % columns.size()]) > 1e-9)
        grid.is_rectilinear = false;
    if (grid.is_rectilinear) {
      grid.labels = Labels({"lat", "lon"})
                        .with_coordinate(0, Coordinate(rows, north_))
                        .with_coordinate(1, Coordinate(columns, east_));
      grid.latitudes = std::move(rows);
      grid.longitudes = std::move(columns);
      return grid;
    }
    label_curvilinear(grid);
    return grid;
  }

  /// Gives a grid of two-dimensional latitudes and longitudes its labels, with the corners that the file tells.
  void label_curvilinear(Grid& grid) const {
    const Companion::Axis y = whole("y", grid.rows), x = whole("x", grid.columns);
    std::vector<Companion> companions;
    Attributes north = north_, east = east_;
    if (file_.has(names_->target_latitude_corners) && file_.has(names_->target_longitude_corners)) {
      grid.latitude_bounds = degrees(names_->target_latitude_corners);
      grid.longitude_bounds = degrees(names_->target_longitude_corners);
      const std::size_t corners = 4 * grid.latitudes.size();
      if (grid.latitude_bounds.size() == corners && grid.longitude_bounds.size() == corners) {
        north.emplace_back("bounds", "lat_bnds");
        east.emplace_back("bounds", "lon_bnds");
        companions.push_back(companion("lat_bnds", {y, x, whole("nv", 4)}, {}, grid.latitude_bounds));
        companions.push_back(companion("lon_bnds", {y, x, whole("nv", 4)}, {}, grid.longitude_bounds));
      } else {
        grid.latitude_bounds.clear();
        grid.longitude_bounds.clear();
      }
    }
    companions.push_back(companion("lat", {y, x}, north, grid.latitudes));
    companions.push_back(companion("lon", {y, x}, east, grid.longitudes));
    grid.labels = Labels({"y", "x"}).renamed("", {{"coordinates", "lat lon"}}).with_companions(std::move(companions));
  }

  [[nodiscard]] RegridWeights weights(std::int64_t sources, std::int64_t targets) const {
    const Numbers source = numbers(names_->source_cells), target = numbers(names_->target_cells);
    const Numbers values = numbers(names_->weights);
    const std::size_t links = source.values.size();
    if (values.shape.rank() == 2 && values.shape[1] > 1)
      fail(ErrorCode::unsupported, std::string(names_->weights) + " has " + std::to_string(values.shape[1]) +
                                       " weights a link, as methods of second order do; those of first order have one");
    if (target.values.size() != links || values.values.size() != links)
      fail(ErrorCode::corrupt, "there are " + std::to_string(links) + " source cells of links, " +
                                   std::to_string(target.values.size()) + " target cells and " +
                                   std::to_string(values.values.size()) + " weights");
    const auto cell = [&](double position, std::int64_t cells, const char* name) {
      if (!(position >= 1) || position > static_cast<double>(cells) || position != std::floor(position))
        fail(ErrorCode::corrupt,
             std::string(name) + " names the cell " + std::to_string(position) + " of " + std::to_string(cells));
      return static_cast<std::int64_t>(position) - 1;
    };
    struct Entry {
      std::int64_t target;
      RegridWeights::Link link;
    };
    std::vector<Entry> entries(links);
    for (std::size_t i = 0; i < links; ++i) {
      entries[i] = {cell(target.values[i], targets, names_->target_cells),
                    {cell(source.values[i], sources, names_->source_cells), values.values[i]}};
      if (!std::isfinite(values.values[i])) fail(ErrorCode::corrupt, "a weight is not finite");
    }
    std::ranges::stable_sort(entries, [](const Entry& a, const Entry& b) {
      return std::pair(a.target, a.link.source) < std::pair(b.target, b.link.source);
    });
    RegridWeights result;
    result.sources = sources;
    result.skips_nan.assign(static_cast<std::size_t>(targets), is_conservative());
    auto next = entries.begin();
    for (std::int64_t row = 0; row < targets; ++row) {
      for (; next != entries.end() && next->target == row; ++next) result.links.push_back(next->link);
      result.ends.push_back(static_cast<std::int64_t>(result.links.size()));
    }
    return result;
  }

  [[nodiscard]] bool is_conservative() const {
    const std::string method = text_attribute(file_.file(0).attributes, "map_method");
    return method.find("onservative") != std::string::npos;
  }

  static Companion::Axis whole(const char* name, std::int64_t extent) { return {name, extent, {0, 1, extent}, false}; }

  static Companion companion(const char* name, std::vector<Companion::Axis> axes, Attributes attributes,
                             const std::vector<double>& numbers) {
    std::vector<std::byte> bytes(numbers.size() * sizeof(double));
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return Companion(name, DType::float64, false, std::move(axes), std::move(attributes),
                     companion_values(std::move(bytes)));
  }

  const NetcdfDataset& file_;
  std::string path_;
  const Names* names_ = nullptr;
  const Attributes north_{{"standard_name", "latitude"}, {"units", "degrees_north"}};
  const Attributes east_{{"standard_name", "longitude"}, {"units", "degrees_east"}};
};

/// The latitude and the longitude of each cell, row by row, in degrees.
struct Places {
  std::vector<double> latitudes, longitudes;
};

Places centres_of(const Grid& grid) {
  if (!grid.is_rectilinear) return {grid.latitudes, grid.longitudes};
  Places places;
  for (const double latitude : grid.latitudes)
    for (const double longitude : grid.longitudes) {
      places.latitudes.push_back(latitude);
      places.longitudes.push_back(longitude);
    }
  return places;
}

/// Returns four corners of each cell, in order around it; none if they are not known.
Places corners_of(const Grid& grid) {
  if (!grid.is_rectilinear) return {grid.latitude_bounds, grid.longitude_bounds};
  if ((grid.rows < 2 && grid.latitude_bounds.empty()) || (grid.columns < 2 && grid.longitude_bounds.empty())) return {};
  sphere::CellEnds corners = sphere::corners_of(sphere::cell_ends(grid, "a file of weights"));
  return {std::move(corners.latitudes), std::move(corners.longitudes)};
}

std::string place_text(double latitude, double longitude) {
  std::ostringstream text;
  text << latitude << " N " << longitude << " E";
  return text.str();
}

constexpr const char* map_method(RegridMethod method) {
  switch (method) {
    case RegridMethod::nearest:
      return "Distance weighted avg of nearest neighbors";
    case RegridMethod::bilinear:
      return "Bilinear remapping";
    case RegridMethod::conservative:
      break;
  }
  return "Conservative remapping";
}

/// Collects the variables of a file.
class Writer {
 public:
  template <class T>
  void add(const std::string& name, std::vector<std::string> dimensions, const Shape& shape, std::vector<T> values,
           const char* units = nullptr) {
    Attributes attributes;
    if (units != nullptr) attributes.emplace_back("units", units);
    const Labels labels = Labels(std::move(dimensions)).renamed(name, std::move(attributes));
    UntypedArray array = shape.rank() == 1 ? detail::handle_of(from_vector<1>(std::move(values), shape))
                                           : detail::handle_of(from_vector<2>(std::move(values), shape));
    array.labels = labels;
    variables_.emplace_back(name, std::move(array));
  }

  void add_grid(const std::string& prefix, const Grid& grid, std::vector<double> fractions) {
    const std::int64_t cells = grid.rows * grid.columns;
    const std::string size = prefix + "_grid_size";
    if (grid.rows > most_ || grid.columns > most_ || cells > most_)
      throw Error(ErrorCode::unsupported,
                  "a file of weights numbers cells by 32 bits, and the grid has " + std::to_string(cells) + " of them");
    add(prefix + "_grid_dims", {prefix + "_grid_rank"}, {2},
        std::vector<std::int32_t>{static_cast<std::int32_t>(grid.columns), static_cast<std::int32_t>(grid.rows)});
    Places centres = centres_of(grid), corners = corners_of(grid);
    add(prefix + "_grid_center_lat", {size}, {cells}, std::move(centres.latitudes), "degrees");
    add(prefix + "_grid_center_lon", {size}, {cells}, std::move(centres.longitudes), "degrees");
    if (!corners.latitudes.empty()) {
      const std::vector<std::string> dimensions{size, prefix + "_grid_corners"};
      add(prefix + "_grid_corner_lat", dimensions, {cells, 4}, std::move(corners.latitudes), "degrees");
      add(prefix + "_grid_corner_lon", dimensions, {cells, 4}, std::move(corners.longitudes), "degrees");
    }
    add(prefix + "_grid_imask", {size}, {cells}, std::vector<std::int32_t>(static_cast<std::size_t>(cells), 1),
        "unitless");
    add(prefix + "_grid_frac", {size}, {cells}, std::move(fractions), "unitless");
  }

  [[nodiscard]] Dataset dataset(const Attributes& attributes) {
    for (auto& [name, array] : variables_) array.labels = array.labels.with_file_attributes(attributes);
    return Dataset(std::move(variables_), attributes);
  }

 private:
  static constexpr std::int64_t most_ = std::numeric_limits<std::int32_t>::max();
  std::vector<std::pair<std::string, UntypedArray>> variables_;
};

}  // namespace

KeptWeights read_regrid_weights(const NetcdfDataset& file) { return Reader(file).read(); }

Dataset scrip_weights(const RegridWeights& weights, const Grid& source, const Grid& target, RegridMethod method) {
  const std::int64_t sources = source.rows * source.columns, targets = target.rows * target.columns;
  if (weights.sources != sources || static_cast<std::int64_t>(weights.ends.size()) != targets)
    throw Error(ErrorCode::invalid_argument, "the weights are from " + std::to_string(weights.sources) + " cells to " +
                                                 std::to_string(weights.ends.size()) + ", and the grids have " +
                                                 std::to_string(sources) + " and " + std::to_string(targets));
  if (weights.links.empty())
    throw Error(ErrorCode::invalid_argument,
                "no cell of the target lies on the source, so that there are no weights to keep");
  std::vector<std::int32_t> from, to;
  std::vector<double> values;
  std::vector<double> source_fractions(static_cast<std::size_t>(sources), 0.0), target_fractions;
  std::size_t link = 0;
  for (std::size_t cell = 0; cell < weights.ends.size(); ++cell) {
    target_fractions.push_back(link < static_cast<std::size_t>(weights.ends[cell]) ? 1.0 : 0.0);
    for (; link < static_cast<std::size_t>(weights.ends[cell]); ++link) {
      from.push_back(static_cast<std::int32_t>(weights.links[link].source + 1));
      to.push_back(static_cast<std::int32_t>(cell + 1));
      values.push_back(weights.links[link].weight);
      source_fractions[static_cast<std::size_t>(weights.links[link].source)] = 1.0;
    }
  }
  Writer writer;
  writer.add_grid("src", source, std::move(source_fractions));
  writer.add_grid("dst", target, std::move(target_fractions));
  const auto links = static_cast<std::int64_t>(values.size());
  writer.add("src_address", {"num_links"}, {links}, std::move(from));
  writer.add("dst_address", {"num_links"}, {links}, std::move(to));
  writer.add("remap_matrix", {"num_links", "num_wgts"}, {links, 1}, std::move(values));
  return writer.dataset({{"title", "weights of regridding"},
                         {"normalization", method == RegridMethod::conservative ? "fracarea" : "none"},
                         {"map_method", map_method(method)},
                         {"conventions", "SCRIP"},
                         {"source_grid", source.is_rectilinear ? "lonlat" : "curvilinear"},
                         {"dest_grid", target.is_rectilinear ? "lonlat" : "curvilinear"}});
}

UntypedArray regrid(const UntypedArray& x, const KeptWeights& kept) {
  const Grid own = Grid::of(x.labels, x.shape);
  const std::string of = "regrid: the weights of " + kept.file + " are of ";
  if (own.rows != kept.source.rows || own.columns != kept.source.columns)
    throw Error(ErrorCode::shape_mismatch, of + std::to_string(kept.source.rows) + " x " +
                                               std::to_string(kept.source.columns) + " cells, and the array has " +
                                               std::to_string(own.rows) + " x " + std::to_string(own.columns));
  constexpr double most = 1e-3;  // degrees
  const Places here = centres_of(own);
  for (std::size_t cell = 0; cell < here.latitudes.size(); ++cell) {
    const double latitude = kept.source.latitudes[cell], longitude = kept.source.longitudes[cell];
    const bool is_pole = std::abs(std::abs(latitude) - 90) < most;
    const double turn = std::remainder(here.longitudes[cell] - longitude, 360.0);
    if (std::abs(here.latitudes[cell] - latitude) > most || (std::abs(turn) > most && !is_pole))
      throw Error(ErrorCode::shape_mismatch,
                  of + "another grid: cell " + std::to_string(cell) + " is at " + place_text(latitude, longitude) +
                      ", that of the array at " + place_text(here.latitudes[cell], here.longitudes[cell]) +
                      "; make weights for this grid, or turn the array's rows or columns round");
  }
  return regrid(x, kept.target, kept.weights);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
