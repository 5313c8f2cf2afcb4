#include "chunkwise/graph/build.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "chunkwise/op/aggregate/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::build {

namespace {

/// Mixes numbers into a hash (the finalizer of SplitMix64 over a running state).
class Hash {
 public:
  explicit Hash(std::uint64_t kind) { add(kind); }
  Hash& add(std::uint64_t value) {
    state_ += value + 0x9e3779b97f4a7c15ULL;
    state_ = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    state_ = (state_ ^ (state_ >> 27)) * 0x94d049bb133111ebULL;
    state_ ^= state_ >> 31;
    return *this;
  }
  Hash& add_signed(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

/// Throws invalid_argument for an operand that stands for nothing.
const NodePtr& there(const NodePtr& node, const char* who) {
  if (!node)
    throw Error(ErrorCode::invalid_argument,
                std::string(who) + ": an array stands for nothing: its node is null, or it was moved from");
  return node;
}

/// The only maker of nodes, and so the place where every array is held to what its shape may be.
template <class Data>
NodePtr make(DType dtype, const Shape& shape, ChunkGrid grid, std::uint64_t hash, Data data) {
  static_cast<void>(count_elements(shape));
  Node node{dtype, shape, std::move(grid), hash, 1, std::move(data)};
  for_each_input(node, [&node](const NodePtr& input) { node.depth = std::max(node.depth, input->depth + 1); });
  if (node.depth > max_depth)
    throw Error(ErrorCode::unsupported,
                describe(node) + ": an array made in " + std::to_string(node.depth) +
                    " steps, each from the one before; at most " + std::to_string(max_depth) +
                    " are supported: persist an array on the way, write several steps as one formula, or concatenate "
                    "the arrays and reduce them");
  return std::make_shared<const Node>(std::move(node));
}

/// The grid of a broadcast result: each axis takes the partition of the operand that cuts it most often, the first of
/// them where several do; a stretched axis of extent 1 has no say.
ChunkGrid broadcast_grid(const Shape& shape, std::span<const NodePtr> inputs) {
  ChunkGrid grid;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const AxisChunks* best = nullptr;
    for (const NodePtr& input : inputs) {
      const int own = axis - (shape.rank() - input->shape.rank());
      if (own < 0 || input->shape[own] != shape[axis]) continue;
      const AxisChunks& candidate = input->grid[own];
      if (!best || candidate.count() > best->count()) best = &candidate;
    }
    grid.push_back(best ? *best : AxisChunks::regular(shape[axis], std::max<std::int64_t>(shape[axis], 1)));
  }
  return grid;
}

/// Throws out_of_range for a subscript that leaves its axis.
void require_inside(const AxisSubscript& subscript, int axis, std::int64_t extent) {
  const AxisRange& r = subscript.range;
  const auto inside = [extent](std::int64_t i) { return i >= 0 && i < extent; };
  // The last index is looked at only where start, step and count cannot overflow it.
  const bool single = r.count == 1;
  const bool counted =
      r.count >= 0 && r.count <= extent && (r.count < 2 || (r.step != 0 && r.step > -extent && r.step < extent));
  const bool fits = counted && (r.count == 0 || inside(r.start)) &&
                    (single || r.count == 0 || inside(r.start + r.step * (r.count - 1))) &&
                    (subscript.kind == AxisSubscript::Kind::range || single);
  if (!fits)
    throw Error(ErrorCode::out_of_range, "a subscript that begins at " + std::to_string(r.start) + " with a step of " +
                                             std::to_string(r.step) + " and takes " + std::to_string(r.count) +
                                             " indices is outside axis " + std::to_string(axis) + ", whose extent is " +
                                             std::to_string(extent));
}

bool is_whole(const AxisRange& range, std::int64_t extent) {
  return range.start == 0 && range.step == 1 && range.count == extent;
}

}  // namespace

NodePtr source(SourcePtr source) {
  if (!source) throw Error(ErrorCode::invalid_argument, "an array cannot be made from a source that is null");
  static_cast<void>(count_elements(source->shape()));
  if (!(source->grid().shape() == source->shape()))
    throw Error(ErrorCode::invalid_argument, source->describe() + ": its chunks cover the shape " +
                                                 to_string(source->grid().shape()) + ", not its own, " +
                                                 to_string(source->shape()));
  const Encoding& encoding = source->encoding();
  if (encoding.has_missing() && !is_floating(source->dtype()))
    throw Error(ErrorCode::type_mismatch, source->describe() + ": missing elements become NaN, which " +
                                              std::string(name_of(source->dtype())) + " does not have");
  if (encoding.stored == DType::boolean && !encoding.is_plain())
    throw Error(ErrorCode::type_mismatch, source->describe() + ": stored bool has no missing values, scale or offset");
  Hash hash(1);
  const std::string identity = source->identity();
  hash.add(identity.empty() ? reinterpret_cast<std::uintptr_t>(source.get()) : std::hash<std::string>{}(identity));
  const DType dtype = source->dtype();
  const Shape shape = source->shape();
  ChunkGrid grid = source->grid();
  return make(dtype, shape, std::move(grid), hash.value(), SourceNode{std::move(source)});
}

NodePtr concatenate(std::vector<NodePtr> parts, int axis) {
  if (parts.empty()) throw Error(ErrorCode::invalid_argument, "concatenate needs at least one array");
  for (const NodePtr& part : parts) there(part, "concatenate");
  const Node& first = *parts.front();
  axis = normalize_axis(axis, first.shape.rank());
  if (parts.size() == 1) return parts.front();
  std::vector<std::int64_t> offsets{0};
  offsets.reserve(parts.size() + 1);
  std::vector<AxisChunks> pieces;
  pieces.reserve(parts.size());
  bool of_sources = true;
  bool of_memory = true;
  Hash hash(2);
  hash.add_signed(axis);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Node& part = *parts[i];
    const auto misfit = [&](ErrorCode code, const std::string& what) {
      return Error(code, "concatenate: array " + std::to_string(i) + " does not fit the first: " + what);
    };
    if (part.dtype != first.dtype)
      throw misfit(ErrorCode::type_mismatch, "its elements are " + std::string(name_of(part.dtype)) + ", not " +
                                                 std::string(name_of(first.dtype)));
    bool fits = part.shape.rank() == first.shape.rank();
    for (int a = 0; fits && a < first.shape.rank(); ++a) fits = a == axis || part.shape[a] == first.shape[a];
    if (!fits)
      throw misfit(ErrorCode::shape_mismatch, "shape " + to_string(part.shape) + " against " + to_string(first.shape) +
                                                  "; only the extent along axis " + std::to_string(axis) +
                                                  " may differ");
    if (part.shape[axis] > max_elements - offsets.back())
      throw Error(ErrorCode::invalid_argument, "concatenate: axis " + std::to_string(axis) +
                                                   " would have more than 2**56 - 1 indices with array " +
                                                   std::to_string(i));
    offsets.push_back(offsets.back() + part.shape[axis]);
    pieces.push_back(part.grid[axis]);
    hash.add(part.hash);
    const auto* source = part.as<SourceNode>();
    of_sources = of_sources && source;
    of_memory = of_memory && source && source->source->in_memory().data && source->source->home().empty();
  }
  Shape shape = first.shape;
  shape[axis] = offsets.back();
  ChunkGrid grid = first.grid;
  grid[axis] = AxisChunks::join(pieces);
  const DType dtype = first.dtype;
  return make(
      dtype, shape, std::move(grid), hash.value(),
      ConcatenateNode{std::make_shared<const std::vector<NodePtr>>(std::move(parts)), axis,
                      std::make_shared<const std::vector<std::int64_t>>(std::move(offsets)), of_sources, of_memory});
}

