/// Regridding as a node: the two axes of a grid as one, whose lines are multiplied by a sparse matrix.
#include <algorithm>
#include <optional>
#include <string>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/line/sparse.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/regrid/methods.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the parameters of linewise::SparseProduct.
std::vector<double> table_of(const RegridWeights& weights) {
  std::vector<double> table;
  table.reserve(linewise::SparseProduct::first_row + weights.ends.size() + 2 * weights.links.size());
  table.push_back(0);
  table.push_back(static_cast<double>(weights.sources));
  table.push_back(static_cast<double>(weights.ends.size()));
  std::int64_t begin = 0;
  for (std::size_t row = 0; row < weights.ends.size(); ++row) {
    table.push_back(static_cast<double>(2 * (weights.ends[row] - begin) + (weights.skips_nan[row] ? 1 : 0)));
    begin = weights.ends[row];
  }
  for (const RegridWeights::Link& link : weights.links) {
    table.push_back(static_cast<double>(link.source));
    table.push_back(link.weight);
  }
  table[0] = static_cast<double>(table.size() - 1);
  return table;
}

/// Returns the order of axes that has the two axes of a grid last.
std::vector<int> grid_last(int rank, const Grid& grid) {
  std::vector<int> order;
  for (int axis = 0; axis < rank; ++axis)
    if (axis != grid.row_axis && axis != grid.column_axis) order.push_back(axis);
  order.push_back(grid.row_axis);
  order.push_back(grid.column_axis);
  return order;
}

std::vector<int> inverse(const std::vector<int>& order) {
  std::vector<int> result(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) result[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return result;
}

/// Returns true for the variable that `grid_mapping` names.
bool is_grid_mapping(const Labels& labels, const Companion& companion) {
  return companion.name() == text_attribute(labels.attributes(), "grid_mapping");
}

/// Returns the labels of a field on another grid. Attributes stay as after a mean; those that name variables of the
/// grid are the target's.
Labels regridded(const Labels& labels, int rank, const Grid& from, const Grid& to) {
  const std::vector<std::string> own{labels.dimension(from.row_axis), labels.dimension(from.column_axis)};
  std::vector<std::string> dimensions;
  for (int axis = 0; axis < rank; ++axis) dimensions.push_back(labels.dimension(axis));
  for (const int i : {0, 1}) {
    const int axis = i == 0 ? from.row_axis : from.column_axis;
    const bool keeps_name = to.is_named && from.is_rectilinear && !own[static_cast<std::size_t>(i)].empty();
    dimensions[static_cast<std::size_t>(axis)] = keeps_name ? own[static_cast<std::size_t>(i)] : to.labels.dimension(i);
  }
  std::vector<Companion> companions;
  for (const Companion& companion : labels.companions())
    if (!companion.has(own[0]) && !companion.has(own[1]) && !is_grid_mapping(labels, companion))
      companions.push_back(companion);
  Attributes attributes;
  std::string coordinates = text_attribute(to.labels.attributes(), "coordinates");
  for (const Attribute& attribute : labels.attributes()) {
    if (!is_reference(attribute.name)) {
      attributes.push_back(attribute);
      continue;
    }
    const std::string rest = renamed_references(attribute, [&](const std::string& name) -> std::optional<std::string> {
      const bool stays = std::ranges::find(companions, name, &Companion::name) != companions.end();
      return stays ? std::optional(name) : std::nullopt;
    });
    if (attribute.name == "coordinates")
      coordinates += (coordinates.empty() || rest.empty() ? "" : " ") + rest;
    else if (!rest.empty())
      attributes.emplace_back(attribute.name, rest);
  }
  if (!coordinates.empty()) attributes.emplace_back("coordinates", coordinates);
  for (const Attribute& attribute : to.labels.attributes())
    if (attribute.name != "coordinates") attributes.push_back(attribute);
  for (const Companion& companion : to.labels.companions())
    if (std::ranges::find(companions, companion.name(), &Companion::name) == companions.end())
      companions.push_back(companion);
  return map_labels(labels.renamed(labels.name(), std::move(attributes)), Meaning::quantile)
      .with_coordinate(from.row_axis, to.labels.coordinate(0))
      .with_coordinate(from.column_axis, to.labels.coordinate(1))
      .with_record(from.row_axis, false)
      .with_record(from.column_axis, false)
      .with_companions({})
      .with_dimensions(std::move(dimensions))
      .with_companions(std::move(companions));
}

}  // namespace

RegridWeights regrid_weights(const Grid& source, const Grid& target, RegridMethod method) {
  // A row of the table is a number, and a link two.
  const std::int64_t least = method == RegridMethod::bilinear ? 9 : 3;
  if (target.rows * target.columns > static_cast<std::int64_t>(linewise::most_numbers) / least)
    throw Error(ErrorCode::unsupported, "regrid: a grid of " + std::to_string(target.rows) + " times " +
                                            std::to_string(target.columns) +
                                            " cells, whose weights would be more than 2**26 numbers");
  RegridWeights weights = method == RegridMethod::nearest    ? grids::nearest_weights(source, target)
                          : method == RegridMethod::bilinear ? grids::bilinear_weights(source, target)
                                                             : grids::conservative_weights(source, target);
  weights.sources = source.rows * source.columns;
  return weights;
}

UntypedArray regrid(const UntypedArray& x, const Grid& target, RegridMethod method) {
  return regrid(x, target, regrid_weights(Grid::of(x.labels, x.shape), target, method));
}

UntypedArray regrid(const UntypedArray& x, const Grid& target, const RegridWeights& weights) {
  const Grid own = Grid::of(x.labels, x.shape);
  if (weights.sources != own.rows * own.columns ||
      static_cast<std::int64_t>(weights.ends.size()) != target.rows * target.columns)
    throw Error(ErrorCode::shape_mismatch, "regrid: the weights are from " + std::to_string(weights.sources) +
                                               " cells to " + std::to_string(weights.ends.size()) +
                                               ", and the grids have " + std::to_string(own.rows * own.columns) +
                                               " and " + std::to_string(target.rows * target.columns));
  if (weights.skips_nan.size() != weights.ends.size())
    throw Error(ErrorCode::invalid_argument, "regrid: the weights say of " + std::to_string(weights.skips_nan.size()) +
                                                 " cells whether missing ones are left out, and there are " +
                                                 std::to_string(weights.ends.size()));
  const int rank = x.shape.rank();
  const std::vector<int> order = grid_last(rank, own);
  const UntypedArray last = transpose({x.node, x.shape, {}}, order);
  PerAxis<std::int64_t> shape;
  for (int axis = 0; axis < rank - 2; ++axis) shape.push_back(last.shape[axis]);
  PerAxis<std::int64_t> lines = shape;
  lines.push_back(own.rows * own.columns);
  shape.push_back(target.rows);
  shape.push_back(target.columns);
  NodePtr node =
      build::along(linewise::SparseProduct::code, reshape(last, lines).node, rank - 2, false, table_of(weights));
  UntypedArray result = transpose(reshape(handle_of(std::move(node), {}), shape), inverse(order));
  result.labels = regridded(x.labels, rank, own, target);
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
