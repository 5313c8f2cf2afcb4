#include "runtime/graph/windows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/kernel/program.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/windows.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

namespace {

/// The windows of an array along one of its axes, as a further axis.
struct WindowAxis {
  int axis = 0;             ///< of the array
  int window = 0;           ///< of the view
  std::int64_t size = 1;    ///< places of a window
  std::int64_t offset = 0;  ///< from an index to the first place of its window
};

bool is_nan(const Scalar& fill) {
  return fill.dtype == DType::float32 ? std::isnan(fill.as<float>())
                                      : fill.dtype == DType::float64 && std::isnan(fill.as<double>());
}

/// Returns the windows that an array has; none if it is anything else.
std::optional<WindowAxis> windows_of(const Node& node) {
  const std::optional<IndexTransform> view = filled_transform_of(node);
  if (!view || !is_nan(*fill_of(node))) return std::nullopt;
  const Node& input = *inputs_of(node)[0];
  const int rank = input.shape.rank();
  if (node.shape.rank() != rank + 1) return std::nullopt;
  std::optional<WindowAxis> found;
  for (int axis = 0; axis < rank; ++axis) {
    const AxisTransform& own = view->axes[static_cast<std::size_t>(axis)];
    const bool is_along = own.count >= 1 && !own.list && own.terms[0] == AxisTransform::Term{axis, 1} &&
                          node.shape[axis] == input.shape[axis];
    if (!is_along) return std::nullopt;
    if (own.count == 1 && own.offset == 0) continue;
    const std::int64_t size = node.shape[rank];
    if (found || own.count != 2 || !(own.terms[1] == AxisTransform::Term{rank, 1})) return std::nullopt;
    if (own.offset > 0 || own.offset <= -size) return std::nullopt;
    found = WindowAxis{axis, rank, size, own.offset};
  }
  return found;
}

NodePtr windows(AggregateCode code, NodePtr input, const WindowAxis& of, std::int64_t ddof = 0) {
  return build::along(linewise::Windows::code, std::move(input), of.axis, false,
                      {static_cast<double>(code), static_cast<double>(of.size), static_cast<double>(of.offset),
                       static_cast<double>(ddof)});
}

NodePtr apply(OpCode operation, NodePtr a, NodePtr b) {
  const std::array operands{std::move(a), std::move(b)};
  return build::apply(operation, operands);
}

NodePtr number(double value) { return build::source(full_source(Shape{}, Scalar(value))); }

/// Reduces windows of several axes, the last of them first, in float64.
class SeveralAxes {
 public:
  SeveralAxes(NodePtr input, const std::vector<WindowAxis>& axes) : input_(std::move(input)), axes_(axes) {}

  /// Returns the reduction; null for one that is not made of reductions along one axis.
  [[nodiscard]] NodePtr of(AggregateCode code, std::int64_t ddof) const {
    namespace a = aggregate;
    // Along a second axis the NaN of inf - inf or 0 * inf would be skipped as missing.
    for (const AggregateCode one :
         {a::NanSum::code, a::NanMean::code, a::NanProduct::code, a::NanVariance::code, a::NanStandardDeviation::code})
      if (code == one) return nullptr;
    if (code == a::Count::code) return counts();
    if (code == a::Variance::code) return variance(ddof);
    if (code == a::StandardDeviation::code) {
      const std::array operand{variance(ddof)};
      return build::apply(op::Sqrt::code, operand);
    }
    return each(code);
  }

 private:
  [[nodiscard]] NodePtr each(AggregateCode code) const {
    NodePtr result = input_;
    for (const WindowAxis& axis : axes_) result = windows(code, std::move(result), axis);
    return result;
  }
  [[nodiscard]] NodePtr counts() const {
    NodePtr result = windows(aggregate::Count::code, input_, axes_.front());
    for (std::size_t i = 1; i < axes_.size(); ++i)
      result = windows(aggregate::NanSum::code, std::move(result), axes_[i]);
    return result;
  }
  /// The mean of the variances of parts, and the variance of their means.
  [[nodiscard]] NodePtr variance(std::int64_t ddof) const {
    namespace a = aggregate;
    NodePtr mean = input_;
    NodePtr result;
    double elements = 1;
    for (const WindowAxis& axis : axes_) {
      NodePtr own = windows(a::Variance::code, mean, axis);
      result = result ? apply(op::Add::code, windows(a::Mean::code, result, axis), std::move(own)) : std::move(own);
      mean = windows(a::Mean::code, std::move(mean), axis);
      elements *= static_cast<double>(axis.size);
    }
    const double freedom = std::max(elements - static_cast<double>(ddof), 0.0);
    if (ddof == 0) return result;
    return apply(op::Divide::code, apply(op::Multiply::code, std::move(result), number(elements)), number(freedom));
  }

  NodePtr input_;
  const std::vector<WindowAxis>& axes_;
};

NodePtr converted(NodePtr node, DType to) {
  const DType from = node->dtype;
  if (from == to) return node;
  std::vector<Instruction> code{{OpCode::input, from, from, {0}}, {op::Cast::code, from, to, {0}}};
  return build::map(std::make_shared<const Program>(std::move(code)), {std::move(node)}, {});
}

/// The array with axes of extent 1 behind its own.
NodePtr with_axes(NodePtr node, int count) {
  IndexTransform transform = IndexTransform::identity(node->shape);
  for (int i = 0; i < count; ++i) transform.shape.push_back(1);
  return build::view(std::move(node), std::move(transform));
}

}  // namespace

NodePtr fold_of_windows(AggregateCode code, const NodePtr& input, std::uint32_t axes, bool keepdims,
                        std::int64_t ddof) {
  if (linewise::window_aggregate(code) < 0) return nullptr;
  NodePtr base = input;
  std::vector<WindowAxis> found;
  while (const std::optional<WindowAxis> own = windows_of(*base)) {
    if (!(axes >> own->window & 1U)) break;
    axes &= ~(1U << own->window);
    found.push_back(*own);
    NodePtr below = inputs_of(*base)[0];
    base = std::move(below);
  }
  if (found.empty() || axes != 0 || base->shape.elements() == 0) return nullptr;
  const DType result = aggregate::find(code)->result[static_cast<std::size_t>(base->dtype)];
  // A float32 does not count farther than this.
  const bool counts_far = found.front().size > (std::int64_t{1} << 24);
  NodePtr made;
  if (found.size() == 1) {
    made =
        windows(code, counts_far ? converted(std::move(base), DType::float64) : std::move(base), found.front(), ddof);
  } else {
    made = SeveralAxes(converted(std::move(base), DType::float64), found).of(code, ddof);
    if (!made) return nullptr;
  }
  made = converted(std::move(made), result);
  return keepdims ? with_axes(std::move(made), static_cast<int>(found.size())) : made;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
