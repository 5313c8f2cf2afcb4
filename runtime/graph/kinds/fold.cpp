#include "runtime/graph/kinds/fold.hpp"

#include <algorithm>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/function_bytes.hpp"
#include "runtime/graph/make_node.hpp"
#include "runtime/graph/take_slice.hpp"
#include "runtime/graph/windows.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

using Fold = Kind<FoldNode>;

namespace {

/// Returns the indices from the first to the last of some groups.
AxisRange indices_of_groups(const Grouping& grouping, const AxisRange& groups) {
  const std::int64_t end = groups.start + groups.step * (groups.count - 1);
  const std::int64_t low = std::min(groups.start, end), high = std::max(groups.start, end);
  const auto is_in = [&](std::int32_t label) {
    return groups.count > 0 && label >= low && label <= high && (label - groups.start) % groups.step == 0;
  };
  const auto first = std::ranges::find_if(grouping.labels, is_in);
  if (first == grouping.labels.end()) return {0, 1, 0};
  const auto last = std::find_if(grouping.labels.rbegin(), grouping.labels.rend(), is_in).base();
  return {first - grouping.labels.begin(), 1, last - first};
}

/// Returns the same reduction with another value grid and definition.
NodePtr with_definition(const Node& node, ChunkGrid value_grid, const FoldDefinition& definition) {
  return changed(node, [&](Node& copy) {
    auto& data = std::get<FoldNode>(copy.data);
    data.value_grid = std::move(value_grid);
    data.definition = definition;
  });
}

/// An aggregate, of the catalogue or of a user's own.
struct Aggregate {
  AggregateCode code{};
  std::shared_ptr<const Function> own = nullptr;
  std::string name = {};
  bool needs_elements = false;
  DType result = DType::float64;
};

/// Returns an aggregate of the catalogue over elements of a type.
Aggregate aggregate_of(AggregateCode code, DType element) {
  const aggregate::Description* description = aggregate::find(code);
  if (!description)
    throw Error(ErrorCode::invalid_argument,
                "no aggregate has the number " + std::to_string(static_cast<unsigned>(code)));
  return {code, nullptr, std::string(description->name), description->needs_elements,
          description->result[static_cast<std::size_t>(element)]};
}
/// Returns an aggregate of a user's own.
Aggregate aggregate_of(std::shared_ptr<const Function> own) {
  aggregate::OwnFacts facts;
  if (!aggregate::read_own(*own, facts))
    throw Error(ErrorCode::invalid_argument, "the function " + to_string(*own) + " is no aggregate");
  const DType result = own->result;
  return {aggregate::own_code, std::move(own), std::string(facts.name), facts.needs_elements, result};
}

/// A fold of the array as it is, whatever windows it has.
NodePtr plain_fold(const Aggregate& of, NodePtr input, std::uint32_t axes, bool keepdims, std::int64_t ddof,
                   GroupingPtr grouping) {
  if (of.own) input = build::cast(std::move(input), of.own->arguments.front());
  const int rank = input->shape.rank();
  if (axes >> rank != 0)
    throw Error(ErrorCode::out_of_range,
                of.name + ": an axis to reduce is not there: the array has " + std::to_string(rank) + " axes");
  if (grouping) {
    require_fitting(*grouping, input->shape);
    axes |= 1U << grouping->axis;
  }
  Shape shape;
  ChunkGrid grid;
  FoldDefinition definition;
  for (int axis = 0; axis < rank; ++axis) {
    const bool goes = axes >> axis & 1U;
    if (input->shape[axis] != 1) definition.lanes = goes ? 32 : 1;
    if (grouping && axis == grouping->axis) {
      // A chunk of the result is no larger than one of the input.
      const std::int64_t chunk = std::max<std::int64_t>(std::min(grouping->groups, input->grid[axis].largest()), 1);
      shape.push_back(grouping->groups);
      grid.push_back(AxisChunks::regular(grouping->groups, chunk));
    } else if (!goes || keepdims) {
      shape.push_back(goes ? 1 : input->shape[axis]);
      grid.push_back(goes ? AxisChunks::regular(1, 1) : input->grid[axis]);
    }
  }
  if (grouping) static_cast<void>(count_elements(shape));
  if (of.needs_elements)
    grouping ? require_group_elements(of.name, input->shape, axes, *grouping)
             : require_elements(of.name, input->shape, axes);
  ChunkGrid value_grid = input->grid;
  return make_node(of.result, shape, std::move(grid),
                   FoldNode{of.code, std::move(input), axes, keepdims, ddof, std::move(value_grid), definition,
                            std::move(grouping), of.own});
}

/// Returns the same aggregate of another input, with the given value grid and definition, on which the value depends.
NodePtr make_fold(const FoldNode& data, NodePtr input, ChunkGrid value_grid) {
  const Aggregate of = data.own ? aggregate_of(data.own) : aggregate_of(data.op, input->dtype);
  const NodePtr made = plain_fold(of, std::move(input), data.axes, data.keepdims, data.ddof, data.grouping);
  return with_definition(*made, std::move(value_grid), data.definition);
}

/// The bits of the byte that says how axes stay.
constexpr std::uint64_t keepdims_bit = 1;
constexpr std::uint64_t grouping_bit = 2;

void write_grouping(const Grouping& grouping, ByteWriter& out) {
  out.number(static_cast<std::uint64_t>(grouping.axis), 1);
  out.number(grouping.groups);
  out.number(grouping.labels.size(), 8);
  for (const std::int32_t label : grouping.labels) out.number(static_cast<std::uint32_t>(label), 4);
}

/// Returns the grouping of an array of this shape, and believes none of its labels before it was looked at.
GroupingPtr read_grouping(ByteReader& in, const Shape& shape) {
  auto grouping = std::make_shared<Grouping>();
  grouping->axis = static_cast<int>(in.number(1));
  grouping->groups = in.signed_number();
  if (grouping->axis >= shape.rank()) throw in.error("groups along an axis that is not there");
  const std::size_t labels = in.count(4);
  if (static_cast<std::int64_t>(labels) != shape[grouping->axis]) throw in.error("labels of groups for another extent");
  grouping->labels.reserve(labels);
  for (std::size_t i = 0; i < labels; ++i)
    grouping->labels.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(in.number(4))));
  try {
    require_fitting(*grouping, shape);
  } catch (const Error&) {
    throw in.error("labels that are not of its groups");
  }
  return grouping;
}