NodePtr index(NodePtr input, std::vector<AxisSubscript> subscripts) {
  there(input, "a subscript");
  Shape shape;
  ChunkGrid grid;
  Hash hash(3);
  hash.add(input->hash);
  int axis = 0;
  for (const AxisSubscript& s : subscripts)
    if (s.kind != AxisSubscript::Kind::create) ++axis;
  for (; axis < input->shape.rank(); ++axis)
    subscripts.push_back({AxisSubscript::Kind::range, {0, 1, input->shape[axis]}});
  axis = 0;
  bool changes = false;
  for (AxisSubscript& s : subscripts) {
    if (s.kind != AxisSubscript::Kind::create && axis < input->shape.rank())
      require_inside(s, axis, input->shape[axis]);
    // The step of a single index has no meaning, and could overflow where indices are combined.
    if (s.range.count <= 1) s.range.step = 1;
    if (s.range.count == 0) s.range.start = 0;
    hash.add(static_cast<std::uint64_t>(s.kind)).add_signed(s.range.start).add_signed(s.range.step);
    hash.add_signed(s.range.count);
    if (s.kind == AxisSubscript::Kind::create) {
      shape.push_back(1);
      grid.push_back(AxisChunks::regular(1, 1));
      changes = true;
      continue;
    }
    if (axis >= input->shape.rank())
      throw Error(ErrorCode::out_of_range, "too many subscripts for an array of shape " + to_string(input->shape));
    if (s.kind == AxisSubscript::Kind::range) {
      const bool whole = is_whole(s.range, input->shape[axis]);
      changes = changes || !whole;
      shape.push_back(s.range.count);
      grid.push_back(whole ? input->grid[axis] : input->grid[axis].slice(s.range));
    } else {
      changes = true;
    }
    ++axis;
  }
  if (!changes) return input;
  const DType dtype = input->dtype;
  return make(dtype, shape, std::move(grid), hash.value(), IndexNode{std::move(input), std::move(subscripts)});
}

