#include "runtime/graph/kinds/along.hpp"

#include <bit>
#include <string_view>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/function_bytes.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/graph/take_slice.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using Lines = Kind<AlongNode>;

namespace {

/// Returns the same function of another input.
NodePtr make_along(const AlongNode& data, NodePtr input) {
  return data.own ? build::along(*data.own, std::move(input), data.axis, data.keepdims)
                  : build::along(data.function, std::move(input), data.axis, data.keepdims, data.parameters);
}

bool same_function(const AlongNode& data, const AlongNode& other) {
  if (data.function != other.function || data.parameters != other.parameters || !data.own != !other.own) return false;
  return !data.own || *data.own == *other.own;
}

/// True for a function that takes any number of parameters.
bool takes_table(LineCode function) {
  const linewise::Description* const description = linewise::find(function);
  return description && description->parameters == linewise::any_number;
}

}  // namespace

std::span<const NodePtr> Lines::inputs(const AlongNode& data) { return {&data.input, 1}; }

NodePtr Lines::with_inputs(const Node& node, const AlongNode& data, std::vector<NodePtr> inputs) {
  NodePtr made = make_along(data, std::move(inputs.at(0)));
  return made->shape == node.shape ? with_grid(std::move(made), node.grid) : made;
}

std::uint64_t Lines::hash(const AlongNode& data) {
  Hash hash(6);
  hash.add(static_cast<std::uint64_t>(data.function)).add(data.input->hash).add_signed(data.axis).add(data.keepdims);
  for (const double parameter : data.parameters) hash.add(std::bit_cast<std::uint64_t>(parameter));
  if (data.own) {
    for (const char c : data.own->name) hash.add(static_cast<unsigned char>(c));
    hash.add_signed(data.own->version);
  }
  return hash.value();
}

bool Lines::equal(const Node&, const AlongNode& data, const Node&, const AlongNode& other) {
  return same_function(data, other) && data.input == other.input && data.axis == other.axis &&
         data.keepdims == other.keepdims;
}

void Lines::write(const Node&, const AlongNode& data, NodeWriter& to) {
  to.out.number(static_cast<std::uint64_t>(data.function), 1);
  if (data.own) {
    write_function(*data.own, to.out);
  }
  to.reference(data.input);
  to.out.number(static_cast<std::uint64_t>(data.axis), 1);
  to.out.number(data.keepdims ? 1U : 0U, 1);
  if (takes_table(data.function)) to.out.number(data.parameters.size(), 8);
  for (const double parameter : data.parameters) to.out.number(std::bit_cast<std::uint64_t>(parameter), 8);
}

NodePtr Lines::read(NodeReader& from) {
  const auto code = static_cast<LineCode>(from.in.number(1));
  Function own;
  if (code == LineCode{}) {
    own = read_function(from.in);
    if (!is_line_function(own)) throw from.in.error("a name of no function of lines");
    if (from.unknown == UnknownFunctions::refused) require_function(own);
  } else if (!linewise::find(code)) {
    throw from.in.error("a function of lines of number " + std::to_string(static_cast<unsigned>(code)));
  }
  NodePtr input = from.reference();
  const auto axis = static_cast<int>(from.in.number(1));
  const bool keepdims = from.in.number(1) != 0;
  if (axis >= input->shape.rank()) throw from.in.error("lines along an axis that is not there");
  if (code == LineCode{}) return build::along(own, std::move(input), axis, keepdims);
  std::vector<double> parameters;
  const std::uint64_t count = takes_table(code) ? from.in.number(8) : linewise::find(code)->parameters;
  if (count > linewise::most_numbers) throw from.in.error("a table of " + std::to_string(count) + " numbers");
  for (std::uint64_t i = 0; i < count; ++i) parameters.push_back(std::bit_cast<double>(from.in.number(8)));
  return build::along(code, std::move(input), axis, keepdims, std::move(parameters));
}

std::string Lines::describe(const Node&, const AlongNode& data) {
  if (data.function == linewise::Windows::code)
    return std::string(name_of(linewise::aggregate_of_windows(data.parameters.data()))) + " of windows of " +
           number_text(data.parameters[1]) + " along axis " + std::to_string(data.axis);
  std::string text = function_name(data) + " along axis " + std::to_string(data.axis);
  if (takes_table(data.function)) return text + " by " + std::to_string(data.parameters.size()) + " numbers";
  for (const double parameter : data.parameters)
    text += (&parameter == data.parameters.data() ? " of " : ", ") + number_text(parameter);
  return text;
}

void Lines::boxes(const Node&, const AlongNode& data, const Region& region, const VisitBox& visit) {
  visit(0, lines_of(data, region));
}

/// Slices of other axes go below. An index of the lines' own axis applies to whole lines, and stays above, like the
/// rest of the transform.
NodePtr Lines::push(const NodePtr& node, const AlongNode& data, const IndexTransform& transform, IndexPusher& pusher) {
  IndexTransform inner = IndexTransform::identity(data.input->shape);
  IndexTransform outer = transform;
  bool changes = false;
  for (int i = 0; i < data.input->shape.rank(); ++i) {
    if (i == data.axis) continue;
    changes = take_slice(outer, result_axis(data, i), inner, i).has_value() || changes;
  }
  if (!changes) return build::view(pusher.visit(node), transform);
  return build::view(make_along(data, pusher.push(data.input, inner)), outer);
}

Region lines_of(const AlongNode& along, const Region& region) {
  Region box;
  for (int axis = 0; axis < along.input->shape.rank(); ++axis)
    box.push_back(axis == along.axis ? AxisRange{0, 1, along.input->shape[axis]} : region[result_axis(along, axis)]);
  return box;
}

