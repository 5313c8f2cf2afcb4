#include "backends/thrift/wire/wire_types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

wire::StepKey to_wire(const StepKey& key) {
  wire::StepKey result;
  result.run = key.run;
  result.step = key.step;
  return result;
}

StepKey from_wire(const wire::StepKey& key) { return {key.run, key.step}; }

wire::Failure to_wire(const Problem& problem) {
  wire::Failure failure;
  failure.code = static_cast<std::int32_t>(problem.code);
  failure.message = problem.message;
  failure.worker = problem.worker;
  return failure;
}

Problem from_wire(const wire::Failure& failure) {
  const bool known = failure.code >= 0 && failure.code <= static_cast<std::int32_t>(ErrorCode::lost);
  return {known ? static_cast<ErrorCode>(failure.code) : ErrorCode::io, failure.message, failure.worker};
}

wire::Function to_wire(const Function& function) {
  wire::Function made;
  made.name = function.name;
  made.version = function.version;
  for (const DType argument : function.arguments) made.arguments += static_cast<char>(argument);
  made.result = static_cast<std::int8_t>(function.result);
  return made;
}

Function from_wire(const wire::Function& function) {
  const auto dtype = [](int number) {
    if (number < 0 || static_cast<std::size_t>(number) >= dtype_count)
      throw Error(ErrorCode::invalid_argument, "a function of an element type that there is not");
    return static_cast<DType>(number);
  };
  if (!is_function_name(function.name) || function.arguments.size() > max_arguments)
    throw Error(ErrorCode::invalid_argument, "a function of a name, or of more arguments, than any has");
  Function made{function.name, function.version, {}, dtype(function.result)};
  for (const char argument : function.arguments) made.arguments.push_back(dtype(argument));
  return made;
}

Submission submission_of(const wire::RunDescription& description) {
  Submission submission;
  submission.run = description.run;
  submission.client = description.client;
  submission.graph = description.graph.bytes();
  for (const auto kind : description.outputs) submission.persisted.push_back(kind == wire::OutputKind::PERSISTED);
  submission.disabled_passes = description.disabled_passes;
  submission.memory_limit = description.memory_limit;
  submission.trace_spans = description.trace_spans;
  for (const wire::Tiling& tiling : description.tilings) {
    if (tiling.extents.size() > max_rank)
      throw Error(ErrorCode::invalid_argument, "a tiling of rank " + std::to_string(tiling.extents.size()));
    plan::Tiling own;
    own.order = tiling.by_position ? plan::WorkItemOrder::by_position : plan::WorkItemOrder::by_tile;
    if (tiling.outputs != 0) {
      own.tiles = plan::Tiles{tiling.outputs, {}};
      for (const std::int64_t extent : tiling.extents) own.tiles->block.push_back(extent);
    }
    submission.tilings.push_back(std::move(own));
  }
  return submission;
}

void set_tilings(wire::RunDescription& description, const std::vector<plan::Tiling>& tilings) {
  description.tilings.clear();
  for (const plan::Tiling& tiling : tilings) {
    wire::Tiling own;
    own.by_position = tiling.order == plan::WorkItemOrder::by_position;
    own.outputs = tiling.tiles ? tiling.tiles->outputs : 0;
    if (tiling.tiles) own.extents.assign(tiling.tiles->block.begin(), tiling.tiles->block.end());
    description.tilings.push_back(std::move(own));
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
