#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

std::vector<ResolvedSubscript> resolve_subscripts(const Shape& shape,
                                                  std::span<const detail::RawSubscript> subscripts) {
  using Raw = detail::RawSubscript;
  int taken = 0;
  for (const Raw& s : subscripts) taken += s.kind == Raw::Kind::integer || s.kind == Raw::Kind::range;
  std::vector<ResolvedSubscript> resolved;
  resolved.reserve(subscripts.size() + static_cast<std::size_t>(shape.rank() - taken));
  int axis = 0;
  const auto whole = [&] { resolved.push_back({ResolvedSubscript::Kind::range, {0, 1, shape[axis++]}}); };
  for (const Raw& s : subscripts) {
    switch (s.kind) {
      case Raw::Kind::create:
        resolved.push_back({ResolvedSubscript::Kind::create, {0, 1, 1}});
        break;
      case Raw::Kind::ellipsis:
        for (int left = shape.rank() - taken; left > 0; --left) whole();
        break;
      case Raw::Kind::integer:
        resolved.push_back(
            {ResolvedSubscript::Kind::integer, {build::resolve_integer(s.integer, axis, shape[axis]), 1, 1}});
        ++axis;
        break;
      case Raw::Kind::range:
        resolved.push_back(
            {ResolvedSubscript::Kind::range,
             build::resolve_range(s.range.start.has_value(), s.range.start.value_or(0), s.range.stop.has_value(),
                                  s.range.stop.value_or(0), s.range.step, shape[axis])});
        ++axis;
        break;
    }
  }
  while (axis < shape.rank()) whole();
  return resolved;
}

Shape subscripted_shape(std::span<const ResolvedSubscript> subscripts) {
  Shape shape;
  for (const ResolvedSubscript& s : subscripts)
    if (s.kind != ResolvedSubscript::Kind::integer) shape.push_back(s.range.count);
  return shape;
}

Labels subscripted_labels(const Labels& labels, std::span<const ResolvedSubscript> subscripts) {
  if (labels.empty()) return labels;
  std::vector<LabelSubscript> steps;
  steps.reserve(subscripts.size());
  for (const ResolvedSubscript& s : subscripts)
    steps.push_back({s.kind == ResolvedSubscript::Kind::range     ? LabelSubscript::Kind::range
                     : s.kind == ResolvedSubscript::Kind::integer ? LabelSubscript::Kind::drop
                                                                  : LabelSubscript::Kind::create,
                     s.range});
  return index_labels(labels, steps);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
