#include "runtime/plan/explain.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// Nodes with numbers, inputs before the nodes that use them. Of a long join the first parts are shown.
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
  /// Returns the number of inputs that are shown: all of them, or the first ones of a join.
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
    for (const char c : printable(text)) {
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

/// Returns the work of a stage, a line a task.
std::vector<std::string> tasks_of(const Stage& stage) {
  std::vector<std::string> tasks;
  for (const FoldTask& task : folds_of(stage)) {
    std::string text;
    for (const NodePtr& result : task.results) text += (text.empty() ? "" : "; ") + describe(*result);
    if (task.written) text += ", written as output " + std::to_string(*task.written);
    tasks.push_back(text + " of " + text_of(task.body) + engine(task.body));
  }
  const auto add_write = [&tasks](const Write& write) {
    tasks.push_back("write output " + std::to_string(write.output) + ": " + text_of(write.body) + engine(write.body));
  };
  if (const auto* const write = std::get_if<Write>(&stage.work)) add_write(*write);
  if (const auto* const shared = std::get_if<Shared>(&stage.work))
    for (const Write& write : shared->writes) add_write(write);
  if (const auto* const materialise = std::get_if<Materialise>(&stage.work))
    tasks.push_back("keep what is broadcast: " + text_of(materialise->body) + engine(materialise->body));
  return tasks;
}

}  // namespace

Explanation explain(const Plan& plan, const Graph& before, const std::string& backend,
                    std::span<const PassReport> passes) {
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
    s.tasks = tasks_of(stage);
    for (const Body* const body : bodies_of(stage)) s.native = s.native && (!body->program || body->kernel);
    if (__builtin_mul_overflow(stage.grid.chunks(), static_cast<std::int64_t>(s.tasks.size()), &s.task_count))
      s.task_count = std::numeric_limits<std::int64_t>::max();
    for (const SourceRead& read : reads_of(plan, stage)) s.bytes_read = added_up(s.bytes_read, read.bytes);
    explanation.stages.push_back(std::move(s));
  }
  for (const PassReport& report : passes) {
    explanation.passes.push_back({std::string(report.pass), report.seconds});
    explanation.fused.insert(explanation.fused.end(), report.notes.all_done().begin(), report.notes.all_done().end());
    explanation.not_fused.insert(explanation.not_fused.end(), report.notes.all_left().begin(),
                                 report.notes.all_left().end());
  }
  return explanation;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan

namespace chunkwise::inline CHUNKWISE_ABI {

std::ostream& operator<<(std::ostream& out, const Explanation& e) {
  const auto list = [&out](const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out << title << '\n';
    for (const std::string& line : lines) out << "  " << printable(line) << '\n';
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
    for (const std::string& task : s.tasks) out << "    " << printable(task) << '\n';
  }
  constexpr std::size_t shown = 6;
  if (!e.sources.empty()) out << "Reads\n";
  for (std::size_t i = 0; i < std::min(shown, e.sources.size()); ++i)
    out << "  " << format_bytes(static_cast<double>(e.sources[i].bytes)) << " of " << printable(e.sources[i].source)
        << '\n';
  if (e.sources.size() > shown) out << "  ... and " << e.sources.size() - shown << " more sources\n";
  list("Fused", e.fused);
  list("Not fused", e.not_fused);
  return out;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
