/// Weights between the centres of cells: nearest and bilinear.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/regrid/cell_tree.hpp"
#include "runtime/regrid/methods.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::grids {

namespace {

using sphere::beside;
using sphere::CellTree;
using sphere::Point;

/// The four centres around a point, and how far it lies between them.
struct Square {
  std::array<std::int64_t, 4> cells{};  ///< counterclockwise in the grid: low, right, both, up
  double right = 0, up = 0;             ///< 0 to 1
};

/// Finds squares among the centres of a rectilinear grid.
class RectilinearSquares {
 public:
  explicit RectilinearSquares(const Grid& grid) : columns_(grid.columns), latitudes_(grid.latitudes) {
    longitudes_ = grid.longitudes;
    // Longitudes that go one way within a turn stay as they are, however far apart.
    const bool goes_one_way = std::ranges::adjacent_find(longitudes_, std::greater_equal<>()) == longitudes_.end() ||
                              std::ranges::adjacent_find(longitudes_, std::less_equal<>()) == longitudes_.end();
    if (longitudes_.empty() || !goes_one_way || std::abs(longitudes_.back() - longitudes_.front()) > 360)
      longitudes_ = sphere::unwrapped(grid.longitudes);
    descends_ = longitudes_.size() > 1 && longitudes_.front() > longitudes_.back();
    if (descends_) std::ranges::reverse(longitudes_);
    is_cyclic_ = is_cyclic(grid);
    if (is_cyclic_) longitudes_.push_back(longitudes_.front() + 360);
    require_steps(latitudes_, "latitude");
    require_steps(longitudes_, "longitude");
  }

  [[nodiscard]] std::optional<Square> at(double latitude, double longitude) const {
    if (longitudes_.empty()) return std::nullopt;
    longitude = beside(longitude, 0.5 * (longitudes_.front() + longitudes_.back()));
    // Of both ends of a grid that goes all around it is the first.
    if (longitude - 360 >= std::min(longitudes_.front(), longitudes_.back())) longitude -= 360;
    const std::optional<Between> row = between(latitudes_, latitude), column = between(longitudes_, longitude);
    if (!row || !column) return std::nullopt;
    const std::int64_t left = own_column(column->low), right = own_column(column->low + 1);
    const std::int64_t low = row->low * columns_, high = (row->low + 1) * columns_;
    return Square{{low + left, low + right, high + right, high + left}, column->way, row->way};
  }

 private:
  struct Between {
    std::int64_t low = 0;
    double way = 0;
  };
  static void require_steps(const std::vector<double>& values, const char* what) {
    for (std::size_t i = 1; i < values.size(); ++i)
      if (!(values[i] != values[i - 1] && (values[i] > values[i - 1]) == (values[1] > values[0])))
        throw Error(ErrorCode::invalid_argument,
                    std::string("regrid: bilinear lies between neighbours, and the ") + what +
                        "s of the source do not go up or down all along; roll the axis or sort it first");
  }
  /// The first two neighbours that a value lies between; its ends count.
  static std::optional<Between> between(const std::vector<double>& values, double at) {
    if (values.size() < 2) return std::nullopt;
    const bool rises = values.front() < values.back();
    const auto is_before = [&](double value) { return rises ? value < at : value > at; };
    const auto first = std::ranges::partition_point(values, is_before);
    if (first == values.end()) return std::nullopt;
    if (first == values.begin()) return *first == at ? std::optional(Between{0, 0}) : std::nullopt;
    const double low = *(first - 1);
    return Between{first - values.begin() - 1, (at - low) / (*first - low)};
  }
  [[nodiscard]] std::int64_t own_column(std::int64_t at) const {
    at %= columns_;
    return descends_ ? columns_ - 1 - at : at;
  }

  std::int64_t columns_;
  std::vector<double> latitudes_, longitudes_;
  bool descends_ = false, is_cyclic_ = false;
};

/// Finds squares among centres that lie anywhere: in the plane of longitudes and latitudes, as CDO and SCRIP do.
class CurvilinearSquares {
 public:
  explicit CurvilinearSquares(const Grid& grid)
      : grid_(grid),
        rows_(std::max<std::int64_t>(grid.rows - 1, 0)),
        columns_(is_cyclic(grid) ? grid.columns : std::max<std::int64_t>(grid.columns - 1, 0)),
        centres_(sphere::centres(grid)),
        tree_(rows_, columns_, [this](std::int64_t square) {
          const std::array<std::int64_t, 4> cells = cells_of(square);
          sphere::Corners corners;
          for (std::size_t i = 0; i < 4; ++i) corners[i] = centres_[static_cast<std::size_t>(cells[i])];
          return sphere::box_of(corners);
        }) {}

