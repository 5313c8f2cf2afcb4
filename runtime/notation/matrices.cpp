/// The functions of the notation that are about matrices: the same operations, in the same order, as in
/// expr/matrices.hpp.
#include "chunkwise/expr/matrices.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/moments.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// The sum of products over axes in their own type.
Term summed_over(Term products, std::uint32_t axes) {
  const auto& sum = *find_function("sum")->aggregate;
  const DType dtype = products.dtype;
  const Labels labels = reduce_labels(products.labels, products.shape.rank(), axes, false, sum.meaning);
  NodePtr node = build::fold(sum.code, array_of(std::move(products)).node, axes, false, 0);
  const Shape shape = node->shape;
  Term total = term_of({std::move(node), shape, labels});
  return total.dtype == dtype ? std::move(total) : settled(cast(std::move(total), dtype));
}

Term summed(Term products, int along) { return summed_over(std::move(products), 1U << along); }

/// The axes of one array that an argument of tensordot names.
std::vector<int> axes_in_order(const Value& value, const Term& array) {
  std::vector<int> axes;
  if (const Tuple* several = value.as<Tuple>())
    for (const Value& one : several->values) axes.push_back(one_axis(one, array));
  else
    axes.push_back(one_axis(value, array));
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(i), axes[i]) !=
        axes.begin() + static_cast<std::ptrdiff_t>(i))
      throw Mistake{ErrorCode::invalid_argument, "axis " + std::to_string(axes[i]) + " is named twice", value.offset};
  return axes;
}

/// The sum of products over the last axes of one and the first of another, or over pairs of axes.
Term tensor_product(const Function& function, Arguments arguments) {
  arguments.expect(2, 3);
  const Value* axes = arguments.option("axes", 2);
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  Term y = take_array(Value(arguments.by_position()[1]), quoted(function.name));
  const int rank_x = x.shape.rank();
  std::vector<int> of_x, of_y;
  const Tuple* pair = axes ? axes->as<Tuple>() : nullptr;
  if (pair) {
    if (pair->values.size() != 2) throw wrong(function, "takes a number of axes, or the axes of both", axes->offset);
    of_x = axes_in_order(pair->values[0], x);
    of_y = axes_in_order(pair->values[1], y);
  } else {
    const std::int64_t count = axes ? take_int(*axes, "axes") : 2;
    if (count < 0 || count > std::min(rank_x, y.shape.rank()))
      throw Mistake{ErrorCode::out_of_range,
                    "axes=" + std::to_string(count) + " of arrays of " + std::to_string(rank_x) + " and " +
                        std::to_string(y.shape.rank()) + " axes",
                    axes ? axes->offset : arguments.offset()};
    for (int i = 0; i < static_cast<int>(count); ++i) {
      of_x.push_back(rank_x - static_cast<int>(count) + i);
      of_y.push_back(i);
    }
  }
  const auto pairs = static_cast<int>(of_x.size());
  const TensorOperands operands = tensor_operands(array_of(std::move(x)), array_of(std::move(y)), of_x, of_y);
  Term products = apply(op::Multiply::code, term_of(operands.x), term_of(operands.y));
  std::uint32_t summed = 0;
  for (int axis = rank_x - pairs; axis < rank_x; ++axis) summed |= 1U << axis;
  return summed == 0 ? products : summed_over(std::move(products), summed);
}

/// x with a new axis of extent 1.
Term expanded(Term x, int at) {
  const int rank = x.shape.rank() + 1;
  if (rank > max_rank)
    throw Error(ErrorCode::invalid_argument,
                "an array can have at most 8 axes, and a product of these would have 9 on its way");
  return term_of(expand_dims(array_of(std::move(x)), 1U << at));
}

Term product_of_matrices(Term x, Term y) {
  const int rank_x = x.shape.rank();
  const int rank_y = y.shape.rank();
  chunkwise::detail::check_inner(x.shape, y.shape);
  if (rank_y == 1) return summed(apply(op::Multiply::code, std::move(x), std::move(y)), rank_x - 1);
  if (rank_x == 1) return summed(apply(op::Multiply::code, expanded(std::move(x), rank_x), std::move(y)), rank_y - 2);
  return summed(apply(op::Multiply::code, expanded(std::move(x), rank_x), expanded(std::move(y), rank_y - 2)),
                std::max(rank_x, rank_y) - 1);
}

Term product(const Function& function, std::size_t offset, Arguments arguments) {
  const Value* along = arguments.option("axis", 2);
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  Term y = take_array(Value(arguments.by_position()[1]), quoted(function.name));
  const int rank_x = x.shape.rank();
  const int rank_y = y.shape.rank();
  const auto refuse = [&](const std::string& words) {
    throw Mistake{ErrorCode::shape_mismatch,
                  quoted(function.name) + " takes " + words + ", and these have the shapes " + to_string(x.shape) +
                      " and " + to_string(y.shape),
                  offset};
  };
  if (function.name == "outer") {
    if (rank_x != 1 || rank_y != 1) refuse("vectors, which ravel(x) makes of an array");
    return apply(op::Multiply::code, expanded(std::move(x), 1), expanded(std::move(y), 0));
  }
  if (function.name == "vecdot") {
    const int rank = std::max(rank_x, rank_y);
    const int axis = along ? one_axis(*along, rank_x < rank_y ? y : x) : rank - 1;
    if (rank - axis > std::min(rank_x, rank_y)) refuse("arrays that both have the axis");
    chunkwise::detail::check_lines(x.shape, y.shape, axis - rank);
    return summed(apply(op::Multiply::code, std::move(x), std::move(y)), axis);
  }
  if (function.name == "dot" && (rank_x == 0 || rank_y == 0))
    return apply(op::Multiply::code, std::move(x), std::move(y));
  if (rank_x == 0 || rank_y == 0) refuse("vectors and matrices, where x * y takes scalars");
  if (function.name == "dot" && rank_y > 2) refuse("a vector or a matrix at its second place; see matmul");
  return product_of_matrices(std::move(x), std::move(y));
}

}  // namespace

Term matrix_call(const Function& function, std::size_t offset, Arguments arguments) {
  if (function.name == "tensordot") return tensor_product(function, std::move(arguments));
  if (function.arrays == 2) {
    arguments.expect(2, function.name == "vecdot" ? 3 : 2);
    return product(function, offset, std::move(arguments));
  }
  arguments.expect(1, function.name == "matrix_transpose" ? 1 : 2);
  const Value* k = arguments.option("k", 1);
  const std::int64_t diagonal = k ? take_int(*k, "k") : 0;
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  const int rank = x.shape.rank();
  if (rank < 2)
    throw Mistake{ErrorCode::shape_mismatch,
                  quoted(function.name) + " is of the last two axes, and this array has " + std::to_string(rank),
                  offset};
  if (function.name == "matrix_transpose") {
    std::vector<int> order(static_cast<std::size_t>(rank));
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return term_of(transpose(array_of(std::move(x)), order));
  }
  const Labels labels = map_labels(x.labels, Meaning::converted);
  Term inside = term_of(triangle(x.shape, diagonal, function.name == "tril"));
  const Number zero = x.dtype == DType::boolean ? Number(false)
                      : is_floating(x.dtype)    ? Number(0.0)
                                                : Number(std::int64_t{0});
  Term result = apply(op::Where::code, std::move(inside), std::move(x), zero);
  result.labels = labels;
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
