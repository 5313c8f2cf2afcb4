#include "runtime/cli/quantity.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>

#include "chunkwise/graph/node.hpp"
#include "chunkwise/op/aggregate/numpy.hpp"
#include "chunkwise/op/line/numpy.hpp"
#include "chunkwise/op/numpy.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::cli {

namespace {

template <class Rows, class Code>
std::string numpy_name(const Rows& rows, Code code) {
  const auto row = std::ranges::find_if(rows, [&](const auto& candidate) { return candidate.code == code; });
  return row == std::end(rows) ? std::string() : std::string(row->name);
}

std::string long_name(const Labels& labels) {
  std::string name = text_attribute(labels.attributes(), "long_name");
  if (!name.empty()) return name;
  name = text_attribute(labels.attributes(), "standard_name");
  std::ranges::replace(name, '_', ' ');
  return name;
}

/// Returns the quantity that a statistic is of a quantity; none if either is unknown.
std::optional<std::string> statistic(Meaning meaning, const std::string& function,
                                     const std::optional<std::string>& of) {
  if (!of || function.empty()) return std::nullopt;
  switch (meaning) {
    case Meaning::part:
    case Meaning::mean:
    case Meaning::minimum:
    case Meaning::maximum:
    case Meaning::median:
    case Meaning::sum:
      return of;
    case Meaning::deviation:
      return "standard deviation of " + *of;
    case Meaning::variance:
      return "variance of " + *of;
    default:
      return function + " of " + *of;
  }
}

/// Names quantities without their units, node by node.
class Quantities {
 public:
  explicit Quantities(const std::vector<FormulaVariable>& opened) : opened_(opened) {}

  /// Returns the quantity of a node. Each node is asked once, however many ways lead to it.
  [[nodiscard]] std::optional<std::string> of(const Node& node) {
    const auto known = known_.find(&node);
    return known != known_.end() ? known->second : known_.emplace(&node, find(node)).first->second;
  }

 private:
  [[nodiscard]] std::optional<std::string> find(const Node& node) {
    for (const FormulaVariable& variable : opened_)
      if (variable.joined.array.node.get() == &node) {
        const std::string name = long_name(variable.joined.array.labels);
        return name.empty() ? variable.joined.array.labels.name() : name;
      }
    if (graph::flow_of(node) == graph::Flow::elsewhere) return of_all(inputs_of(node));
    if (const FoldNode* const fold = graph::fold_of(node)) return of_aggregate(fold->op, *fold->input);
    if (const AlongNode* const along = graph::along_of(node); along && along->function == linewise::Windows::code) {
      const AggregateCode code = linewise::aggregate_of_windows(along->parameters.data());
      return of_aggregate(code, *along->input);
    }
    if (const AlongNode* const along = graph::along_of(node); along && !along->own)
      return statistic(linewise::find(along->function)->meaning, numpy_name(linewise::numpy_names, along->function),
                       of(*along->input));
    if (const MapNode* const map = graph::elementwise_of(node)) return of(*map);
    return std::nullopt;
  }
  /// Returns the quantity of an aggregate of an array; none for a user's own, whose meaning nobody knows.
  [[nodiscard]] std::optional<std::string> of_aggregate(AggregateCode code, const Node& array) {
    const aggregate::Description* const known = aggregate::find(code);
    if (known == nullptr) return std::nullopt;
    return statistic(known->meaning, numpy_name(aggregate::numpy_names, code), of(array));
  }
  [[nodiscard]] std::optional<std::string> of_all(std::span<const NodePtr> nodes) {
    std::optional<std::string> all;
    for (const NodePtr& node : nodes) {
      std::optional<std::string> one = of(*node);
      if (!one || (all && *all != *one)) return std::nullopt;
      all = std::move(one);
    }
    return all;
  }
  /// Returns the quantity of one operation of one array; a cast does not change it.
  [[nodiscard]] std::optional<std::string> of(const MapNode& map) {
    if (map.inputs.size() != 1 || !map.parameters.empty()) return std::nullopt;
    std::optional<std::string> quantity = of(*map.inputs.front());
    std::string function;
    for (const Instruction& step : map.program->code()) {
      if (step.code == OpCode::input || step.code == op::Cast::code) continue;
      if (!function.empty()) return std::nullopt;
      function = numpy_name(op::numpy_names, step.code);
      if (function.empty()) return std::nullopt;
    }
    if (quantity && !function.empty()) quantity = function + " of " + *quantity;
    return quantity;
  }

  const std::vector<FormulaVariable>& opened_;
  std::unordered_map<const Node*, std::optional<std::string>> known_;
};

/// Returns the last of the expressions of a text.
std::string last_expression(const std::string& text) {
  constexpr const char* blank = " \t\n";
  const std::size_t end = text.find_last_not_of(" \t\n;");
  if (end == std::string::npos) return {};
  std::size_t begin = text.find_last_of(";\n", end);
  begin = text.find_first_not_of(blank, begin == std::string::npos ? 0 : begin + 1);
  return text.substr(begin, end + 1 - begin);
}

}  // namespace

std::string quantity_of(const Formula& formula, const std::string& text) {
  const UntypedArray& array = formula.arrays.front();
  std::optional<std::string> quantity = Quantities(formula.opened).of(*array.node);
  const std::string& given = formula.names.front();
  if (!quantity) quantity = given.empty() ? last_expression(text) : given;
  const std::string units = text_attribute(array.labels.attributes(), "units");
  const bool plain = units.empty() || units == "1" || units == *quantity;
  return *quantity + (quantity->empty() || plain ? "" : ", ") + (plain ? "" : units);
}

}  // namespace chunkwise::cli
