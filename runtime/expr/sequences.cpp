#include "chunkwise/expr/sequences.hpp"

#include <array>
#include <string>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/moments.hpp"
#include "runtime/core/rearranged_labels.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/expr/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using terms::apply;
using terms::Term;
using terms::term_of;

UntypedArray joined(const std::vector<UntypedArray>& parts, int axis) {
  std::vector<NodePtr> nodes;
  std::vector<Labels> labels;
  for (const UntypedArray& part : parts) {
    nodes.push_back(part.node);
    labels.push_back(part.labels);
  }
  const int rank = parts[0].shape.rank();
  NodePtr node = build::concatenate(std::move(nodes), axis);
  return handle_of(std::move(node), concatenate_labels(labels, rank, axis));
}

}  // namespace

UntypedArray with_initial(const UntypedArray& x, int along, bool one) {
  std::vector<Padding> widths(static_cast<std::size_t>(x.shape.rank()));
  widths[static_cast<std::size_t>(normalize_axis(along, x.shape.rank()))].before = 1;
  const Scalar number = dispatch(x.node->dtype, [&](auto zero) { return Scalar(static_cast<decltype(zero)>(one)); });
  return pad(x, widths, PadMode::constant, number);
}

UntypedArray diff(const UntypedArray& x, int along, std::int64_t times, const std::optional<UntypedArray>& before,
                  const std::optional<UntypedArray>& behind) {
  if (times < 0 || times > 64)
    throw Error(ErrorCode::out_of_range,
                "diff: n is a number of times from 0 to 64, and this is " + std::to_string(times));
  along = normalize_axis(along, x.shape.rank());
  std::vector<UntypedArray> parts;
  if (before) parts.push_back(*before);
  parts.push_back(x);
  if (behind) parts.push_back(*behind);
  UntypedArray result = parts.size() == 1 || times == 0 ? x : joined(parts, along);
  for (std::int64_t i = 0; i < times; ++i) result = diff(result, along);
  return result;
}

UntypedArray correlate(const UntypedArray& x, const UntypedArray& kernel, int along, ConvolveMode mode, bool turned) {
  const int rank = x.shape.rank();
  const std::string name = turned ? "convolve" : "correlate";
  const auto refuse = [&](ErrorCode code, const std::string& words) { return Error(code, name + ": " + words); };
  if (kernel.shape.rank() != 1)
    throw refuse(ErrorCode::shape_mismatch, "a kernel has one axis, and this one the shape " + to_string(kernel.shape));
  if (rank >= max_rank) throw refuse(ErrorCode::unsupported, "windows are a further axis, and an array has 8 at most");
  along = normalize_axis(along, rank);
  const std::int64_t n = x.shape[along];
  const std::int64_t m = kernel.shape[0];
  if (m == 0 || n == 0) throw refuse(ErrorCode::shape_mismatch, "an axis or a kernel without elements");
  if (m > n && mode != ConvolveMode::full)
    throw refuse(ErrorCode::shape_mismatch, "a kernel of " + std::to_string(m) + " elements along an axis of " +
                                                std::to_string(n) + "; the mode 'full' takes it");
  // The windows of m elements, as a further axis; elements outside are 0.
  IndexTransform transform = IndexTransform::identity(x.shape);
  transform.shape[along] = mode == ConvolveMode::full ? n + m - 1 : mode == ConvolveMode::same ? n : n - m + 1;
  transform.shape.push_back(m);
  AxisTransform& own = transform.axes[static_cast<std::size_t>(along)];
  own.offset = mode == ConvolveMode::full ? 1 - m : mode == ConvolveMode::same ? -(m / 2) : 0;
  own.count = 2;
  own.terms[1] = {rank, 1};
  static_cast<void>(count_elements(transform.shape));
  const Scalar zero = dispatch(x.node->dtype, [](auto value) { return Scalar(value); });
  NodePtr windows = mode == ConvolveMode::valid ? build::view(x.node, std::move(transform))
                                                : build::view(x.node, std::move(transform), zero);
  std::vector<AxisOrigin> origins;
  for (int axis = 0; axis < rank; ++axis) origins.push_back({axis});
  if (mode != ConvolveMode::same) origins[static_cast<std::size_t>(along)].elements = AxisOrigin::Elements::moved;
  const Labels labels = map_labels(rearranged_labels(x.labels, origins, {}, true), Meaning::elementwise);
  UntypedArray weights = turned ? flip(kernel, 1U) : kernel;
  weights.labels = {};
  Term products = apply(op::Multiply::code, term_of(handle_of(std::move(windows), {})), term_of(weights));
  const DType dtype = products.dtype;
  NodePtr sum = build::fold(aggregate::Sum::code, array_of(std::move(products)).node, 1U << rank, false, 0);
  Term total = term_of(handle_of(std::move(sum), {}));
  if (total.dtype != dtype) total = terms::cast(std::move(total), dtype);
  total.labels = labels;
  return array_of(std::move(total));
}

UntypedArray cross(const UntypedArray& x, const UntypedArray& y, int along) {
  along = normalize_axis(along, x.shape.rank());
  for (const UntypedArray* vector : {&x, &y})
    if (vector->shape.rank() != x.shape.rank() || vector->shape[along] != 3)
      throw Error(ErrorCode::shape_mismatch, "cross: vectors in space have three elements along axis " +
                                                 std::to_string(along) + " of both arrays, whose shapes are " +
                                                 to_string(x.shape) + " and " + to_string(y.shape));
  // Component i is x(i + 1) y(i + 2) - x(i + 2) y(i + 1), counted in a ring; every component stays at its place.
  const auto turned = [&](const UntypedArray& vector, std::int64_t by) {
    UntypedArray result = roll(vector, -by, along);
    result.labels = vector.labels;
    return term_of(result);
  };
  Term ahead = apply(op::Multiply::code, turned(x, 1), turned(y, 2));
  Term back = apply(op::Multiply::code, turned(x, 2), turned(y, 1));
  return array_of(apply(op::Subtract::code, std::move(ahead), std::move(back)));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
