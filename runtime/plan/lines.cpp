#include "runtime/plan/lines.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/kinds/along.hpp"
#include "runtime/line/line.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/fetches.hpp"
#include "runtime/plan/stages.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

using AxisMap = PerAxis<int>;  ///< for each axis of an array the axis of the domain that it runs along, or -1

/// Of a join of more parts than these, the first stand for all.
constexpr std::size_t most_parts = 64;
/// An array that is used at more places than these is looked at once more, as if its axes were none of the domain's.
constexpr std::size_t most_places = 4;

/// Walks from arrays over a domain down to the functions of lines and the sources below them.
class LineWalk {
 public:
  /// `stage` is null if the domain is an array of which pieces are made.
  LineWalk(Plan& plan, const Stage* stage, const Shape& domain)
      : plan_(plan), stage_(stage), domain_(domain), whole(Shape::filled(domain.rank(), 1)), block(whole) {}

  void visit(const NodePtr& node, const AxisMap& axes, bool below) {
    if (is_kept(*node)) return;
    std::vector<AxisMap>& known = seen_[node.get()];
    const AxisMap& own = known.size() < most_places ? axes : AxisMap::filled(axes.rank(), -1);
    if (std::ranges::find(known, own) != known.end()) return;
    known.push_back(own);
    look(node, AxisMap(own), below);
  }

 private:
  [[nodiscard]] bool is_kept(const Node& node) const {
    return graph::flow_of(node) == graph::Flow::complete ||
           (stage_ ? is_materialised_for(plan_, *stage_, node) : plan_.materialised.contains(&node));
  }

  void look(const NodePtr& node, const AxisMap& axes, bool below) {
    if (const SourcePtr* const source = graph::source_of(*node)) {
      if (below) add_block((*source)->read_block(), *node, axes);
      return;
    }
    if (const AlongNode* const along = graph::along_of(*node)) return look_at_lines(*node, *along, axes);
    const std::span<const NodePtr> inputs = inputs_of(*node);
    if (const auto transform = graph::transform_of(*node)) {
      AxisMap own;
      for (int axis = 0; axis < inputs.front()->shape.rank(); ++axis) {
        const AxisTransform& from = transform->axes[static_cast<std::size_t>(axis)];
        const bool is_same = from.is_slice() && from.count == 1 && from.offset == 0 && from.terms[0].stride == 1 &&
                             node->shape[from.terms[0].axis] == inputs.front()->shape[axis];
        own.push_back(is_same ? axes[from.terms[0].axis] : -1);
      }
      return visit(inputs.front(), own, below);
    }
    const bool is_in_place = graph::flow_of(*node) == graph::Flow::in_place;
    const std::size_t looked_at = graph::joins_sources(*node) ? 1 : most_parts;
    for (const NodePtr& input : inputs.first(std::min(inputs.size(), is_in_place ? inputs.size() : looked_at))) {
      const int lead = node->shape.rank() - input->shape.rank();
      const bool keeps_axes = is_in_place || graph::only_joins(*node);
      AxisMap own;
      for (int axis = 0; axis < input->shape.rank(); ++axis)
        own.push_back(keeps_axes && input->shape[axis] == node->shape[lead + axis] ? axes[lead + axis] : -1);
      visit(input, own, below);
    }
  }

  void look_at_lines(const Node& node, const AlongNode& along, const AxisMap& axes) {
    const int result = graph::result_axis(along, along.axis);
    const int domain_axis = along.one_result || result < 0 ? -1 : axes[result];
    const bool runs_along = domain_axis >= 0 && node.shape[result] == domain_[domain_axis];
    const std::int64_t chunks = runs_along && stage_ ? stage_->grid[domain_axis].count() : 1;
    // Lines of another length than what they become are made in pieces of their own.
    const bool is_whole = runs_along && chunks <= 1 && along.length == along.input->shape[along.axis];
    if (runs_along) whole[domain_axis] = domain_[domain_axis];
    if (stage_) note(node, along, is_whole, chunks);
    const double lines = static_cast<double>(along.input->shape.elements()) * static_cast<double>(chunks);
    const double each = lines / static_cast<double>(std::max<std::int64_t>(domain_.elements(), 1));
    if (!is_whole) weight = std::max(weight, static_cast<std::int64_t>(std::min(std::ceil(each), 0x1p50)));
    AxisMap own;
    for (int axis = 0; axis < along.input->shape.rank(); ++axis)
      own.push_back(axis != along.axis ? axes[graph::result_axis(along, axis)] : is_whole ? domain_axis : -1);
    visit(along.input, own, true);
  }

  void note(const Node& node, const AlongNode& along, bool is_whole, std::int64_t times) {
    Lines& lines = plan_.lines[&node];
    lines.whole = lines.whole && is_whole;
    lines.times = std::max(lines.times, times);
    if (!lines.block.empty()) return;
    LineWalk inner(plan_, nullptr, along.input->shape);
    AxisMap axes;
    for (int axis = 0; axis < along.input->shape.rank(); ++axis) axes.push_back(axis);
    inner.visit(along.input, axes, true);
    lines.least = inner.whole;
    lines.block = inner.block;
    for (int axis = 0; axis < lines.block.rank(); ++axis)
      lines.block[axis] = std::max(lines.block[axis], lines.least[axis]);
    lines.least[along.axis] = lines.block[along.axis] = std::max<std::int64_t>(along.input->shape[along.axis], 1);
  }

