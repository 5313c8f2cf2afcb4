#include "runtime/cli/reads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/plot/picture.hpp"

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

/// The part of an index's input that a part of the index is made from.
Box below(const IndexNode& index, const Box& box) {
  Box result;
  std::size_t axis = 0;
  for (const AxisSubscript& subscript : index.subscripts) {
    if (subscript.kind == AxisSubscript::Kind::integer) {
      result.push_back({subscript.range.start, subscript.range.start});
      continue;
    }
    const Stretch part = box[axis++];
    if (subscript.kind == AxisSubscript::Kind::create) continue;
    const std::int64_t a = subscript.range.start + part.first * subscript.range.step;
    const std::int64_t b = subscript.range.start + part.last * subscript.range.step;
    result.push_back({std::min(a, b), std::max(a, b)});
  }
  return result;
}

Box below(const ReduceNode& reduce, const Box& box) {
  Box result;
  std::size_t axis = 0;
  for (int i = 0; i < reduce.input->shape.rank(); ++i) {
    const bool reduced = (reduce.axes >> static_cast<unsigned>(i) & 1U) != 0;
    if (reduced)
      result.push_back({0, reduce.input->shape[i] - 1});
    else
      result.push_back(box[axis]);
    if (!reduced || reduce.keepdims) ++axis;
  }
  return result;
}

/// The part of an operand that is broadcast into a part of the result.
Box below_broadcast(const Node& operand, const Box& box) {
  Box result;
  const std::size_t first = box.size() - static_cast<std::size_t>(operand.shape.rank());
  for (int i = 0; i < operand.shape.rank(); ++i)
    result.push_back(operand.shape[i] == 1 ? Stretch{0, 0} : box[first + static_cast<std::size_t>(i)]);
  return result;
}

/// The parts of each variable that a graph reads, from its output down.
class Reads {
 public:
  Reads(const NodePtr& output, const std::vector<OpenedVariable>& opened) {
    for (const OpenedVariable& variable : opened) variables_.insert(variable.joined.array.node.get());
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
  /// Inputs before what is made from them.
  void order(const NodePtr& node) {
    if (!seen_.insert(node.get()).second) return;
    if (!variables_.contains(node.get())) for_each_inner_input(*node, [&](const NodePtr& input) { order(input); });
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
    if (variables_.contains(&node)) return;
    for (const Box& box : std::vector<Box>(of(node))) {
      if (const auto* index = node.as<IndexNode>())
        add(*index->input, below(*index, box));
      else if (const auto* reduce = node.as<ReduceNode>())
        add(*reduce->input, below(*reduce, box));
      else if (const auto* map = node.as<MapNode>())
        for (const NodePtr& input : map->inputs) add(*input, below_broadcast(*input, box));
      else if (const auto* joined = node.as<ConcatenateNode>())
        hand_to_parts(*joined, box);
    }
  }
  void hand_to_parts(const ConcatenateNode& joined, const Box& box) {
    if (joined.of_sources) return;
    const auto axis = static_cast<std::size_t>(joined.axis);
    for (std::size_t i = 0; i < joined.parts->size(); ++i) {
      const std::int64_t begin = (*joined.offsets)[i], end = (*joined.offsets)[i + 1];
      if (box[axis].last < begin || box[axis].first >= end) continue;
      Box part = box;
      part[axis] = {std::max(box[axis].first, begin) - begin, std::min(box[axis].last, end - 1) - begin};
      add(*(*joined.parts)[i], std::move(part));
    }
  }

  std::unordered_set<const Node*> variables_;
  std::unordered_set<const Node*> seen_;
  std::vector<const Node*> order_;
  std::unordered_map<const Node*, std::vector<Box>> boxes_;
};

std::string number_text(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", number);
  return text;
}

/// A variable's times, if an axis has any.
struct Times {
  std::size_t axis;
  TimeUnits units;
  std::vector<double> numbers;
  bool days;  // all at midnight
  std::string written_units;

  /// The earliest and the latest time of a part, in whatever order they are.
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
    if (first == "?" || last == "?") {  // no calendar has them
      first = number_text(*earliest);
      last = number_text(*latest);
      unit = " " + written_units;
    }
    return (first == last ? first : first + " to " + last) + unit;
  }
};

std::optional<Times> times_of(const ArrayHandle& array) {
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const Coordinate& coordinate = array.labels.coordinate(axis);
    const auto units = time_units_of(coordinate);
    if (!units || coordinate.size() != array.shape[axis] || coordinate.size() == 0) continue;
    Times times{static_cast<std::size_t>(axis), *units, coordinate.to_vector(), true, {}};
    for (const double number : times.numbers) {
      const std::string text = time_text(*units, number);
      times.days = times.days && (text == "?" || text.ends_with(" 00:00"));
    }
    for (const Attribute& attribute : coordinate.attributes())
      if (const auto* text = std::get_if<std::string>(&attribute.value); text && attribute.name == "units")
        times.written_units = *text;
    return times;
  }
  return std::nullopt;
}

/// The program's operation at `at`, or what it is an operation of: see are_deviations.
class Deviations {
 public:
  explicit Deviations(const std::vector<OpenedVariable>& opened) : opened_(opened) {}

  [[nodiscard]] bool is(const Node& node) const {
    for (const OpenedVariable& variable : opened_)
      if (variable.joined.array.node.get() == &node)
        return plot::are_deviations(variable.joined.array.labels).value_or(false);
    if (const auto* index = node.as<IndexNode>()) return is(*index->input);
    if (const auto* joined = node.as<ConcatenateNode>()) return !joined->of_sources && is(*joined->parts->front());
    if (const auto* map = node.as<MapNode>()) return is(*map, map->program->code().size() - 1);
    const auto* reduce = node.as<ReduceNode>();
    if (reduce == nullptr) return false;
    switch (reduce->op) {
      case ReduceOp::mean:
      case ReduceOp::nanmean:
      case ReduceOp::sum:
      case ReduceOp::nansum:
      case ReduceOp::minimum:
      case ReduceOp::nanminimum:
      case ReduceOp::maximum:
      case ReduceOp::nanmaximum:
        return is(*reduce->input);
      default:
        return false;
    }
  }

 private:
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
    // A cast has one argument, as its type does not change what is meant.
    if (step.code == op::Divide::code || step.code == op::Negate::code || step.code == op::Cast::code)
      return !is_number(0) && is(map, step.arguments[0]);
    return false;
  }

  const std::vector<OpenedVariable>& opened_;
};

}  // namespace

std::string origin_of(const ArrayHandle& array, const std::vector<OpenedVariable>& opened) {
  if (opened.empty()) return {};
  const auto& files = opened.front().joined.files;
  std::string text = files.size() == 1 ? std::filesystem::path(files.front()).filename().string()
                                       : std::to_string(files.size()) + " files";
  const Reads reads(array.node, opened);
  // The shortest first: the moment that is shown, then what it is compared with.
  std::set<std::pair<std::int64_t, std::string>> found;
  for (const OpenedVariable& variable : opened) {
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

bool are_deviations(const ArrayHandle& array, const std::vector<OpenedVariable>& opened) {
  return Deviations(opened).is(*array.node);
}

}  // namespace chunkwise::cli
