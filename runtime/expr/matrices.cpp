#include "chunkwise/expr/matrices.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/expr/along_axis.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {
/// Returns 0, 1, 2, ... along an axis of a shape's rank, from `first` on.
NodePtr counted(std::int64_t first, std::int64_t extent, int rank, int axis) {
  NodePtr node = build::source(arange_source(Scalar(first), Scalar(std::int64_t{1}), extent));
  return along_axis({std::move(node), Shape{extent}, {}}, rank, axis).node;
}

/// Returns the axes counted from the first; throws out_of_range for one that is not there, invalid_argument for one
/// that is named twice.
std::vector<int> different_axes(std::span<const int> axes, int rank) {
  std::vector<int> different;
  for (const int axis : axes) {
    const int own = normalize_axis(axis, rank);
    if (std::ranges::find(different, own) != different.end())
      throw Error(ErrorCode::invalid_argument, "tensordot: axis " + std::to_string(own) + " is named twice");
    different.push_back(own);
  }
  return different;
}
}  // namespace

UntypedArray triangle(const Shape& shape, std::int64_t diagonal, bool lower) {
  const int rank = shape.rank();
  if (rank < 2)
    throw Error(ErrorCode::shape_mismatch,
                "a triangle is of the last two axes, and an array of shape " + to_string(shape) + " has fewer");
  const std::int64_t rows = shape[rank - 2];
  const std::int64_t columns = shape[rank - 1];
  // Every diagonal outside the matrix is one beside it; the sum of an index and a diagonal does not overflow.
  const std::int64_t k = std::clamp(diagonal, -rows - 1, columns + 1);
  const std::array operands{counted(0, columns, rank, rank - 1), counted(k, rows, rank, rank - 2)};
  NodePtr node = build::apply(lower ? op::LessEqual::code : op::GreaterEqual::code, operands);
  const Shape own = node->shape;
  return {std::move(node), own, {}};
}

void detail::check_inner(const Shape& x, const Shape& y) {
  const std::int64_t last = x[x.rank() - 1];
  const std::int64_t other = y[y.rank() == 1 ? 0 : y.rank() - 2];
  if (last != other)
    throw Error(ErrorCode::shape_mismatch, "matrices of " + to_string(x) + " and " + to_string(y) +
                                               " have no product: the last extent of the first is " +
                                               std::to_string(last) +
                                               ", and the second has so many rows: " + std::to_string(other));
}

void detail::check_lines(const Shape& x, const Shape& y, int from_end) {
  const std::int64_t in_x = x[x.rank() + from_end];
  const std::int64_t in_y = y[y.rank() + from_end];
  if (in_x != in_y)
    throw Error(ErrorCode::shape_mismatch, "arrays of " + to_string(x) + " and " + to_string(y) +
                                               " have no inner product along axis " + std::to_string(from_end) +
                                               ": their lines have " + std::to_string(in_x) + " and " +
                                               std::to_string(in_y) + " elements");
}

TensorOperands tensor_operands(const UntypedArray& x, const UntypedArray& y, std::span<const int> axes_of_x,
                               std::span<const int> axes_of_y) {
  const int rank_x = x.shape.rank();
  const int rank_y = y.shape.rank();
  const int pairs = static_cast<int>(axes_of_x.size());
  if (axes_of_x.size() != axes_of_y.size())
    throw Error(ErrorCode::invalid_argument, "tensordot sums over pairs of axes, and here are " +
                                                 std::to_string(axes_of_x.size()) + " and " +
                                                 std::to_string(axes_of_y.size()));
  const std::vector<int> of_x = different_axes(axes_of_x, rank_x), of_y = different_axes(axes_of_y, rank_y);
  if (rank_x + rank_y - pairs > max_rank)
    throw Error(ErrorCode::shape_mismatch, "tensordot of shapes " + to_string(x.shape) + " and " + to_string(y.shape) +
                                               " has " + std::to_string(rank_x + rank_y - pairs) +
                                               " axes on its way, and an array has " + std::to_string(max_rank) +
                                               " at most");
  for (int i = 0; i < pairs; ++i) {
    const int a = of_x[static_cast<std::size_t>(i)], b = of_y[static_cast<std::size_t>(i)];
    if (x.shape[a] != y.shape[b])
      throw Error(ErrorCode::shape_mismatch, "tensordot: axis " + std::to_string(a) + " of " + to_string(x.shape) +
                                                 " and axis " + std::to_string(b) + " of " + to_string(y.shape) +
                                                 " have different extents");
  }
  const auto others = [](int rank, std::span<const int> of) {
    std::vector<int> rest;
    for (int axis = 0; axis < rank; ++axis)
      if (std::ranges::find(of, axis) == of.end()) rest.push_back(axis);
    return rest;
  };
  std::vector<int> order_x = others(rank_x, of_x);
  order_x.insert(order_x.end(), of_x.begin(), of_x.end());
  std::vector<int> order_y(of_y.begin(), of_y.end());
  const std::vector<int> rest_y = others(rank_y, of_y);
  order_y.insert(order_y.end(), rest_y.begin(), rest_y.end());
  std::uint32_t behind = 0;
  for (int axis = rank_x; axis < rank_x + rank_y - pairs; ++axis) behind |= 1U << axis;
  return {expand_dims(transpose(x, order_x), behind), transpose(y, order_y)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
