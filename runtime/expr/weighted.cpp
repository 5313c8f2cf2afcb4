#include "chunkwise/expr/weighted.hpp"

#include <utility>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/line/weighted.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns x in a type without its labels, with some axes as one at the end.
NodePtr as_lines(const UntypedArray& x, DType dtype, std::uint32_t axes) {
  std::vector<int> order;
  for (const bool taken : {false, true})
    for (int axis = 0; axis < x.shape.rank(); ++axis)
      if (((axes >> axis & 1U) != 0) == taken) order.push_back(axis);
  const UntypedArray last = transpose({x.node, x.shape, {}}, order);
  PerAxis<std::int64_t> shape;
  std::int64_t length = 1;
  for (int i = 0; i < x.shape.rank(); ++i)
    if (axes >> order[static_cast<std::size_t>(i)] & 1U)
      length *= last.shape[i];
    else
      shape.push_back(last.shape[i]);
  shape.push_back(length);
  NodePtr node = reshape(last, shape).node;
  return node->dtype == dtype ? node : build::cast(std::move(node), dtype);
}

}  // namespace

UntypedArray weighted_quantile(const UntypedArray& x, const UntypedArray& weights, double q, std::uint32_t axes,
                               bool keepdims, bool skips_nan) {
  // Lines meet by position, so coordinates are compared first.
  (void)broadcast_labels(x.labels, x.shape.rank(), weights.labels, weights.shape.rank());
  const bool is_float32 = x.node->dtype == DType::float32 && weights.node->dtype == DType::float32;
  const DType dtype = is_float32 ? DType::float32 : DType::float64;
  std::vector<NodePtr> parts{as_lines(x, dtype, axes), as_lines(weights, dtype, axes)};
  const int axis = parts[0]->shape.rank() - 1;
  NodePtr node = build::along(linewise::WeightedQuantile::code, build::concatenate(std::move(parts), axis), axis, false,
                              {q, skips_nan ? 1.0 : 0.0});
  Labels labels = reduce_labels(x.labels, x.shape.rank(), axes, keepdims, Meaning::quantile);
  UntypedArray result = handle_of(std::move(node), {});
  if (keepdims) result = expand_dims(result, axes);
  result.labels = std::move(labels);
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
