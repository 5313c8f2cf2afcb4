#include "runtime/plan/fetches.hpp"

#include <algorithm>

#include "runtime/graph/ask.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/lines.hpp"
#include "runtime/plan/read_blocks.hpp"
#include "runtime/plan/stages.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Returns true if an input is stretched along this axis of the domain into which it is broadcast.
bool is_stretched(const Node& input, const Shape& domain, int axis) {
  const int own = axis - (domain.rank() - input.shape.rank());
  return own < 0 || (input.shape[own] == 1 && domain[axis] != 1);
}

/// The most chunks that are looked at one by one; further chunks count as the mean of these.
constexpr std::int64_t most_chunks = std::int64_t{1} << 18;

/// Returns the elements of an input that all slabs of a stage fetch: a stretched input is fetched again by each.
double fetched_elements(const Plan& plan, const Stage& stage, const Node& input) {
  double elements = 0;
  const auto add = [&](const Region& box) {
    const Shape slab = slab_shape(stage, box.shape(), plan.slab_elements);
    double own = 1;
    for (int axis = 0; axis < box.rank(); ++axis) {
      const AxisRange& range = box[axis];
      const std::int64_t pieces = range.count <= slab[axis]
                                      ? std::min<std::int64_t>(range.count, 1)
                                      : (range.start + range.count - 1) / slab[axis] - range.start / slab[axis] + 1;
      own *= static_cast<double>(is_stretched(input, stage.domain, axis) ? pieces : range.count);
    }
    elements += own;
  };
  const std::int64_t chunks = stage.grid.chunks();
  const std::int64_t looked_at = std::min(chunks, most_chunks);
  for (std::int64_t i = 0; i < looked_at; ++i) {
    const Region chunk = stage.grid.region(stage.grid.chunk(i));
    const Tiles* const tiles = tiles_of(stage);
    if (!tiles) {
      add(chunk);
      continue;
    }
    Region kept = chunk;
    const std::uint32_t axes = folds_of(stage).front().axes;
    for (int axis = 0; axis < kept.rank(); ++axis)
      if (axes >> axis & 1U) kept[axis] = {0, 1, 1};
    const Shape piece = piece_shape(kept.shape(), stage.read_block, tiles->outputs);
    double pieces = 1;
    for (int axis = 0; axis < piece.rank(); ++axis)
      pieces *= static_cast<double>(kept[axis].count / std::max<std::int64_t>(piece[axis], 1));
    if (pieces > static_cast<double>(most_chunks)) {
      add(chunk);
      continue;
    }
    for_each_piece(kept, piece, [&](Region tile) {
      for (int axis = 0; axis < tile.rank(); ++axis)
        if (axes >> axis & 1U) tile[axis] = chunk[axis];
      add(tile);
    });
  }
  return looked_at < chunks ? elements * (static_cast<double>(chunks) / static_cast<double>(looked_at)) : elements;
}

/// Walks from the arrays that a stage streams down to the sources.
class Fetches {
 public:
  Fetches(const Plan& plan, const Stage& stage) : plan_(plan), stage_(stage) {}

  std::vector<Fetch> run() {
    for (const Body* const body : bodies_of(stage_))
      for (const NodePtr& input : body->inputs) walk(input, fetched(*input), seen_, true, all_);
    return std::move(all_);
  }

 private:
  using Seen = std::unordered_set<const Node*>;
  double fetched(const Node& input) const {
    const bool again = input.shape.elements() < stage_.domain.elements() && plan_.slab_elements > 0 &&
                       !is_view(input) && !plan_.materialised.contains(&input);
    return again ? fetched_elements(plan_, stage_, input) : static_cast<double>(input.shape.elements());
  }

