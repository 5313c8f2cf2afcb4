#include "chunkwise/graph/build.hpp"

#include <algorithm>

#include "runtime/graph/make_node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::build {

NodePtr apply(OpCode operation, std::span<const NodePtr> operands) {
  const op::Description* description = op::find(operation);
  if (!description || description->signature == op::Signature::conversion)
    throw Error(ErrorCode::invalid_argument,
                "no elementwise operation has the number " + std::to_string(static_cast<unsigned>(operation)));
  if (operands.size() != static_cast<std::size_t>(description->arity))
    throw Error(ErrorCode::invalid_argument, std::string(description->name) + " takes " +
                                                 std::to_string(description->arity) + " operands, not " +
                                                 std::to_string(operands.size()));
  std::vector<op::OperandType> types;
  for (const NodePtr& o : operands) graph::there(o, "apply");
  for (const NodePtr& o : operands) types.push_back({o->dtype, false, WeakKind::floating});
  const op::ResolvedTypes resolved = op::resolve(description->signature, types);
  if (!resolved.valid)
    throw Error(ErrorCode::type_mismatch, std::string(description->name) + " is not defined for " +
                                              std::string(op::undefined_for(description->signature)) + " arrays");
  std::vector<Instruction> code;
  Instruction last{operation, resolved.compute, resolved.result, {}};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const DType wanted =
        description->signature == op::Signature::selection && i == 0 ? DType::boolean : resolved.compute;
    const DType given = operands[i]->dtype;
    code.push_back({OpCode::input, given, given, {static_cast<std::uint16_t>(i)}});
    if (given != wanted) code.push_back({op::Cast::code, given, wanted, {static_cast<std::uint16_t>(code.size() - 1)}});
    last.arguments[i] = static_cast<std::uint16_t>(code.size() - 1);
  }
  code.push_back(last);
  return map(std::make_shared<const Program>(std::move(code)), {operands.begin(), operands.end()}, {});
}

NodePtr cast(NodePtr input, DType target) {
  graph::there(input, "cast");
  const DType given = input->dtype;
  if (given == target) return input;
  std::vector<Instruction> code{{OpCode::input, given, given, {0}}, {op::Cast::code, given, target, {0}}};
  return map(std::make_shared<const Program>(std::move(code)), {std::move(input)}, {});
}

AxisRange resolve_range(bool has_start, std::int64_t start, bool has_stop, std::int64_t stop, std::int64_t step,
                        std::int64_t extent) {
  if (step == 0) throw Error(ErrorCode::invalid_argument, "a range cannot have a step of 0");
  // Python's slice.indices: bounds from the end are made positive, then clamped to the limits of the step.
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? extent : extent - 1;
  const auto clamp = [&](std::int64_t bound) {
    if (bound < 0) bound += extent;
    return std::clamp(bound, low, std::max(low, high));
  };
  const std::int64_t first = has_start ? clamp(start) : (step > 0 ? low : high);
  const std::int64_t last = has_stop ? clamp(stop) : (step > 0 ? high : low);
  const std::int64_t span = step > 0 ? last - first : first - last;
  // Unsigned: the smallest step has no positive counterpart.
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  const std::int64_t count =
      span > 0 ? static_cast<std::int64_t>((static_cast<std::uint64_t>(span) - 1) / stride) + 1 : 0;
  // The step of a single index has no meaning, and could overflow in later arithmetic.
  return {count ? first : 0, count > 1 ? step : 1, count};
}

std::int64_t resolve_integer(std::int64_t index, int axis, std::int64_t extent) {
  if (index < -extent || index >= extent)
    throw Error(ErrorCode::out_of_range, "index " + std::to_string(index) + " is outside axis " + std::to_string(axis) +
                                             ", whose extent is " + std::to_string(extent));
  return index < 0 ? index + extent : index;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
