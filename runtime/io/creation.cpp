#include "chunkwise/io/creation.hpp"

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

UntypedArray array_of(SourcePtr source, Labels labels = {}) {
  NodePtr node = build::source(std::move(source));
  const Shape shape = node->shape;
  return {std::move(node), shape, std::move(labels)};
}

}  // namespace

UntypedArray full(const Shape& shape, const Scalar& value) {
  static_cast<void>(count_elements(shape));
  return array_of(full_source(shape, value));
}

UntypedArray full_like(const UntypedArray& x, const Scalar& value) {
  if (!x.node) throw Error(ErrorCode::invalid_argument, "full_like: the array stands for nothing: its node is null");
  return array_of(full_source(x.shape, value, ChunkGrid(x.node->grid)), map_labels(x.labels, Meaning::elementwise));
}

UntypedArray arange(const Scalar& start, const Scalar& stop, const Scalar& step) {
  if (start.dtype != stop.dtype || start.dtype != step.dtype)
    throw Error(ErrorCode::type_mismatch, "arange: start, stop and step are of one type");
  const std::int64_t count = dispatch(start.dtype, [&](auto zero) -> std::int64_t {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool>)
      throw Error(ErrorCode::invalid_argument, "arange: numbers in equal steps are not bool; compare them with one");
    else
      return detail::arange_count(start.as<T>(), stop.as<T>(), step.as<T>());
  });
  return array_of(arange_source(start, step, count));
}

UntypedArray linspace(double start, double stop, std::int64_t count, bool endpoint, DType dtype) {
  return array_of(linspace_source(start, stop, count, endpoint, dtype));
}

UntypedArray eye(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, DType dtype) {
  return array_of(eye_source(rows, columns, diagonal, dtype));
}

UntypedArray indices(const Shape& shape) {
  static_cast<void>(count_elements(shape));
  if (shape.rank() == max_rank)
    throw Error(ErrorCode::invalid_argument, "indices: an array can have at most 8 axes, and these would have 9");
  if (shape.rank() == 0) return array_of(full_source({0}, Scalar(std::int64_t{0})));
  std::vector<UntypedArray> axes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const UntypedArray own = array_of(arange_source(Scalar(std::int64_t{0}), Scalar(std::int64_t{1}), shape[axis]));
    const std::uint32_t others = ((1U << shape.rank()) - 1U) & ~(1U << axis);
    axes.push_back(broadcast_to(expand_dims(own, others), shape));
  }
  return stack(axes, 0);
}

std::vector<UntypedArray> meshgrid(std::span<const UntypedArray> vectors, bool xy) {
  const int rank = static_cast<int>(vectors.size());
  if (rank > max_rank)
    throw Error(ErrorCode::invalid_argument,
                "meshgrid: " + std::to_string(rank) + " vectors; an array can have at most 8 axes");
  const auto axis_of = [&](int vector) { return xy && rank > 1 && vector < 2 ? 1 - vector : vector; };
  Shape shape = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const UntypedArray& vector = vectors[static_cast<std::size_t>(i)];
    if (vector.shape.rank() != 1)
      throw Error(ErrorCode::shape_mismatch, "meshgrid: array " + std::to_string(i) + " has the shape " +
                                                 to_string(vector.shape) + ", and vectors are wanted");
    shape[axis_of(i)] = vector.shape[0];
  }
  std::vector<UntypedArray> grid;
  for (int i = 0; i < rank; ++i) {
    const std::uint32_t others = ((1U << rank) - 1U) & ~(1U << axis_of(i));
    grid.push_back(broadcast_to(expand_dims(vectors[static_cast<std::size_t>(i)], others), shape));
  }
  return grid;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
