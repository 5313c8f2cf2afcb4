#include "chunkwise/expr/gather.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/search.hpp"
#include "runtime/expr/along_axis.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::int64_t most_indices = std::int64_t{1} << 24;

/// The type that holds the elements of an array, and any position among them.
DType type_with_positions(DType dtype) {
  return is_floating(dtype) ? DType::float64 : dtype == DType::uint64 ? DType::uint64 : DType::int64;
}

/// x without labels, stretched along all axes but one.
NodePtr stretched(const UntypedArray& x, Shape shape, int axis) {
  shape[axis] = x.shape[axis];
  return broadcast_to({x.node, x.shape, {}}, shape).node;
}

NodePtr of_numbers(OpCode operation, const NodePtr& x, std::int64_t number) {
  const NodePtr one = build::source(full_source({}, Scalar(number)));
  const std::array operands{x, one};
  return build::apply(operation, operands);
}

}  // namespace

NodePtr detail::as_positions(NodePtr indices) {
  if (indices->dtype == DType::uint64) {
    const std::array operands{indices, build::source(full_source({}, Scalar(std::uint64_t{1} << 62)))};
    indices = build::apply(op::Minimum::code, operands);
  }
  return build::cast(std::move(indices), DType::int64);
}

namespace {

/// Indices that are none of an axis as those that are meant.
NodePtr within(const NodePtr& given, std::int64_t extent, TakeMode mode) {
  if (mode == TakeMode::wrap && extent > 0 && given->dtype == DType::uint64) {
    const std::array operands{given, build::source(full_source({}, Scalar(static_cast<std::uint64_t>(extent))))};
    return detail::as_positions(build::apply(op::Remainder::code, operands));
  }
  NodePtr indices = detail::as_positions(given);
  if (mode == TakeMode::raise || extent == 0) return indices;
  if (mode == TakeMode::wrap) return of_numbers(op::Remainder::code, indices, extent);
  return of_numbers(op::Minimum::code, of_numbers(op::Maximum::code, indices, 0), extent - 1);
}

}  // namespace

UntypedNdArray detail::known_elements(const UntypedArray& x, std::int64_t most) {
  const SourcePtr* const source = x.node ? graph::source_of(*x.node) : nullptr;
  if (!source || x.shape.elements() > most) return {};
  const Source& from = **source;
  if (!from.in_memory().data && !from.is_generated()) return {};
  if (!from.encoding().is_plain() || from.encoding().stored != from.dtype()) return {};
  const std::size_t bytes = static_cast<std::size_t>(x.shape.elements()) * size_of(from.dtype());
  const Buffer memory = allocate_buffer(std::max<std::size_t>(bytes, 8));
  if (bytes > 0) from.read(Region::whole(x.shape), memory.get());
  return {from.dtype(), x.shape, row_major_strides(x.shape), memory, memory.get()};
}

namespace {

/// The elements of an array of indices in memory, each as what `position` makes of it.
template <class Position>
IndexList listed(const UntypedArray& x, Position&& position) {
  const UntypedNdArray known = detail::known_elements(x, most_indices);
  if (!known.data || !is_integer(known.dtype)) return nullptr;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(known.shape.elements()));
  dispatch(known.dtype, [&](auto zero) {
    const auto* const from = static_cast<const decltype(zero)*>(known.data);
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = position(from[i]);
  });
  return std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
}

/// Indices modulo an extent that is not 0.
IndexList wrapped_indices(const UntypedArray& x, std::int64_t extent) {
  return listed(x, [extent](auto index) {
    if constexpr (std::is_unsigned_v<decltype(index)>)
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(index) % static_cast<std::uint64_t>(extent));
    else
      return (static_cast<std::int64_t>(index) % extent + extent) % extent;
  });
}

}  // namespace

IndexList detail::known_indices(const UntypedArray& x) {
  return listed(x, [](auto index) {
    using T = decltype(index);
    return index > static_cast<T>(0) && static_cast<std::uint64_t>(index) > static_cast<std::uint64_t>(max_elements)
               ? max_elements
               : static_cast<std::int64_t>(index);
  });
}

