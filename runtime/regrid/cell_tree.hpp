#pragma once
/// A search tree over the cells of a grid, by boxes around them in space. It halves rows and columns, so that cells
/// that are neighbours in the grid share a branch.
#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/regrid/sphere.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::sphere {

/// A box in space.
struct Box {
  Point low{2, 2, 2}, high{-2, -2, -2};

  void add(const Point& point);
  void add(const Box& other);
  /// Makes room for what lies on the sphere between points of the box that are at most so far apart.
  void bulge(double distance);
  [[nodiscard]] bool meets(const Box& other) const;
  [[nodiscard]] double squared_distance(const Point& point) const;
};

/// Returns a box that holds the polygon of these corners on the sphere.
[[nodiscard]] Box box_of(const Corners& corners);

class CellTree {
 public:
  /// A tree of rows * columns items, item by item in row-major order.
  CellTree(std::int64_t rows, std::int64_t columns, const std::function<Box(std::int64_t)>& box_of_item);

  /// Calls visit(item) for each item whose box may meet a box.
  template <class Visit>
  void meeting(const Box& box, Visit&& visit) const {
    if (!branches_.empty()) meeting(0, box, visit);
  }
  /// An item and the square of its distance, rounded to float32: distances that differ by rounding alone are equal.
  struct Neighbour {
    float squared = 0;
    std::int64_t item = 0;
    friend auto operator<=>(const Neighbour&, const Neighbour&) = default;
  };
  /// Returns the `count` items of these places that are nearest to a point, the nearest first; of equally near ones
  /// those of smaller numbers.
  [[nodiscard]] std::vector<Neighbour> nearest(const Point& point, std::size_t count,
                                               const std::vector<Point>& places) const;

 private:
  struct Branch {
    Box box;
    std::int64_t row, rows, column, columns;
    std::size_t first = 0, second = 0;  ///< branches below; 0 of a leaf
  };
  std::size_t add(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns,
                  const std::function<Box(std::int64_t)>& box_of_item);
  template <class Visit>
  void for_each_item(const Branch& leaf, Visit&& visit) const {
    for (std::int64_t row = leaf.row; row < leaf.row + leaf.rows; ++row)
      for (std::int64_t column = leaf.column; column < leaf.column + leaf.columns; ++column)
        visit(row * width_ + column);
  }
  template <class Visit>
  void meeting(std::size_t branch, const Box& box, Visit& visit) const {
    const Branch& own = branches_[branch];
    if (!own.box.meets(box)) return;
    if (own.first == 0) return for_each_item(own, visit);
    meeting(own.first, box, visit);
    meeting(own.second, box, visit);
  }
  void search(std::size_t branch, const Point& point, std::size_t count, const std::vector<Point>& places,
              std::vector<Neighbour>& found) const;

  std::int64_t width_;
  std::vector<Branch> branches_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::sphere