std::string axes_text(std::uint32_t axes) {
  std::string text;
  for (int axis = 0; axis < max_rank; ++axis)
    if (axes >> axis & 1U) text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return text;
}

}  // namespace

std::span<const NodePtr> Fold::inputs(const FoldNode& data) { return {&data.input, 1}; }

NodePtr Fold::with_inputs(const Node& node, const FoldNode& data, std::vector<NodePtr> inputs) {
  return with_grid(make_fold(data, std::move(inputs.at(0)), data.value_grid), node.grid);
}

std::uint64_t Fold::hash(const FoldNode& data) {
  Hash hash(5);
  hash.add(static_cast<std::uint64_t>(data.op))
      .add(data.input->hash)
      .add(data.axes)
      .add(data.keepdims)
      .add_signed(data.ddof);
  if (data.grouping) {
    hash.add_signed(data.grouping->axis).add_signed(data.grouping->groups);
    for (const std::int32_t label : data.grouping->labels) hash.add_signed(label);
  }
  if (data.own) {
    for (const char c : data.own->name) hash.add(static_cast<unsigned char>(c));
    hash.add_signed(data.own->version);
  }
  return hash.value();
}

bool Fold::equal(const Node&, const FoldNode& data, const Node&, const FoldNode& other) {
  return data.op == other.op && data.input == other.input && data.axes == other.axes &&
         data.keepdims == other.keepdims && data.ddof == other.ddof && data.definition == other.definition &&
         data.value_grid == other.value_grid && same_grouping(data.grouping, other.grouping) &&
         !data.own == !other.own && (!data.own || *data.own == *other.own);
}

void Fold::write(const Node&, const FoldNode& data, NodeWriter& to) {
  to.out.number(static_cast<std::uint64_t>(data.op), 1);
  if (data.own) write_function(*data.own, to.out);
  to.reference(data.input);
  to.out.number(data.axes, 4);
  to.out.number((data.keepdims ? keepdims_bit : 0U) | (data.grouping ? grouping_bit : 0U), 1);
  if (data.grouping) write_grouping(*data.grouping, to.out);
  to.out.number(data.ddof);
  to.out.grid(data.value_grid);
  to.out.number(data.definition.version, 4);
  to.out.number(data.definition.lanes, 4);
  to.out.number(data.definition.merge_group_size, 4);
}

