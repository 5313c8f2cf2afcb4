#include "runtime/cli/reads.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "chunkwise/plot/picture.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::cli {

namespace {

/// Indices from first to last along one axis.
struct Stretch {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const Stretch&) const = default;
};
using Box = std::vector<Stretch>;  // one an axis

Box whole(const Shape& shape) {
  Box box;
  for (int axis = 0; axis < shape.rank(); ++axis) box.push_back({0, shape[axis] - 1});
  return box;
}

Region region_of(const Box& box) {
  Region region;
  for (const Stretch& part : box) region.push_back({part.first, 1, part.last - part.first + 1});
  return region;
}

Box box_of(const Region& region) {
  Box box;
  for (const AxisRange& range : region) {
    const std::int64_t end = range.start + range.step * (range.count - 1);
    box.push_back({std::min(range.start, end), std::max(range.start, end)});
  }
  return box;
}

/// The parts of each variable that a graph reads, from its output down.
class Reads {
 public:
  Reads(const NodePtr& output, const std::vector<FormulaVariable>& opened) {
    for (const FormulaVariable& variable : opened) variables_.insert(variable.joined.array.node.get());
    order(output);
    if (output->shape.elements() > 0) add(*output, whole(output->shape));
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) hand_down(**node);
  }
  [[nodiscard]] const std::vector<Box>& of(const Node& node) const {
    static const std::vector<Box> none;
    const auto found = boxes_.find(&node);
    return found == boxes_.end() ? none : found->second;
  }

 private:
  /// Takes inputs before the nodes that are made from them.
  void order(const NodePtr& node) {
    if (!seen_.insert(node.get()).second) return;
    if (!variables_.contains(node.get()))
      for (const NodePtr& input : inner_inputs_of(*node)) order(input);
    order_.push_back(node.get());
  }
  void add(const Node& node, Box box) {
    std::vector<Box>& boxes = boxes_[&node];
    if (std::find(boxes.begin(), boxes.end(), box) != boxes.end()) return;
    constexpr std::size_t most = 8;
    if (boxes.size() < most) {
      boxes.push_back(std::move(box));
      return;
    }
    for (std::size_t i = 0; i < box.size(); ++i)
      boxes.back()[i] = {std::min(boxes.back()[i].first, box[i].first), std::max(boxes.back()[i].last, box[i].last)};
  }
  void hand_down(const Node& node) {
    if (variables_.contains(&node) || graph::joins_sources(node)) return;
    const std::span<const NodePtr> inputs = inputs_of(node);
    for (const Box& box : std::vector<Box>(of(node)))
      graph::for_each_box(node, region_of(box), [&](std::size_t input, const Region& region) {
        if (region.elements() > 0) add(*inputs[input], box_of(region));
      });
  }

  std::unordered_set<const Node*> variables_;
  std::unordered_set<const Node*> seen_;
  std::vector<const Node*> order_;
  std::unordered_map<const Node*, std::vector<Box>> boxes_;
};

/// A variable's times, if an axis has any.
struct Times {
  std::size_t axis;
  TimeUnits units;
  std::vector<double> numbers;
  bool days;  // all at midnight
  std::string written_units;

  /// Returns the earliest and the latest time of a part, in whatever order they are.
  [[nodiscard]] std::string text(Stretch part) const {
    std::optional<double> earliest, latest;
    for (std::int64_t i = part.first; i <= part.last; ++i) {
      const double number = numbers[static_cast<std::size_t>(i)];
      if (std::isnan(number)) continue;
      earliest = std::min(earliest.value_or(number), number);
      latest = std::max(latest.value_or(number), number);
    }
    if (!earliest) return "times that are missing";
    std::string first = time_text(units, *earliest, days), last = time_text(units, *latest, days), unit;
    if (first == last && first != "?" && *earliest != *latest)  // they differ in fractions of a second
      first = exact_time_text(units, *earliest), last = exact_time_text(units, *latest);
    if (first == "?" || last == "?") {  // no calendar has them
      first = rounded_text(*earliest);
      last = rounded_text(*latest);
      unit = " " + written_units;
    }
    return (first == last ? first : first + " to " + last) + unit;
  }
};

