#include "runtime/plan/explain.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "chunkwise/core/array_handle.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/optimize/rewrite.hpp"
#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Nodes with numbers, inputs before those who use them. Of a long join the first parts are shown.
class Listing {
 public:
  explicit Listing(const Graph& graph) {
    for (const NodePtr& output : graph.outputs) visit(*output);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> result;
    for (const Node* node : order_) {
      std::string line = label(*node) + ": " + describe(*node);
      const std::string from = inputs(*node);
      if (!from.empty()) line += " of " + from;
      line += ", " + std::string(name_of(node->dtype)) + " " + to_string(node->shape);
      result.push_back(std::move(line));
    }
    return result;
  }
  [[nodiscard]] std::string dot() const {
    std::string text = "digraph chunkwise {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans\"];\n";
    for (const Node* node : order_) {
      text += "  " + label(*node) + " [label=\"" + escape(describe(*node)) + "\\n" + std::string(name_of(node->dtype)) +
              " " + to_string(node->shape) + "\"];\n";
      for_each_shown(*node, [&](const Node& input) { text += "  " + label(input) + " -> " + label(*node) + ";\n"; });
    }
    return text + "}\n";
  }

 private:
  static constexpr std::size_t shown_parts = 4;
  /// All inputs, but the first of a join.
  static std::size_t shown_inputs(const Node& node) {
    const std::size_t inputs = inputs_of(node).size();
    return graph::flow_of(node) == graph::Flow::elsewhere ? std::min(inputs, shown_parts) : inputs;
  }
  template <class Visit>
  static void for_each_shown(const Node& node, Visit&& visit) {
    const std::span<const NodePtr> inputs = inputs_of(node);
    for (const NodePtr& input : inputs.first(shown_inputs(node))) visit(*input);
  }
  void visit(const Node& node) {
    if (numbers_.contains(&node)) return;
    for_each_shown(node, [this](const Node& input) { visit(input); });
    numbers_.emplace(&node, order_.size());
    order_.push_back(&node);
  }
  [[nodiscard]] std::string label(const Node& node) const { return "n" + std::to_string(numbers_.at(&node)); }
  [[nodiscard]] std::string inputs(const Node& node) const {
    std::string text;
    for_each_shown(node, [&](const Node& input) { text += (text.empty() ? "" : ", ") + label(input); });
    if (inputs_of(node).size() > shown_inputs(node)) text += ", ...";
    return text;
  }
  static std::string escape(const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    return result;
  }
  std::unordered_map<const Node*, std::size_t> numbers_;
  std::vector<const Node*> order_;
};

std::string engine(const Body& body) {
  if (!body.program) return {};
  return body.kernel ? " (native)" : " (interpreted)";
}

std::string text_of(const Body& body) { return body.program ? to_string(*body.program) : describe(*body.node); }

/// Why maps that feed other nodes were left as they are.
void note_fusion(const Plan& plan, Explanation& explanation) {
  for (const Stage& stage : plan.stages) {
    for (const ReduceTask& task : stage.reductions)
      if (task.body.program && graph::elementwise_of(*task.body.node))
        explanation.fused.push_back("map " + to_string(*task.body.program) + " into its reduction");
    if (stage.reductions.size() + stage.writes.size() > 1 ||
        (stage.reductions.size() == 1 && stage.reductions[0].results.size() > 1)) {
      std::size_t users = stage.writes.size();
      for (const ReduceTask& task : stage.reductions) users += task.results.size();
      explanation.fused.push_back("one read of " + to_string(stage.domain) + " for " + std::to_string(users) +
                                  " results");
    }
  }
  const auto slots = optimize::count_slots(plan.graph);
  std::unordered_map<const Node*, bool> seen;
  const auto visit = [&](const auto& self, const Node& node) -> void {
    if (!seen.emplace(&node, true).second) return;
    for (const NodePtr& input : inputs_of(node)) {
      const MapNode* const outer = graph::elementwise_of(node);
      const MapNode* const inner = graph::elementwise_of(*input);
      if (outer && inner) {
        std::string why = "the pass is switched off";
        if (!(input->shape == node.shape))
          why = "it is broadcast from " + to_string(input->shape) + " to " + to_string(node.shape) +
                " and would be computed again for each repetition";
        else if (outer->program->function() || inner->program->function())
          why = "a call of a function of your own has a kernel of its own";
        else if (outer->program->operations() + inner->program->operations() > max_operations)
          why = "the program would have more than " + std::to_string(max_operations) + " operations";
        else if (inner->program->is_costly() && slots.at(input.get()) > 1)
          why = "it is costly and wanted in " + std::to_string(slots.at(input.get())) +
                " places, so it is computed once for all of them, slab by slab";
        explanation.not_fused.push_back("map " + to_string(*inner->program) + " into map " +
                                        to_string(*outer->program) + ": " + why);
      }
      if (inner && graph::flow_of(node) == graph::Flow::elsewhere)
        explanation.not_fused.push_back("map " + to_string(*inner->program) + " with what follows: it is " +
                                        (inputs_of(node).size() > 1 ? "joined with other arrays" : "indexed") +
                                        " first, so its elements are computed slab by slab");
      self(self, *input);
    }
  };
  for (const NodePtr& output : plan.graph.outputs) visit(visit, *output);
}

}  // namespace