  void add_block(const Shape& read, const Node& source, const AxisMap& axes) {
    for (int axis = 0; axis < read.rank(); ++axis)
      if (axes[axis] >= 0 && source.shape[axis] == domain_[axes[axis]])
        block[axes[axis]] = std::max(block[axes[axis]], read[axis]);
  }

  Plan& plan_;
  const Stage* stage_;
  Shape domain_;
  std::unordered_map<const Node*, std::vector<AxisMap>> seen_;

 public:
  Shape whole;              ///< the extents of axes that lines run along, 1 for others
  Shape block;              ///< the read blocks of sources below lines
  std::int64_t weight = 1;  ///< Stage::weight
};

/// Returns the bytes of a line and of its result.
std::size_t one_line_bytes(const AlongNode& along, DType result) {
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(along.input->shape[along.axis], 1));
  const auto made = static_cast<std::size_t>(std::max<std::int64_t>(along.length, 1));
  return length * size_of(along.input->dtype) + made * size_of(result) + linewise::work_bytes(along);
}

}  // namespace

std::size_t line_bytes(const AlongNode& along, DType result) {
  return std::max(held_lines_bytes, one_line_bytes(along, result)) + 256;
}

void hold_lines(Plan& plan, Stage& stage, bool divisible) {
  LineWalk walk(plan, &stage, stage.domain);
  for (const Body* const body : bodies_of(stage))
    for (const NodePtr& input : body->inputs) {
      const int lead = stage.domain.rank() - input->shape.rank();
      AxisMap axes;
      for (int axis = 0; axis < input->shape.rank(); ++axis)
        axes.push_back(input->shape[axis] == stage.domain[lead + axis] ? lead + axis : -1);
      walk.visit(input, axes, false);
    }
  const auto enlarge = [&](Shape& shape, const Shape& by) {
    for (int axis = 0; axis < shape.rank(); ++axis)
      shape[axis] =
          std::clamp<std::int64_t>(std::max(shape[axis], by[axis]), 1, std::max<std::int64_t>(stage.domain[axis], 1));
  };
  stage.weight = walk.weight;
  enlarge(stage.read_block, walk.whole);
  if (plan.whole_blocks) enlarge(stage.read_block, walk.block);
  auto* const fold = std::get_if<Fold>(&stage.work);
  if (!fold || !fold->tiling.tiles) return;
  enlarge(fold->tiling.tiles->block, walk.whole);
  if (plan.whole_blocks || divisible) enlarge(fold->tiling.tiles->block, walk.block);
}

namespace {

/// Returns the elements of the slabs of a plan that does nothing but write a function of lines of memory: nothing is
/// held for them, so they are as wide as pays, as long as every thread has several. 0 for other plans.
std::int64_t elements_written_in_place(const Plan& plan) {
  constexpr std::int64_t most = std::int64_t{1} << 24;
  if (plan.stages.size() != 1) return 0;
  const auto* const write = std::get_if<Write>(&plan.stages.front().work);
  if (!write || write->body.program || write->body.inputs.size() != 1) return 0;
  const AlongNode* const along = graph::along_of(*write->body.inputs.front());
  if (!along || along->one_result || !is_view(*along->input)) return 0;
  return std::min(most, plan.stages.front().domain.elements() / (4 * plan.threads));
}

}  // namespace

std::int64_t first_slab_elements(const Plan& plan, std::int64_t usual, std::uint64_t limit) {
  if (plan.lines.empty()) return usual;
  const bool reads = std::ranges::any_of(plan.stages, [&](const Stage& stage) { return needs_reading(plan, stage); });
  if (!reads) return std::max(usual, elements_written_in_place(plan));
  const std::int64_t enough = std::int64_t{1} << 22;
  const auto most = static_cast<std::int64_t>(std::bit_floor(std::max<std::uint64_t>(limit / 32, 1)));
  return std::max(usual, plan.whole_blocks ? enough : std::min(most, std::int64_t{1} << 30));
}

Shape piece_of_lines(const Plan& plan, const Node& node, const Shape& box) {
  const auto known = plan.lines.find(&node);
  if (known == plan.lines.end() || known->second.whole) return box;
  return piece_shape(box, plan.whole_blocks ? known->second.block : known->second.least, plan.slab_elements);
}

std::int64_t most_piece_elements(const Plan& plan, const Node& node, std::int64_t elements) {
  const auto known = plan.lines.find(&node);
  if (known == plan.lines.end()) return elements;
  const Shape& least = plan.whole_blocks ? known->second.block : known->second.least;
  return std::min(elements, std::max(plan.slab_elements, least.elements()));
}

std::string longest_line(const Plan& plan) {
  const Node* longest = nullptr;
  std::size_t bytes = held_lines_bytes;  // shorter ones take no more than others
  for (const auto& [node, lines] : plan.lines)
    if (const std::size_t own = one_line_bytes(*graph::along_of(*node), node->dtype); own > bytes)
      longest = node, bytes = own;
  if (!longest) return {};
  const AlongNode& along = *graph::along_of(*longest);
  return "; a thread holds whole lines of " + describe(*longest) + ", of which one has " +
         std::to_string(along.input->shape[along.axis]) + " elements and takes " +
         format_bytes(static_cast<double>(bytes)) + " with its result";
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