std::optional<Times> times_of(const UntypedArray& array) {
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const Coordinate& coordinate = array.labels.coordinate(axis);
    const auto units = time_units_of(coordinate);
    if (!units || coordinate.size() != array.shape[axis] || coordinate.size() == 0) continue;
    Times times{static_cast<std::size_t>(axis), *units, coordinate.to_vector(), true, {}};
    for (const double number : times.numbers) {
      const std::string text = time_text(*units, number);
      times.days = times.days && (text == "?" || text.ends_with(" 00:00"));
    }
    times.written_units = text_attribute(coordinate.attributes(), "units");
    return times;
  }
  return std::nullopt;
}

/// Finds out whether a graph makes deviations, node by node (are_deviations).
class Deviations {
 public:
  explicit Deviations(const std::vector<FormulaVariable>& opened) : opened_(opened) {}

  [[nodiscard]] bool is(const Node& node) const {
    for (const FormulaVariable& variable : opened_)
      if (variable.joined.array.node.get() == &node)
        return plot::are_deviations(variable.joined.array.labels).value_or(false);
    if (graph::flow_of(node) == graph::Flow::elsewhere)
      return !graph::joins_sources(node) && is(*inputs_of(node).front());
    if (const MapNode* const map = graph::elementwise_of(node)) return is(*map, map->program->code().size() - 1);
    if (const AlongNode* const along = graph::along_of(node)) {
      const linewise::Description* const function = linewise::find(along->function);
      const bool are_windows = along->function == linewise::Windows::code;
      const bool keeps = are_windows ? keeps_deviations(linewise::aggregate_of_windows(along->parameters.data()))
                                     : function != nullptr && function->meaning != Meaning::elementwise;
      return keeps && is(*along->input);
    }
    const FoldNode* const reduce = graph::fold_of(node);
    return reduce != nullptr && keeps_deviations(reduce->op) && is(*reduce->input);
  }

 private:
  [[nodiscard]] static bool keeps_deviations(AggregateCode aggregate) {
    const aggregate::Description* const known = aggregate::find(aggregate);
    if (known == nullptr) return false;  // a user's own, whose meaning nobody knows
    const Meaning meaning = known->meaning;
    return meaning == Meaning::mean || meaning == Meaning::sum || meaning == Meaning::minimum ||
           meaning == Meaning::maximum || meaning == Meaning::part;
  }
  [[nodiscard]] bool is(const MapNode& map, std::size_t at) const {
    const auto code = map.program->code();
    const Instruction& step = code[at];
    const auto is_number = [&](std::size_t i) { return code[step.arguments[i]].code == OpCode::parameter; };
    if (step.code == OpCode::input) return is(*map.inputs[step.arguments[0]]);
    if (step.code == op::Subtract::code) {
      if (!is_number(0) && !is_number(1)) return true;
      return is(map, step.arguments[is_number(0) ? 1 : 0]);
    }
    if (step.code == op::Multiply::code || step.code == op::Add::code)
      return is(map, step.arguments[is_number(0) ? 1 : 0]);
    // A cast has one argument, as its type does not change the quantity.
    if (step.code == op::Divide::code || step.code == op::Negate::code || step.code == op::Cast::code)
      return !is_number(0) && is(map, step.arguments[0]);
    return false;
  }

  const std::vector<FormulaVariable>& opened_;
};

}  // namespace

std::string origin_of(const UntypedArray& array, const std::vector<FormulaVariable>& opened) {
  if (opened.empty()) return {};
  const auto& files = opened.front().joined.files;
  std::string text = files.size() == 1 ? std::filesystem::path(files.front()).filename().string()
                                       : std::to_string(files.size()) + " files";
  const Reads reads(array.node, opened);
  // The shortest first: the moment that is shown, then the times that it is compared with.
  std::set<std::pair<std::int64_t, std::string>> found;
  for (const FormulaVariable& variable : opened) {
    const auto times = times_of(variable.joined.array);
    if (!times) continue;
    for (const Box& box : reads.of(*variable.joined.array.node)) {
      const Stretch part = box[times->axis];
      found.emplace(part.last - part.first, times->text(part));
    }
  }
  std::vector<std::string> stretches;
  for (const auto& [length, stretch] : found)
    if (std::find(stretches.begin(), stretches.end(), stretch) == stretches.end()) stretches.push_back(stretch);
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(stretches.size(), most); ++i)
    text += (i == 0 ? ", " : i + 1 == stretches.size() ? " and " : ", ") + stretches[i];
  if (stretches.size() > most) text += ", ...";
  return text;
}

bool are_deviations(const UntypedArray& array, const std::vector<FormulaVariable>& opened) {
  return Deviations(opened).is(*array.node);
}

}  // namespace chunkwise::cli