NodePtr Fold::read(NodeReader& from) {
  const auto op = static_cast<AggregateCode>(from.in.number(1));
  std::shared_ptr<const Function> own;
  if (op == aggregate::own_code) {
    own = std::make_shared<const Function>(read_function(from.in));
    if (!aggregate::is_own(*own)) throw from.in.error("a name of no aggregate");
    if (from.unknown == UnknownFunctions::refused) require_function(*own);
  } else if (!aggregate::find(op)) {
    throw from.in.error("a reduction of number " + std::to_string(static_cast<unsigned>(op)));
  }
  NodePtr input = from.reference();
  const Aggregate of = own ? aggregate_of(std::move(own)) : aggregate_of(op, input->dtype);
  const auto axes = static_cast<std::uint32_t>(from.in.number(4));
  const std::uint64_t stays = from.in.number(1);
  GroupingPtr grouping;
  if (from.version >= version_with_groupings) {
    if (stays > (keepdims_bit | grouping_bit)) throw from.in.error("a reduction that keeps axes in another way");
    if (stays & grouping_bit) grouping = read_grouping(from.in, input->shape);
    if (grouping && !(axes >> grouping->axis & 1U)) throw from.in.error("groups along an axis that is not reduced");
  }
  const bool keepdims = grouping ? (stays & keepdims_bit) != 0 : stays != 0;
  const std::int64_t ddof = from.in.signed_number();
  const NodePtr made = plain_fold(of, input, axes, keepdims, ddof, std::move(grouping));
  ChunkGrid value_grid = from.in.grid(input->shape);
  FoldDefinition definition;
  definition.version = static_cast<std::uint32_t>(from.in.number(4));
  definition.lanes = static_cast<std::uint32_t>(from.in.number(4));
  definition.merge_group_size = static_cast<std::uint32_t>(from.in.number(4));
  if (definition.version != 1 || (definition.lanes != 1 && definition.lanes != 32) || definition.merge_group_size != 16)
    throw Error(ErrorCode::unsupported,
                "a reduction by a definition that this version does not know (docs/semantics.md)");
  return with_definition(*made, std::move(value_grid), definition);
}

std::string Fold::describe(const Node&, const FoldNode& data) {
  aggregate::OwnFacts facts;
  const std::string_view name = data.own && aggregate::read_own(*data.own, facts) ? facts.name : name_of(data.op);
  std::string text = std::string(name) + " over " + (data.axes ? "axes " + axes_text(data.axes) : "no axis");
  if (data.grouping)
    text +=
        " by " + std::to_string(data.grouping->groups) + " groups along axis " + std::to_string(data.grouping->axis);
  return text;
}

void Fold::boxes(const Node&, const FoldNode& data, const Region& region, const VisitBox& visit) {
  Region box;
  int axis = 0;
  for (int i = 0; i < data.input->shape.rank(); ++i) {
    const bool goes = data.axes >> i & 1U;
    if (data.grouping && i == data.grouping->axis)
      box.push_back(indices_of_groups(*data.grouping, region[axis]));
    else
      box.push_back(goes ? AxisRange{0, 1, data.input->shape[i]} : region[axis]);
    if (data.has_axis(i)) ++axis;
  }
  visit(0, box);
}

/// Remaining axes may be cut before the fold. Folded axes, by groups too, stay whole, so every value stays as it is.
/// Slices go below, the rest of the transform stays above.
NodePtr Fold::push(const NodePtr& node, const FoldNode& data, const IndexTransform& transform, IndexPusher& pusher) {
  IndexTransform inner = IndexTransform::identity(data.input->shape);
  IndexTransform outer = transform;
  ChunkGrid value_grid = data.value_grid;
  bool changes = false;
  for (int i = 0, axis = 0; i < data.input->shape.rank(); ++i) {
    const bool goes = data.axes >> i & 1U;
    if (!data.has_axis(i)) continue;
    const int own = axis++;
    if (goes) continue;
    if (const std::optional<AxisRange> slice = take_slice(outer, own, inner, i)) {
      changes = true;
      value_grid[i] = value_grid[i].slice(*slice);
    }
  }
  if (!changes) return build::view(pusher.visit(node), transform);
  return build::view(make_fold(data, pusher.push(data.input, inner), std::move(value_grid)), outer);
}

const FoldNode* fold_of(const Node& node) { return node.as<FoldNode>(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph

namespace chunkwise::inline CHUNKWISE_ABI::build {

NodePtr fold(AggregateCode code, NodePtr input, std::uint32_t axes, bool keepdims, std::int64_t ddof,
             GroupingPtr grouping) {
  graph::there(input, "a reduction");
  if (!grouping)
    if (NodePtr made = graph::fold_of_windows(code, input, axes, keepdims, ddof)) return made;
  const graph::Aggregate of = graph::aggregate_of(code, input->dtype);
  return graph::plain_fold(of, std::move(input), axes, keepdims, ddof, std::move(grouping));
}

NodePtr fold(const Function& own, NodePtr input, std::uint32_t axes, bool keepdims, GroupingPtr grouping) {
  graph::there(input, "a reduction");
  const graph::Aggregate of = graph::aggregate_of(std::make_shared<const Function>(own));
  return graph::plain_fold(of, std::move(input), axes, keepdims, 0, std::move(grouping));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::build