  /// Adds the elements of each source that `elements` elements of a node take. `direct`: only maps stand between the
  /// node and the domain.
  void walk(const NodePtr& node, double elements, Seen& seen, bool direct, std::vector<Fetch>& to) {
    if (is_materialised_for(plan_, stage_, *node) || !seen.insert(node.get()).second) return;
    if (const SourcePtr* const source = graph::source_of(*node)) {
      to.push_back({source->get(), elements});
      return;
    }
    switch (graph::flow_of(*node)) {
      case graph::Flow::in_place:
        for (const NodePtr& input : inputs_of(*node))
          walk(input, direct ? fetched(*input) : std::min(elements, static_cast<double>(input->shape.elements())), seen,
               direct, to);
        break;
      case graph::Flow::elsewhere:
        if (!graph::joins_memory(*node)) add_places(*node, elements, to);
        break;
      case graph::Flow::lines: {
        // Whole lines, of as many places as are asked for.
        const NodePtr& input = inputs_of(*node).front();
        const double share = elements / static_cast<double>(std::max<std::int64_t>(node->shape.elements(), 1));
        const auto lines = plan_.lines.find(node.get());
        const double times = lines == plan_.lines.end() ? 1 : static_cast<double>(lines->second.times);
        walk(input, share * times * static_cast<double>(input->shape.elements()), seen, false, to);
        break;
      }
      case graph::Flow::complete:
      case graph::Flow::outside:
        break;
    }
  }

  /// Adds the elements that `elements` of a view take from each of its parts.
  void add_places(const Node& node, double elements, std::vector<Fetch>& to) {
    const std::span<const NodePtr> parts = inputs_of(node);
    if (parts.size() == 1) {
      // A view may show an element several times, and is fetched once.
      const auto whole = static_cast<double>(parts.front()->shape.elements());
      return add_place(parts.front(), std::min(elements, whole), to);
    }
    double whole = 0;
    for (const NodePtr& part : parts) whole += static_cast<double>(part->shape.elements());
    for (const NodePtr& part : parts)
      add_place(part, elements * (static_cast<double>(part->shape.elements()) / std::max(whole, 1.0)), to);
  }

  /// Adds the same for elements that are fetched for one view alone, whatever was fetched before.
  void add_place(const NodePtr& node, double elements, std::vector<Fetch>& to) {
    if (const SourcePtr* const source = graph::source_of(*node)) {
      if (!is_materialised_for(plan_, stage_, *node)) to.push_back({source->get(), elements});
      return;
    }
    // The fetches of the whole array are found once, and a part takes its share of them. Else the parts of parts in
    // many places would each be different, and none found again.
    const auto whole = static_cast<double>(node->shape.elements());
    auto known = places_.find(node.get());
    if (known == places_.end()) {
      std::vector<Fetch> below;
      Seen seen;
      walk(node, whole, seen, false, below);
      known = places_.emplace(node.get(), put_together(below)).first;
    }
    const double share = whole > 0 ? elements / whole : 0;
    for (const Fetch& fetch : known->second) to.push_back({fetch.source, share * fetch.elements});
  }

  /// Returns the fetches with each source once: else a join of an array with itself would double the list.
  static std::vector<Fetch> put_together(const std::vector<Fetch>& fetches) {
    std::vector<Fetch> result;
    std::unordered_map<const Source*, std::size_t> position;
    for (const Fetch& fetch : fetches) {
      const auto [entry, added] = position.try_emplace(fetch.source, result.size());
      if (added)
        result.push_back(fetch);
      else
        result[entry->second].elements += fetch.elements;
    }
    return result;
  }

  const Plan& plan_;
  const Stage& stage_;
  Seen seen_;
  std::vector<Fetch> all_;
  std::unordered_map<const Node*, std::vector<Fetch>> places_;
};

/// More elements than any machine has memory for: bounds stop here.
constexpr std::int64_t far_too_many = std::int64_t{1} << 50;
constexpr double far_too_much = 0x1p53;
/// Of more parts than these, the first stands for all.
constexpr std::size_t most_parts = 64;

}  // namespace

bool is_materialised_for(const Plan& plan, const Stage& stage, const Node& node) {
  const auto* const own = std::get_if<Materialise>(&stage.work);
  return !(own && own->array.get() == &node) && plan.materialised.contains(&node);
}

std::vector<Fetch> fetches_of(const Plan& plan, const Stage& stage) { return Fetches(plan, stage).run(); }

bool needs_reading(const Plan& plan, const Stage& stage) {
  const std::vector<Fetch> fetches = fetches_of(plan, stage);
  return std::ranges::any_of(
      fetches, [](const Fetch& fetch) { return !fetch.source->is_generated() && !fetch.source->in_memory().data; });
}

double ScratchMemory::staging() const {
  const double operands = most_operands_ == 0 ? 0 : static_cast<double>(staging_bytes(most_operands_));
  return operands + static_cast<double>(most_line_bytes_);
}

