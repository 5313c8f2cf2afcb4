#include "chunkwise/expr/rolling.hpp"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "chunkwise/expr/select.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/rearranged_labels.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns labels without the bounds of cells along an axis: those of single places are none of windows.
Labels without_bounds(const Labels& labels, int axis) {
  const Coordinate& own = labels.coordinate(axis);
  if (!own) return labels;
  Labels::Data data = LabelsAccess::data(labels);
  Attributes attributes = own.attributes();
  std::erase_if(attributes, [&](const Attribute& attribute) {
    if (attribute.name != "bounds" && attribute.name != "climatology") return false;
    std::erase_if(data.companions,
                  [bounds = text_of(attribute)](const Companion& other) { return other.name() == bounds; });
    return true;
  });
  if (attributes.size() == own.attributes().size()) return labels;
  data.coordinates[static_cast<std::size_t>(axis)] = with_attributes(own, std::move(attributes));
  return LabelsAccess::make(std::move(data));
}

}  // namespace

UntypedArray rolling(const UntypedArray& x, int along, std::int64_t size, WindowPlace place) {
  const int rank = x.shape.rank();
  if (size < 1 || size > max_elements)
    throw Error(ErrorCode::invalid_argument, "rolling: a window of " + std::to_string(size) + " places");
  if (rank >= max_rank)
    throw Error(ErrorCode::out_of_range,
                "rolling: windows are a further axis, and an array has " + std::to_string(max_rank) + " at most");
  if (x.node->dtype != DType::float32 && x.node->dtype != DType::float64)
    throw Error(ErrorCode::type_mismatch, "rolling: places outside the array are NaN, and an array of " +
                                              std::string(name_of(x.node->dtype)) + " has none; cast it");
  IndexTransform transform = IndexTransform::identity(x.shape);
  transform.shape.push_back(size);
  AxisTransform& own = transform.axes[static_cast<std::size_t>(normalize_axis(along, rank))];
  own.offset = place == WindowPlace::behind ? 1 - size : -(size / 2);
  own.count = 2;
  own.terms[1] = {rank, 1};
  static_cast<void>(count_elements(transform.shape));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Scalar fill = x.node->dtype == DType::float32 ? Scalar(static_cast<float>(nan)) : Scalar(nan);
  NodePtr node = build::view(x.node, std::move(transform), fill);
  std::vector<AxisOrigin> origins;
  for (int axis = 0; axis < rank; ++axis) origins.push_back({axis});
  origins.emplace_back();
  const Labels labels = without_bounds(x.labels, normalize_axis(along, rank));
  return handle_of(std::move(node), rearranged_labels(labels, origins, {}, true));
}

UntypedArray spread(const UntypedArray& weights, const Labels& like, const Shape& shape) {
  const int rank = weights.shape.rank();
  IndexTransform transform{shape, {}};
  std::vector<AxisOrigin> origins(static_cast<std::size_t>(shape.rank()));
  for (int own = 0; own < rank; ++own) {
    const std::string& name = weights.labels.dimension(own);
    int axis = own + shape.rank() - rank;
    for (int other = 0; other < shape.rank() && !name.empty(); ++other)
      if (like.dimension(other) == name) axis = other;
    const bool fits_by_name =
        axis >= 0 && (name.empty() || like.dimension(axis).empty() || like.dimension(axis) == name);
    if (!fits_by_name)
      throw Error(ErrorCode::name_mismatch, "weights along " +
                                                (name.empty() ? "axis " + std::to_string(own) : quoted(name)) +
                                                ", which the array has not: its shape is " + to_string(shape));
    if (weights.shape[own] != shape[axis])
      throw Error(ErrorCode::shape_mismatch,
                  std::to_string(weights.shape[own]) + " weights along " +
                      (like.dimension(axis).empty() ? "axis " + std::to_string(axis) : quoted(like.dimension(axis))) +
                      ", whose extent is " + std::to_string(shape[axis]));
    transform.axes.push_back(AxisTransform::along(axis));
    origins[static_cast<std::size_t>(axis)].axis = own;
  }
  NodePtr node = build::view(weights.node, std::move(transform));
  Labels labels = rearranged_labels(weights.labels, origins, {}, true);
  std::vector<std::string> dimensions;
  for (int axis = 0; axis < shape.rank(); ++axis) dimensions.push_back(like.dimension(axis));
  labels = labels.with_dimensions(std::move(dimensions));
  // Along axes that the weights lack they lie where the array does.
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (origins[static_cast<std::size_t>(axis)].axis < 0 && like.coordinate(axis))
      labels = labels.with_coordinate(axis, like.coordinate(axis));
  return {std::move(node), shape, std::move(labels)};
}

UntypedArray diff(const UntypedArray& x, int along) {
  along = normalize_axis(along, x.shape.rank());
  const std::int64_t count = x.shape[along];
  const UntypedArray later = take_range(x, along, {count > 0 ? 1 : 0, 1, count > 0 ? count - 1 : 0});
  const UntypedArray earlier = take_range(x, along, {0, 1, count > 0 ? count - 1 : 0});
  const std::array operands{later.node, earlier.node};
  const bool is_bool = x.node->dtype == DType::boolean;
  NodePtr node = build::apply(is_bool ? op::NotEqual::code : op::Subtract::code, operands);
  return handle_of(std::move(node), map_labels(later.labels, Meaning::elementwise));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
