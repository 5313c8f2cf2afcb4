#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

#include "chunkwise/graph/build.hpp"
#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

namespace {

using Kind = AxisSubscript::Kind;
using Subscripts = std::vector<AxisSubscript>;

AxisSubscript whole(std::int64_t extent) { return {Kind::range, {0, 1, extent}}; }

/// Returns the indices that `outer` selects among those of `inner`.
AxisRange compose(const AxisRange& inner, const AxisRange& outer) {
  return {inner.start + inner.step * outer.start, inner.step * outer.step, outer.count};
}

/// Returns the subscripts of one Index that does the work of `inner` and then `outer`; nothing if it would have to drop
/// a new axis.
std::optional<Subscripts> compose(const Subscripts& inner, const Subscripts& outer) {
  Subscripts result;
  std::size_t o = 0;
  const auto take_created = [&] {
    while (o < outer.size() && outer[o].kind == Kind::create) result.push_back(outer[o++]);
  };
  for (const AxisSubscript& i : inner) {
    if (i.kind == Kind::integer) {
      result.push_back(i);
      continue;
    }
    take_created();
    const AxisSubscript& s = outer.at(o++);
    if (i.kind == Kind::create) {
      if (s.kind == Kind::range && s.range.count != 1) return std::nullopt;
      if (s.kind == Kind::range) result.push_back(i);
    } else {
      result.push_back({s.kind, compose(i.range, s.range)});
    }
  }
  take_created();
  return result;
}

/// Returns the part of `range` that lies in [begin, end) of its axis, as a range of [0, end - begin). The selected
/// indices are consecutive steps, in the range's order.
AxisRange clip(const AxisRange& range, std::int64_t begin, std::int64_t end) {
  const auto floor_div = [](std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
  std::int64_t first, last;  // steps first <= k < last are inside
  if (range.step > 0) {
    first = -floor_div(range.start - begin, range.step);
    last = -floor_div(range.start - end, range.step);
  } else {
    first = -floor_div(end - 1 - range.start, -range.step);
    last = -floor_div(begin - 1 - range.start, -range.step);
  }
  first = std::clamp<std::int64_t>(first, 0, range.count);
  last = std::clamp<std::int64_t>(last, first, range.count);
  return {range.start + range.step * first - begin, range.step, last - first};
}

/// Rewrites a graph from the outputs down; a node or a request for part of a node is handled once.
class Pusher {
 public:
  /// Returns the node with all indices below it pushed.
  NodePtr visit(const NodePtr& node) {
    if (const auto found = done_.find(node.get()); found != done_.end()) return found->second.second;
    NodePtr result = rebuild(node);
    done_.emplace(node.get(), std::pair(node, result));
    return result;
  }

 private:
  NodePtr rebuild(const NodePtr& node) {
    if (const auto* index = node->as<IndexNode>()) return with_grid(push(index->input, index->subscripts), node->grid);
    std::vector<NodePtr> inputs;
    bool same = true;
    for_each_inner_input(*node, [&](const NodePtr& input) {
      inputs.push_back(visit(input));
      same = same && inputs.back() == input;
    });
    return same ? node : with_inputs(*node, std::move(inputs));
  }

  /// Returns the array that `subscripts` select from `input`, with the index as deep as it goes. Equal requests are
  /// done once: else a chain of nodes that are each used twice would be walked along all its paths.
  NodePtr push(const NodePtr& input, const Subscripts& subscripts) {
    Request request{input, subscripts};
    if (const auto found = pushed_.find(request); found != pushed_.end()) return found->second;
    NodePtr result = push_new(input, subscripts);
    pushed_.emplace(std::move(request), result);
    return result;
  }

  NodePtr push_new(const NodePtr& input, const Subscripts& subscripts) {
    if (const auto* index = input->as<IndexNode>()) {
      if (const auto both = compose(index->subscripts, subscripts)) return push(index->input, *both);
    } else if (const auto* concatenate = input->as<ConcatenateNode>()) {
      return push_into(*concatenate, subscripts);
    } else if (const auto* map = input->as<MapNode>(); map && !map->inputs.empty()) {
      return push_into(*map, *input, subscripts);
    } else if (const auto* reduce = input->as<ReduceNode>()) {
      return push_into(*reduce, input, subscripts);
    }
    return build::index(visit(input), subscripts);
  }

  NodePtr push_into(const ConcatenateNode& concatenate, const Subscripts& subscripts) {
    std::size_t at = 0;  // the subscript of the joined axis
    for (int axis = 0;; ++at) {
      if (subscripts[at].kind == Kind::create) continue;
      if (axis++ == concatenate.axis) break;
    }
    const AxisSubscript along = subscripts[at];
    const std::vector<std::int64_t>& offsets = *concatenate.offsets;
    const auto part_of = [&](std::int64_t position) {
      return static_cast<std::size_t>(std::upper_bound(offsets.begin(), offsets.end(), position) - offsets.begin()) - 1;
    };
    Subscripts own = subscripts;
    if (along.kind == Kind::integer) {
      const std::size_t part = part_of(along.range.start);
      own[at].range.start -= offsets[part];
      return push((*concatenate.parts)[part], own);
    }
    if (along.range.count == 0) {
      own[at].range = {0, 1, 0};
      return push(concatenate.parts->front(), own);
    }
    const std::size_t first = part_of(along.range.start);
    const std::size_t last = part_of(along.range.start + along.range.step * (along.range.count - 1));
    std::vector<NodePtr> parts;
    for (std::size_t part = first;; part = first < last ? part + 1 : part - 1) {
      own[at].range = clip(along.range, offsets[part], offsets[part + 1]);
      if (own[at].range.count > 0) parts.push_back(push((*concatenate.parts)[part], own));
      if (part == last) break;
    }
    int axis = 0;
    for (std::size_t i = 0; i < at; ++i) axis += subscripts[i].kind != Kind::integer;
    return build::concatenate(std::move(parts), axis);
  }

  NodePtr push_into(const MapNode& map, const Node& node, const Subscripts& subscripts) {
    std::vector<NodePtr> inputs;
    inputs.reserve(map.inputs.size());
    for (const NodePtr& input : map.inputs) {
      const int lead = node.shape.rank() - input->shape.rank();
      Subscripts own;
      int axis = 0;  // of the map
      bool changes = false;
      for (const AxisSubscript& s : subscripts) {
        if (s.kind == Kind::create) {
          // In front of an input of fewer axes a new axis changes nothing: broadcasting aligns at the last. The inputs
          // that have all axes keep it, so that the result does.
          if (axis > lead || lead == 0) own.push_back(s), changes = true;
          continue;
        }
        const int mine = axis++ - lead;
        if (mine < 0) continue;
        const bool stretched = input->shape[mine] != node.shape[mine + lead];
        if (!stretched)
          own.push_back(s);
        else if (s.kind == Kind::integer)
          own.push_back({Kind::integer, {0, 1, 1}});
        else
          own.push_back(whole(1));
        changes = changes || !(own.back() == whole(input->shape[mine]));
      }
      inputs.push_back(changes ? push(input, own) : visit(input));
    }
    return build::map(map.program, std::move(inputs), map.parameters);
  }

  /// Cuts remaining axes before the reduction; reduced axes stay whole, so that every value stays the same.
  NodePtr push_into(const ReduceNode& reduce, const NodePtr& node, const Subscripts& subscripts) {
    Subscripts inner, outer;
    ChunkGrid value_grid;
    std::size_t s = 0;
    bool changes = false;
    const auto take_created = [&] {
      while (s < subscripts.size() && subscripts[s].kind == Kind::create) outer.push_back(subscripts[s++]);
    };
    for (int axis = 0; axis < reduce.input->shape.rank(); ++axis) {
      const std::int64_t extent = reduce.input->shape[axis];
      if (reduce.axes >> axis & 1U) {
        inner.push_back(whole(extent));
        value_grid.push_back(reduce.value_grid[axis]);
        if (!reduce.keepdims) continue;
        take_created();
        outer.push_back(subscripts[s++]);
        continue;
      }
      take_created();
      const AxisSubscript& own = subscripts[s++];
      const AxisRange range = own.kind == Kind::integer ? AxisRange{own.range.start, 1, 1} : own.range;
      inner.push_back({Kind::range, range});
      outer.push_back(own.kind == Kind::integer ? AxisSubscript{Kind::integer, {0, 1, 1}} : whole(range.count));
      const bool cut = !(inner.back() == whole(extent));
      value_grid.push_back(cut ? reduce.value_grid[axis].slice(range) : reduce.value_grid[axis]);
      changes = changes || cut;
    }
    take_created();
    if (!changes) return build::index(visit(node), subscripts);
    NodePtr made = build::reduce(reduce.op, push(reduce.input, inner), reduce.axes, reduce.keepdims, reduce.ddof);
    Node copy = *made;
    auto& data = std::get<ReduceNode>(copy.data);
    data.value_grid = std::move(value_grid);
    data.definition = reduce.definition;
    return build::index(std::make_shared<const Node>(std::move(copy)), outer);
  }

  struct Request {
    NodePtr input;
    Subscripts subscripts;
    bool operator==(const Request&) const = default;
  };
  struct HashRequest {
    std::size_t operator()(const Request& request) const {
      std::size_t hash = std::hash<NodePtr>{}(request.input);
      const auto mix = [&hash](std::int64_t value) {
        hash = (hash ^ static_cast<std::size_t>(value)) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 29;
      };
      for (const AxisSubscript& s : request.subscripts) {
        mix(static_cast<std::int64_t>(s.kind));
        mix(s.range.start);
        mix(s.range.step);
        mix(s.range.count);
      }
      return hash;
    }
  };

  std::unordered_map<const Node*, std::pair<NodePtr, NodePtr>> done_;
  std::unordered_map<Request, NodePtr, HashRequest> pushed_;
};

}  // namespace

Graph push_indices(Graph graph) {
  Pusher pusher;
  for (NodePtr& output : graph.outputs) output = pusher.visit(output);
  return graph;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