Explanation explain(const Plan& plan, const Graph& before, const std::string& backend) {
  Explanation explanation;
  explanation.backend = backend;
  const Listing after(plan.graph);
  explanation.before = Listing(before).lines();
  explanation.after = after.lines();
  explanation.dot = after.dot();
  explanation.memory_bound = plan.memory.total();
  for (const SourceRead& read : plan.reads) {
    explanation.sources.push_back({read.source, read.bytes});
    explanation.bytes_read = added_up(explanation.bytes_read, read.bytes);
  }
  for (const Stage& stage : plan.stages) {
    StageExplanation s;
    s.domain = to_string(stage.domain);
    s.chunks = to_string(stage.grid);
    for (const ReduceTask& task : stage.reductions) {
      std::string text;
      for (const NodePtr& result : task.results) text += (text.empty() ? "" : "; ") + describe(*result);
      s.tasks.push_back(text + " of " + text_of(task.body) + engine(task.body));
      s.native = s.native && (!task.body.program || task.body.kernel);
    }
    for (const WriteTask& task : stage.writes) {
      const std::string what =
          stage.kept ? "keep what is broadcast: " : "write output " + std::to_string(task.output) + ": ";
      s.tasks.push_back(what + text_of(task.body) + engine(task.body));
      s.native = s.native && (!task.body.program || task.body.kernel);
    }
    if (__builtin_mul_overflow(stage.grid.chunks(), static_cast<std::int64_t>(s.tasks.size()), &s.task_count))
      s.task_count = std::numeric_limits<std::int64_t>::max();
    for (const SourceRead& read : reads_of(plan, stage)) s.bytes_read = added_up(s.bytes_read, read.bytes);
    explanation.stages.push_back(std::move(s));
  }
  note_fusion(plan, explanation);
  return explanation;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan

namespace chunkwise::inline CHUNKWISE_ABI {

std::ostream& operator<<(std::ostream& out, const Explanation& e) {
  const auto list = [&out](const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out << title << '\n';
    for (const std::string& line : lines) out << "  " << line << '\n';
  };
  list("Graph before the passes", e.before);
  list("Graph after the passes", e.after);
  out << "Plan on " << e.backend << ": " << e.stages.size() << (e.stages.size() == 1 ? " stage" : " stages")
      << ", reads " << format_bytes(static_cast<double>(e.bytes_read)) << ", at most "
      << format_bytes(static_cast<double>(e.memory_bound)) << " of memory\n";
  for (std::size_t i = 0; i < e.stages.size(); ++i) {
    const StageExplanation& s = e.stages[i];
    out << "  stage " << i << " over " << s.domain << ", " << s.chunks << ", " << s.task_count
        << (s.task_count == 1 ? " task" : " tasks") << ", reads " << format_bytes(static_cast<double>(s.bytes_read))
        << '\n';
    for (const std::string& task : s.tasks) out << "    " << task << '\n';
  }
  constexpr std::size_t shown = 6;
  if (!e.sources.empty()) out << "Reads\n";
  for (std::size_t i = 0; i < std::min(shown, e.sources.size()); ++i)
    out << "  " << format_bytes(static_cast<double>(e.sources[i].bytes)) << " of " << e.sources[i].source << '\n';
  if (e.sources.size() > shown) out << "  ... and " << e.sources.size() - shown << " more sources\n";
  list("Fused", e.fused);
  list("Not fused", e.not_fused);
  return out;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
