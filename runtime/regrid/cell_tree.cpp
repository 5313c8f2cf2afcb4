#include "runtime/regrid/cell_tree.hpp"

#include <algorithm>
#include <cmath>

namespace chunkwise::inline CHUNKWISE_ABI::sphere {

namespace {

constexpr std::int64_t leaf_items = 8;

double outside(double low, double high, double at) { return std::max({low - at, at - high, 0.0}); }

}  // namespace

void Box::add(const Point& point) {
  low = {std::min(low.x, point.x), std::min(low.y, point.y), std::min(low.z, point.z)};
  high = {std::max(high.x, point.x), std::max(high.y, point.y), std::max(high.z, point.z)};
}

void Box::add(const Box& other) {
  add(other.low);
  add(other.high);
}

void Box::bulge(double distance) {
  // A point between others is as deep below the sphere as the middle of a chord, at most; twice that is for rounding.
  const double depth = 1e-12 + 0.5 * distance * distance;
  low = {low.x - depth, low.y - depth, low.z - depth};
  high = {high.x + depth, high.y + depth, high.z + depth};
}

bool Box::meets(const Box& other) const {
  return low.x <= other.high.x && other.low.x <= high.x && low.y <= other.high.y && other.low.y <= high.y &&
         low.z <= other.high.z && other.low.z <= high.z;
}

double Box::squared_distance(const Point& point) const {
  const double x = outside(low.x, high.x, point.x), y = outside(low.y, high.y, point.y),
               z = outside(low.z, high.z, point.z);
  return x * x + y * y + z * z;
}

Box box_of(const Corners& corners) {
  Box box;
  double squared = 0;
  for (const Point& corner : corners) {
    box.add(corner);
    for (const Point& other : corners) squared = std::max(squared, sphere::squared_distance(corner, other));
  }
  box.bulge(std::sqrt(squared));
  return box;
}

CellTree::CellTree(std::int64_t rows, std::int64_t columns, const std::function<Box(std::int64_t)>& box_of_item)
    : width_(columns) {
  if (rows > 0 && columns > 0) add(0, rows, 0, columns, box_of_item);
}

std::size_t CellTree::add(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns,
                          const std::function<Box(std::int64_t)>& box_of_item) {
  const std::size_t own = branches_.size();
  branches_.push_back({{}, row, rows, column, columns});
  if (rows * columns <= leaf_items) {
    Box box;
    for_each_item(branches_[own], [&](std::int64_t item) { box.add(box_of_item(item)); });
    branches_[own].box = box;
    return own;
  }
  const bool by_row = rows >= columns;
  const std::int64_t half = (by_row ? rows : columns) / 2;
  const std::size_t first =
      by_row ? add(row, half, column, columns, box_of_item) : add(row, rows, column, half, box_of_item);
  const std::size_t second = by_row ? add(row + half, rows - half, column, columns, box_of_item)
                                    : add(row, rows, column + half, columns - half, box_of_item);
  Branch& branch = branches_[own];
  branch.first = first;
  branch.second = second;
  branch.box.add(branches_[first].box);
  branch.box.add(branches_[second].box);
  return own;
}

std::vector<CellTree::Neighbour> CellTree::nearest(const Point& point, std::size_t count,
                                                   const std::vector<Point>& places) const {
  std::vector<Neighbour> found;
  if (!branches_.empty() && count > 0) search(0, point, count, places, found);
  return found;
}

void CellTree::search(std::size_t branch, const Point& point, std::size_t count, const std::vector<Point>& places,
                      std::vector<Neighbour>& found) const {
  const Branch& own = branches_[branch];
  const auto is_too_far = [&](const Branch& other) {
    return found.size() == count && static_cast<float>(other.box.squared_distance(point)) > found.back().squared;
  };
  if (is_too_far(own)) return;
  if (own.first == 0)
    return for_each_item(own, [&](std::int64_t item) {
      const double squared = sphere::squared_distance(point, places[static_cast<std::size_t>(item)]);
      const Neighbour here{static_cast<float>(squared), item};
      if (found.size() == count && !(here < found.back())) return;
      if (found.size() == count) found.pop_back();
      found.insert(std::ranges::upper_bound(found, here), here);
    });
  const bool second_is_nearer =
      branches_[own.second].box.squared_distance(point) < branches_[own.first].box.squared_distance(point);
  search(second_is_nearer ? own.second : own.first, point, count, places, found);
  search(second_is_nearer ? own.first : own.second, point, count, places, found);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::sphere