  [[nodiscard]] std::optional<Square> at(double latitude, double longitude, const Point& point) const {
    std::optional<Square> found;
    std::int64_t best = 0;
    sphere::Box box;
    box.add(point);
    tree_.meeting(box, [&](std::int64_t square) {
      if (found && square > best) return;
      if (std::optional<Square> here = within(square, latitude, longitude)) {
        found = here;
        best = square;
      }
    });
    return found;
  }

 private:
  [[nodiscard]] std::array<std::int64_t, 4> cells_of(std::int64_t square) const {
    const std::int64_t row = square / columns_, column = square % columns_;
    const std::int64_t low = row * grid_.columns, high = low + grid_.columns, right = (column + 1) % grid_.columns;
    return {low + column, low + right, high + right, high + column};
  }
  /// Returns where a point lies in a square; none if it is outside, or no place in it is found.
  [[nodiscard]] std::optional<Square> within(std::int64_t square, double latitude, double longitude) const {
    constexpr int most_steps = 100;
    constexpr double converged = 1e-10;
    constexpr double widest = 180;
    Square result{cells_of(square)};
    std::array<double, 4> x{}, y{};
    for (std::size_t i = 0; i < 4; ++i) {
      const auto cell = static_cast<std::size_t>(result.cells[i]);
      x[i] = beside(grid_.longitudes[cell], longitude) - longitude;
      y[i] = grid_.latitudes[cell] - latitude;
    }
    const auto [left, right] = std::ranges::minmax(x);
    if (right - left > widest) return std::nullopt;
    // The point, which is the origin, lies to one side of all four sides.
    int above = 0, below = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t next = (i + 1) % 4;
      const double side = x[i] * (y[next] - y[i]) - y[i] * (x[next] - x[i]);
      if (side > 0) ++above;
      if (side < 0) ++below;
    }
    if (above > 0 && below > 0) return std::nullopt;
    const double x1 = x[1] - x[0], x2 = x[3] - x[0], x3 = x[2] - x[1] - x2;
    const double y1 = y[1] - y[0], y2 = y[3] - y[0], y3 = y[2] - y[1] - y2;
    double right_way = 0.5, up = 0.5;
    for (int step = 0; step < most_steps; ++step) {
      const double dx = -x[0] - x1 * right_way - x2 * up - x3 * right_way * up;
      const double dy = -y[0] - y1 * right_way - y2 * up - y3 * right_way * up;
      const double a = y1 + y3 * up, b = y2 + y3 * right_way, c = x1 + x3 * up, d = x2 + x3 * right_way;
      const double determinant = a * d - b * c;
      const double to_right = (dy * d - dx * b) / determinant, to_up = (dx * a - dy * c) / determinant;
      if (!std::isfinite(to_right) || !std::isfinite(to_up)) return std::nullopt;
      right_way += to_right;
      up += to_up;
      if (std::abs(to_right) < converged && std::abs(to_up) < converged) {
        constexpr double rounding = 1e-8;
        if (right_way < -rounding || up < -rounding || right_way > 1 + rounding || up > 1 + rounding)
          return std::nullopt;
        result.right = std::clamp(right_way, 0.0, 1.0);
        result.up = std::clamp(up, 0.0, 1.0);
        return result;
      }
    }
    return std::nullopt;
  }

  const Grid& grid_;
  std::int64_t rows_, columns_;
  std::vector<Point> centres_;
  CellTree tree_;
};

/// A tree of the centres of a grid.
CellTree tree_of(const Grid& grid, const std::vector<Point>& centres) {
  return CellTree(grid.rows, grid.columns, [&](std::int64_t cell) {
    sphere::Box box;
    box.add(centres[static_cast<std::size_t>(cell)]);
    return box;
  });
}

void end_row(RegridWeights& weights, bool skips) {
  std::sort(weights.links.begin() + (weights.ends.empty() ? 0 : weights.ends.back()), weights.links.end(),
            [](const RegridWeights::Link& a, const RegridWeights::Link& b) { return a.source < b.source; });
  weights.ends.push_back(static_cast<std::int64_t>(weights.links.size()));
  weights.skips_nan.push_back(skips);
}