double ScratchMemory::walk(const NodePtr& node, std::int64_t elements, Seen& seen) {
  if (is_view(*node) || is_materialised_for(*plan_, *stage_, *node) || !seen.insert(node.get()).second) return 0;
  elements = std::min({elements, node->shape.elements(), far_too_many});
  const auto size = [elements](DType type) {
    return static_cast<double>(elements) * static_cast<double>(size_of(type));
  };
  if (const SourcePtr* const source = graph::source_of(*node)) return size((*source)->encoding().stored);
  const bool is_in_place = graph::flow_of(*node) == graph::Flow::in_place;
  const std::span<const NodePtr> inputs = inputs_of(*node);
  most_operands_ = std::max<std::size_t>(most_operands_, is_in_place ? inputs.size() : 1);
  const bool is_elsewhere = graph::flow_of(*node) == graph::Flow::elsewhere;
  if (graph::strided_input(*node)) return place(inputs.front(), graph::most_input_elements(*node, elements));
  if (is_elsewhere) {
    // Pieces of several parts are copied together; all of them together are no more than the whole.
    double widest = 0;
    for (const NodePtr& part : inputs) {
      widest = std::max(widest, place(part, graph::most_input_elements(*node, elements)));
      if (inputs.size() > most_parts) break;
    }
    // Twice, for elements that are not shared between parts; but not twice for each of many joins within each other.
    double pieces = 2 * widest;
    if (widest > 0) pieces = std::min(pieces, 2 * static_cast<double>(elements) * widest_element(inputs));
    return std::min(pieces + size(node->dtype), far_too_much);
  }
  double bytes = size(node->dtype);
  if (const AlongNode* const along = graph::along_of(*node)) {
    most_line_bytes_ = std::max(most_line_bytes_, line_bytes(*along, node->dtype));
    const auto known = plan_->lines.find(node.get());
    if (known != plan_->lines.end() && known->second.whole)
      return std::min(bytes + walk(along->input, elements, seen), far_too_much);
    const auto lines = static_cast<double>(elements) * static_cast<double>(along->input->shape[along->axis]);
    const auto whole = static_cast<double>(along->input->shape.elements());
    const std::int64_t piece = most_piece_elements(*plan_, *node, static_cast<std::int64_t>(std::min(lines, whole)));
    // One piece may be fetched with the slab, others by an evaluator of their own.
    return std::min(bytes + 2 * place(along->input, piece), far_too_much);
  }
  for (const NodePtr& input : inputs) bytes += walk(input, elements, seen);
  return std::min(bytes, far_too_much);
}

double ScratchMemory::of_one_element(const NodePtr& node) {
  if (is_view(*node) || is_materialised_for(*plan_, *stage_, *node)) return 0;
  if (const SourcePtr* const source = graph::source_of(*node))
    return static_cast<double>(size_of((*source)->encoding().stored));
  if (const auto known = one_element_.find(node.get()); known != one_element_.end()) return known->second;
  auto bytes = static_cast<double>(size_of(node->dtype));
  const std::span<const NodePtr> inputs = inputs_of(*node);
  if (graph::strided_input(*node))
    bytes = of_one_element(inputs.front());
  else if (graph::flow_of(*node) == graph::Flow::in_place)
    for (const NodePtr& input : inputs) bytes += of_one_element(input);
  else if (const AlongNode* const along = graph::along_of(*node))
    bytes = std::min(bytes + 2 * static_cast<double>(std::max<std::int64_t>(along->input->shape[along->axis], 1)) *
                                 of_one_element(along->input),
                     far_too_much);
  else
    bytes += widest_element(inputs);
  one_element_.emplace(node.get(), bytes);
  return bytes;
}

double ScratchMemory::widest_element(std::span<const NodePtr> parts) {
  double widest = 0;
  for (const NodePtr& part : parts) {
    widest = std::max(widest, of_one_element(part));
    if (parts.size() > most_parts) break;
  }
  return widest;
}

double ScratchMemory::place(const NodePtr& node, std::int64_t elements) {
  const std::pair<const Node*, std::int64_t> key{node.get(), elements};
  if (const auto known = places_.find(key); known != places_.end()) return known->second;
  Seen seen;
  const double bytes = walk(node, elements, seen);
  places_.emplace(key, bytes);
  return bytes;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