NodePtr map(ProgramPtr program, std::vector<NodePtr> inputs, std::vector<Scalar> parameters) {
  if (!program) throw Error(ErrorCode::invalid_argument, "map: the program is null");
  for (const NodePtr& input : inputs) there(input, "map");
  const auto slots = program->inputs();
  if (slots.size() != inputs.size() || program->parameters().size() != parameters.size())
    throw Error(ErrorCode::invalid_argument,
                "map: the program " + to_string(*program) + " takes " + std::to_string(slots.size()) + " inputs and " +
                    std::to_string(program->parameters().size()) + " parameters, but was given " +
                    std::to_string(inputs.size()) + " and " + std::to_string(parameters.size()));
  Shape shape;
  Hash hash(4);
  hash.add(program->id());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->dtype != slots[i])
      throw Error(ErrorCode::type_mismatch, "map: input " + std::to_string(i) + " holds " +
                                                std::string(name_of(inputs[i]->dtype)) + ", but the program wants " +
                                                std::string(name_of(slots[i])));
    shape = i == 0 ? inputs[i]->shape : broadcast(shape, inputs[i]->shape);
    hash.add(inputs[i]->hash);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].dtype != program->parameters()[i])
      throw Error(ErrorCode::type_mismatch, "map: parameter " + std::to_string(i) + " is " +
                                                std::string(name_of(parameters[i].dtype)) + ", but the program wants " +
                                                std::string(name_of(program->parameters()[i])));
    std::uint64_t bits = 0;
    std::memcpy(&bits, parameters[i].bytes.data(), sizeof bits);
    hash.add(bits);
  }
  ChunkGrid grid = broadcast_grid(shape, inputs);
  const DType dtype = program->result();
  return make(dtype, shape, std::move(grid), hash.value(),
              MapNode{std::move(program), std::move(inputs), std::move(parameters)});
}

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
  for (const NodePtr& o : operands) there(o, "apply");
  for (const NodePtr& o : operands) types.push_back({o->dtype, false, WeakKind::floating});
  const op::ResolvedTypes resolved = op::resolve(description->signature, types);
  if (!resolved.valid)
    throw Error(ErrorCode::type_mismatch, std::string(description->name) + " is not defined for bool arrays");
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

NodePtr reduce(AggregateCode code, NodePtr input, std::uint32_t axes, bool keepdims, std::int64_t ddof) {
  there(input, "a reduction");
  const aggregate::Description* description = aggregate::find(code);
  if (!description)
    throw Error(ErrorCode::invalid_argument,
                "no aggregate has the number " + std::to_string(static_cast<unsigned>(code)));
  const int rank = input->shape.rank();
  if (axes >> rank != 0)
    throw Error(ErrorCode::out_of_range, std::string(description->name) +
                                             ": an axis to reduce is not there: the array has " + std::to_string(rank) +
                                             " axes");
  Shape shape;
  ChunkGrid grid;
  ReduceDefinition definition;
  for (int axis = 0; axis < rank; ++axis) {
    const bool goes = axes >> axis & 1U;
    if (input->shape[axis] != 1) definition.lanes = goes ? 32 : 1;
    if (!goes || keepdims) {
      shape.push_back(goes ? 1 : input->shape[axis]);
      grid.push_back(goes ? AxisChunks::regular(1, 1) : input->grid[axis]);
    }
  }
  if (description->needs_elements) require_elements(description->name, input->shape, axes);
  Hash hash(5);
  hash.add(static_cast<std::uint64_t>(code)).add(input->hash).add(axes).add(keepdims).add_signed(ddof);
  const DType dtype = description->result[static_cast<std::size_t>(input->dtype)];
  ChunkGrid value_grid = input->grid;
  return make(dtype, shape, std::move(grid), hash.value(),
              ReduceNode{code, std::move(input), axes, keepdims, ddof, std::move(value_grid), definition});
}

AxisRange resolve_range(bool has_start, std::int64_t start, bool has_stop, std::int64_t stop, std::int64_t step,
                        std::int64_t extent) {
  if (step == 0) throw Error(ErrorCode::invalid_argument, "a range cannot have a step of 0");
  // Python's slice.indices: bounds from the end are made positive, then clamped to where the step can start and end.
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
  // The step of a single index has no meaning, and could overflow in what follows.
  return {count ? first : 0, count > 1 ? step : 1, count};
}

std::int64_t resolve_integer(std::int64_t index, int axis, std::int64_t extent) {
  if (index < -extent || index >= extent)
    throw Error(ErrorCode::out_of_range, "index " + std::to_string(index) + " is outside axis " + std::to_string(axis) +
                                             ", whose extent is " + std::to_string(extent));
  return index < 0 ? index + extent : index;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