void detail::require_integers(const UntypedArray& x, std::string_view who) {
  if (!is_integer(x.node->dtype))
    throw Error(ErrorCode::type_mismatch,
                std::string(who) + ": indices are integers, and these are " + std::string(name_of(x.node->dtype)));
}

Labels detail::labels_elsewhere(const UntypedArray& x, int axis) {
  return line_labels(x.labels, axis, false, Meaning::part);
}

UntypedArray take_along_axis(const UntypedArray& x, const UntypedArray& indices, int along) {
  const int rank = x.shape.rank();
  detail::require_integers(indices, "take_along_axis");
  if (indices.shape.rank() != rank)
    throw Error(ErrorCode::shape_mismatch, "take_along_axis: an array of " + std::to_string(rank) +
                                               " axes and indices of " + std::to_string(indices.shape.rank()) +
                                               "; they have the same number of axes");
  const int axis = normalize_axis(along, rank);
  // The other axes meet as those of operands do.
  Shape own = x.shape, others = indices.shape;
  own[axis] = others[axis] = 1;
  const Shape shape = broadcast(own, others);
  const Labels of_x = detail::labels_elsewhere(x, axis);
  Labels labels = broadcast_labels(of_x, rank, detail::labels_elsewhere(indices, axis), rank);
  labels = labels.renamed(of_x.name(), of_x.attributes());
  if (rank == 1 && detail::known_indices(indices)) return take(x, indices, axis);

  const std::int64_t extent = x.shape[axis];
  const DType dtype = x.node->dtype;
  const DType common = type_with_positions(dtype);
  NodePtr line = build::concatenate({build::cast(stretched(x, shape, axis), common),
                                     build::cast(detail::as_positions(stretched(indices, shape, axis)), common)},
                                    axis);
  NodePtr node = build::along(linewise::Gather::code, std::move(line), axis, false, {static_cast<double>(extent)});
  return handle_of(build::cast(std::move(node), dtype), std::move(labels));
}

UntypedArray take(const UntypedArray& x, const UntypedArray& indices, int along, TakeMode mode) {
  const int rank = x.shape.rank();
  const int axis = normalize_axis(along, rank);
  detail::require_integers(indices, "take");
  if (rank - 1 + indices.shape.rank() > max_rank)
    throw Error(ErrorCode::invalid_argument, "take: an array can have at most 8 axes, and this one would have " +
                                                 std::to_string(rank - 1 + indices.shape.rank()));
  const UntypedArray in_a_row = reshape({indices.node, indices.shape, {}}, {-1});
  UntypedArray result;
  const std::int64_t extent = x.shape[axis];
  const bool wraps = mode == TakeMode::wrap && extent > 0;
  if (const IndexList list = wraps ? wrapped_indices(indices, extent) : detail::known_indices(indices)) {
    std::vector<std::int64_t> all = *list;
    if (extent > 0 && mode == TakeMode::clip)
      for (std::int64_t& index : all) index = std::clamp<std::int64_t>(index, 0, extent - 1);
    result = take(x, std::move(all), axis);
  } else {
    const UntypedArray wanted{within(in_a_row.node, extent, mode), in_a_row.shape, {}};
    result = take_along_axis(x, along_axis(wanted, rank, axis), axis);
  }
  if (indices.shape.rank() == 1) {
    // Along indices that have a name of their own the axis is theirs.
    const std::string& name = indices.labels.dimension(0);
    if (name.empty() || name == result.labels.dimension(axis)) return result;
    std::vector<std::string> names;
    for (int i = 0; i < rank; ++i) names.push_back(i == axis ? name : result.labels.dimension(i));
    result.labels = line_labels(result.labels, axis, false, Meaning::part).with_dimensions(std::move(names));
    return result;
  }
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.push_back(x.shape[i]);
  for (const std::int64_t own : indices.shape) shape.push_back(own);
  for (int i = axis + 1; i < rank; ++i) shape.push_back(x.shape[i]);
  if (indices.shape.rank() == 0) return squeeze(result, 1U << axis);
  return reshape(result, shape);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