int result_axis(const AlongNode& along, int axis) {
  if (!along.one_result || along.keepdims || axis < along.axis) return axis;
  return axis == along.axis ? -1 : axis - 1;
}

std::string function_name(const AlongNode& along) {
  if (!along.own) return std::string(linewise::find(along.function)->name);
  return along.own->name.substr(along.own->name.find(':') + 1);
}

const AlongNode* along_of(const Node& node) { return node.as<AlongNode>(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

namespace {

/// Most elements of the lines of a chunk, and of what they become: a worker of a cluster makes and keeps a chunk as a
/// whole.
constexpr std::int64_t most_elements = std::int64_t{1} << 25;

/// Returns the part of an axis's chunks that leaves `elements` of them at most 1 / `times` as many: pieces of its
/// chunks that lie within one chunk each.
AxisChunks cut_chunks(const AxisChunks& chunks, std::int64_t times) {
  const std::int64_t size = chunks.largest();
  std::int64_t piece = std::max<std::int64_t>(size / times, 1);
  if (!chunks.is_regular()) return chunks;
  if (chunks.count() > 1)
    while (size % piece != 0) --piece;
  return AxisChunks::regular(chunks.extent(), piece);
}

NodePtr along_with(AlongNode data, const NodePtr& input, DType dtype) {
  Shape shape;
  ChunkGrid grid = input->grid;
  const std::int64_t extent = input->shape[data.axis];
  const linewise::Description* const description = linewise::find(data.function);
  data.length = data.one_result                      ? 1
                : description && description->length ? description->length(extent, data.parameters.data())
                                                     : extent;
  if (data.length < 0)
    throw Error(ErrorCode::invalid_argument,
                std::string(description->name) + " makes nothing of lines of " + std::to_string(extent) + " elements");
  grid[data.axis] = AxisChunks::regular(extent, std::max<std::int64_t>(extent, 1));
  for (int axis = 0; axis < input->shape.rank(); ++axis) {
    Shape largest = grid.largest();
    largest[data.axis] = std::max(extent, data.length);
    const std::int64_t elements = largest.elements();
    if (axis != data.axis && elements > most_elements)
      grid[axis] = cut_chunks(grid[axis], (elements - 1) / most_elements + 1);
  }
  ChunkGrid own;
  std::uint32_t whole_axes = 0;
  for (int axis = 0; axis < input->shape.rank(); ++axis) {
    const bool is_along = axis == data.axis;
    if (is_along && data.one_result && !data.keepdims) continue;
    const bool is_one = is_along && data.one_result;
    if ((is_along && !is_one) || (!is_along && (input->whole_axes >> axis & 1U))) whole_axes |= 1U << shape.rank();
    shape.push_back(is_along ? data.length : input->shape[axis]);
    own.push_back(is_along ? AxisChunks::regular(data.length, std::max<std::int64_t>(data.length, 1)) : grid[axis]);
  }
  data.input = input;
  return graph::make_node(dtype, shape, std::move(own), std::move(data), whole_axes);
}

int checked_axis(const NodePtr& input, int axis, std::string_view name) {
  graph::there(input, "a function of lines");
  if (input->shape.rank() == 0)
    throw Error(ErrorCode::out_of_range, std::string(name) + ": an array of rank 0 has no axis along which lines run");
  return normalize_axis(axis, input->shape.rank());
}

}  // namespace

NodePtr along(LineCode function, NodePtr input, int axis, bool keepdims, std::vector<double> parameters) {
  const linewise::Description* const description = linewise::find(function);
  if (!description)
    throw Error(ErrorCode::invalid_argument,
                "no function of lines has the number " + std::to_string(static_cast<unsigned>(function)));
  axis = checked_axis(input, axis, description->name);
  const DType dtype = description->result[static_cast<std::size_t>(input->dtype)];
  const bool one = description->one_result;
  const bool takes_table = description->parameters == linewise::any_number;
  if (takes_table ? parameters.empty() : parameters.size() != description->parameters)
    throw Error(ErrorCode::invalid_argument, std::string(description->name) + " takes " +
                                                 (takes_table ? "some" : std::to_string(description->parameters)) +
                                                 " parameters, and here are " + std::to_string(parameters.size()));
  if (description->floating_only && !is_floating(input->dtype))
    throw Error(ErrorCode::type_mismatch, std::string(description->name) + " takes float32 and float64, and this is " +
                                              std::string(name_of(input->dtype)));
  if (takes_table && parameters.size() > linewise::most_numbers)
    throw Error(ErrorCode::unsupported, std::string(description->name) + " takes at most 2**26 numbers, and here are " +
                                            std::to_string(parameters.size()));
  if (!parameters.empty() && !description->fits(parameters, input->shape[axis]))
    throw Error(ErrorCode::out_of_range, std::string(description->name) +
                                             (takes_table ? "" : " of " + number_text(parameters[0])) + ": " +
                                             std::string(description->wanted));
  return along_with({function, nullptr, nullptr, axis, one, one && keepdims, std::move(parameters), 0}, input, dtype);
}

NodePtr along(const Function& function, NodePtr input, int axis, bool keepdims) {
  if (!is_line_function(function))
    throw Error(ErrorCode::invalid_argument, to_string(function) + " is no function of lines");
  axis = checked_axis(input, axis, function.name);
  if (input->dtype != function.arguments.front())
    throw Error(ErrorCode::type_mismatch,
                to_string(function) + " takes no elements of type " + std::string(name_of(input->dtype)));
  const bool one = has_one_result(function);
  return along_with(
      {LineCode{}, std::make_shared<const Function>(function), nullptr, axis, one, one && keepdims, {}, 0}, input,
      function.result);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