void add_square(RegridWeights& weights, const Square& square) {
  const std::array share{(1 - square.right) * (1 - square.up), square.right * (1 - square.up), square.right * square.up,
                         (1 - square.right) * square.up};
  for (std::size_t i = 0; i < 4; ++i) weights.links.push_back({square.cells[i], share[i]});
  end_row(weights, false);
}

/// Adds the nearest centres, weighted by 1 / distance.
void add_by_distance(RegridWeights& weights, const std::vector<CellTree::Neighbour>& near,
                     const std::vector<Point>& centres, const Point& point) {
  constexpr double tiny = 1e-14;  // of a centre at the point itself
  std::vector<double> shares;
  for (const CellTree::Neighbour& one : near)
    shares.push_back(0.5 * std::sqrt(sphere::squared_distance(point, centres[static_cast<std::size_t>(one.item)])));
  math::apply(math::Unary::asin, shares.data(), shares.data(), shares.size());
  double total = 0;
  for (double& share : shares) total += share = 1 / (2 * share + tiny);
  for (std::size_t i = 0; i < near.size(); ++i) weights.links.push_back({near[i].item, shares[i] / total});
  end_row(weights, true);
}

/// The latitude and longitude of each cell.
std::pair<std::vector<double>, std::vector<double>> angles_of(const Grid& grid) {
  if (!grid.is_rectilinear) return {grid.latitudes, grid.longitudes};
  std::pair<std::vector<double>, std::vector<double>> all;
  for (const double latitude : grid.latitudes)
    for (const double longitude : grid.longitudes) {
      all.first.push_back(latitude);
      all.second.push_back(longitude);
    }
  return all;
}

}  // namespace

bool is_cyclic(const Grid& grid) {
  constexpr double part = 0.01;  // of a step
  if (grid.columns < 2) return false;
  const std::int64_t lines = grid.is_rectilinear ? 1 : grid.rows;
  for (std::int64_t row = 0; row < lines; ++row) {
    const double* const first = grid.longitudes.data() + row * grid.columns;
    const double step = beside(first[1] - first[0], 0);
    const double gap = beside(first[0] - first[grid.columns - 1], 0);
    // Of two columns half a turn apart neither says which way it goes.
    if (step == 0 || std::abs(std::abs(gap) - std::abs(step)) > part * std::abs(step)) return false;
    const double last = beside(first[grid.columns - 1] - first[grid.columns - 2], 0);
    if (std::abs(std::abs(last) - std::abs(step)) > part * std::abs(step) || (gap > 0) != (step > 0)) return false;
  }
  return true;
}

RegridWeights nearest_weights(const Grid& source, const Grid& target) {
  RegridWeights weights;
  const std::vector<Point> centres = sphere::centres(source);
  const CellTree tree = tree_of(source, centres);
  for (const Point& point : sphere::centres(target)) {
    for (const CellTree::Neighbour& near : tree.nearest(point, 1, centres)) weights.links.push_back({near.item, 1});
    end_row(weights, false);
  }
  return weights;
}

RegridWeights bilinear_weights(const Grid& source, const Grid& target) {
  constexpr std::size_t neighbours = 4;
  RegridWeights weights;
  const std::vector<Point> centres = sphere::centres(source);
  const std::vector<Point> places = sphere::centres(target);
  const auto [latitudes, longitudes] = angles_of(target);
  std::optional<RectilinearSquares> rectilinear;
  std::optional<CurvilinearSquares> curvilinear;
  if (source.is_rectilinear)
    rectilinear.emplace(source);
  else
    curvilinear.emplace(source);
  const bool reaches_around = is_cyclic(source);
  std::optional<CellTree> tree;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::optional<Square> square = rectilinear ? rectilinear->at(latitudes[i], longitudes[i])
                                                     : curvilinear->at(latitudes[i], longitudes[i], places[i]);
    if (square) {
      add_square(weights, *square);
    } else if (reaches_around) {
      if (!tree) tree.emplace(tree_of(source, centres));
      add_by_distance(weights, tree->nearest(places[i], neighbours, centres), centres, places[i]);
    } else {
      end_row(weights, false);
    }
  }
  return weights;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::grids
