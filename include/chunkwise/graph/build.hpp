#pragma once
/// Makes nodes from run-time values and checks them. The typed expressions (lower.hpp) and the command line both come
/// through here, so there is one rule for shapes, types and chunks. Throws Error if values do not fit.
#include <span>
#include <vector>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::build {

/// Returns the array of a source.
[[nodiscard]] NodePtr source(SourcePtr source);

/// Returns parts joined along an axis (negative counts from the end). All have the same dtype, rank, and extents but
/// along the axis; a part that does not fit is named by its position. At least one part.
[[nodiscard]] NodePtr concatenate(std::vector<NodePtr> parts, int axis);

/// Returns part of an array: at most one subscript an axis beside `create`; missing ones at the end mean everything.
/// Subscripts are checked already (see resolve_range, resolve_integer).
[[nodiscard]] NodePtr index(NodePtr input, std::vector<AxisSubscript> subscripts);

/// Returns the array that a transform makes of another: any of its elements, in any order, as often as the transform
/// says. Chunks are those of the axes that slices leave; an axis that repeats has one chunk, the axis of a list has
/// chunks as large as the input's largest. Throws out_of_range for a transform that leaves the array.
///
///     build::view(x, {{3, 2}, {AxisTransform::along(1), AxisTransform::along(0)}})   // the transpose of a (2, 3)
[[nodiscard]] NodePtr view(NodePtr input, IndexTransform transform);

/// Returns the same with a value for the places whose indices lie outside the array; nothing is read for them. An axis
/// that leaves the array has chunks as large as the input's largest. Throws type_mismatch for a value of another type.
///
///     build::view(x, {{5}, {AxisTransform::along(0, -1)}}, Scalar(0.0))   // 0, the elements of a (3,), 0
[[nodiscard]] NodePtr view(NodePtr input, IndexTransform transform, const Scalar& fill);

/// Returns the elements of an array, in row-major order, in another shape. Axes that stay as they are keep their
/// chunks; chunks along others have as many elements as the input's largest have there. Throws shape_mismatch for a
/// shape of more or fewer elements.
[[nodiscard]] NodePtr reshape(NodePtr input, const Shape& shape);

/// Returns the same array in other chunks: a grid of its shape. Throws shape_mismatch for a grid of another shape.
[[nodiscard]] NodePtr rechunk(NodePtr input, ChunkGrid grid);

/// Returns the array that a program makes of inputs; types must be those of its slots; shapes broadcast.
[[nodiscard]] NodePtr map(ProgramPtr program, std::vector<NodePtr> inputs, std::vector<Scalar> parameters);

/// Returns a catalogued operation applied to arrays, with the casts that promotion asks for: for callers without types.
[[nodiscard]] NodePtr apply(OpCode operation, std::span<const NodePtr> operands);

/// Returns an array with its elements in another type.
[[nodiscard]] NodePtr cast(NodePtr input, DType target);

/// Returns a reduction by an aggregate of the catalogue over the axes whose bit is set. Throws invalid_argument for a
/// number that is not in the catalogue, and if an aggregate that needs elements (a minimum) would have none. With a
/// grouping its axis is reduced too, group by group, and stays with an element a group; throws as
/// require_fitting(grouping) does.
[[nodiscard]] NodePtr fold(AggregateCode aggregate, NodePtr input, std::uint32_t axes, bool keepdims, std::int64_t ddof,
                           GroupingPtr grouping = nullptr);
/// Returns a reduction by an aggregate of a user's own; elements of another type are converted to its own. Throws as
/// fold does, and invalid_argument for a function that is no aggregate.
[[nodiscard]] NodePtr fold(const Function& own, NodePtr input, std::uint32_t axes, bool keepdims,
                           GroupingPtr grouping = nullptr);

/// Returns a line function of the catalogue along an axis (negative counts from the end). With one result the axis
/// goes, or stays with extent 1 if `keepdims`. The axis is one chunk; other axes have the input's chunks, cut further
/// if a chunk would have more than 2^25 elements of lines. Throws invalid_argument for a number that is not in the
/// catalogue, out_of_range for an axis that is not there and for parameters without a meaning.
///
///     build::along(linewise::Median::code, x, 0, false)
///     build::along(linewise::Quantile::code, x, 0, false, {0.9, 0})
[[nodiscard]] NodePtr along(LineCode function, NodePtr input, int axis, bool keepdims,
                            std::vector<double> parameters = {});

/// Returns the same for a line function of a user's own. Throws type_mismatch if it takes another element type.
[[nodiscard]] NodePtr along(const Function& function, NodePtr input, int axis, bool keepdims);

/// Returns a range by NumPy's slice semantics for one axis: bounds clamped, negative ones from the end; `has_*` false
/// means left out. Throws invalid_argument for a step of 0.
[[nodiscard]] AxisRange resolve_range(bool has_start, std::int64_t start, bool has_stop, std::int64_t stop,
                                      std::int64_t step, std::int64_t extent);
/// Returns an index counted from the front; throws out_of_range naming axis and extent.
[[nodiscard]] std::int64_t resolve_integer(std::int64_t index, int axis, std::int64_t extent);

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
