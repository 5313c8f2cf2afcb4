#include "runtime/notation/roles.hpp"

#include <algorithm>
#include <limits>
#include <numbers>
#include <string>
#include <unordered_set>

#include "chunkwise/notation.hpp"
#include "runtime/notation/functions.hpp"
#include "runtime/notation/place.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// A value on the stack: the quoted words that it may consist of, and whether it is a keyword's.
struct Waiting {
  std::vector<std::size_t> quoted;
  bool is_keyword = false;
  bool has_words = false;  ///< is an attribute, or has a quoted subscript: text beside it may be a season or a time
};

class Roles {
 public:
  Roles(std::vector<Step>& steps, const std::function<std::vector<std::string>()>& variables)
      : steps_(steps), variables_(variables) {}

  void run() {
    for (std::size_t i = 0; i < steps_.size(); ++i) take(i);
  }

 private:
  void take(std::size_t i) {
    using Kind = Step::Kind;
    const Step& step = steps_[i];
    switch (step.kind) {
      case Kind::name:
        stack_.emplace_back();
        stack_.back().has_words = with_words_.contains(step.text);
        return;
      case Kind::number:
      case Kind::variable:
      case Kind::ellipsis:
      case Kind::missing:
        stack_.emplace_back();
        return;
      case Kind::quoted:
        stack_.push_back({{i}});
        return;
      case Kind::unary:
        return take_values(1, 1);
      case Kind::attribute:
        take_values(1, 1);
        stack_.back().has_words = true;
        return;
      case Kind::binary: {
        const bool beside_words = stack_.back().has_words || stack_[stack_.size() - 2].has_words;
        return take_values(2, is_comparison(step.text) && beside_words ? 0 : 2);
      }
      case Kind::slice:
        return take_values(3, 0);
      case Kind::subscript: {
        const bool has_words = step.count == 1 && stack_.back().quoted.size() == 1;
        take_values(step.count + 1, 1);
        stack_.back().has_words = has_words;
        return;
      }
      case Kind::method: {
        const Function* function = find_function(step.text);
        return take_values(step.count + 1, function && function->is_method ? function->arrays : 1);
      }
      case Kind::call:
        return take_values(step.count, arrays_of(step));
      case Kind::keyword:
        stack_.back().is_keyword = true;
        return;
      case Kind::tuple:
      case Kind::list: {
        Waiting tuple;
        for (std::size_t at = stack_.size() - step.count; at < stack_.size(); ++at)
          tuple.quoted.insert(tuple.quoted.end(), stack_[at].quoted.begin(), stack_[at].quoted.end());
        stack_.resize(stack_.size() - step.count);
        stack_.push_back(std::move(tuple));
        return;
      }
      case Kind::result:
        if (stack_.back().has_words && !step.text.empty()) with_words_.insert(step.text);
        take_values(1, 1);
        stack_.pop_back();
        return;
    }
  }

  /// Returns the number of a function's first arguments that are arrays.
  [[nodiscard]] std::size_t arrays_of(const Step& step) const {
    if (const Function* function = find_function(step.text))
      return function->takes_more ? step.count : function->arrays;
    if (element_type(without_prefix(step.text))) return 1;
    const std::vector<std::string> names = function_names();
    const std::string word(without_prefix(step.text));
    const auto is_line = [&](const Step& line) { return line.kind == Step::Kind::result && line.text == word; };
    const std::vector<std::string> variables = variables_ ? variables_() : std::vector<std::string>();
    if (std::ranges::find(variables, word) != variables.end() || std::ranges::any_of(steps_, is_line))
      throw Mistake{ErrorCode::not_found,
                    "unknown function '" + word + "'; '" + word +
                        "' is a name of this formula's, and elements of an array are taken in brackets: " + word +
                        "[0]",
                    step.offset};
    if (const std::string_view reason = why_absent(word); !reason.empty())
      throw Mistake{ErrorCode::not_found, "there is no function '" + word + "': " + std::string(reason), step.offset};
    const std::string guess = did_you_mean(word, names);
    throw Mistake{ErrorCode::not_found,
                  "unknown function '" + word + "'" + (guess.empty() ? choices(word, names) : guess), step.offset};
  }

  /// Replaces the last values, the first of which are arrays, by one.
  void take_values(std::size_t count, std::size_t arrays) {
    const std::size_t first = stack_.size() - count;
    for (std::size_t at = first; at < stack_.size() && at - first < arrays; ++at)
      if (!stack_[at].is_keyword)
        for (const std::size_t i : stack_[at].quoted) steps_[i].kind = Step::Kind::variable;
    stack_.resize(first);
    stack_.emplace_back();
  }

  std::vector<Step>& steps_;
  const std::function<std::vector<std::string>()>& variables_;
  std::vector<Waiting> stack_;
  std::unordered_set<std::string_view> with_words_;  ///< names of lines
};

}  // namespace

bool is_comparison(std::string_view sign) {
  return sign == "==" || sign == "!=" || sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
}

std::optional<std::variant<Number, NoValue>> constant(std::string_view name) {
  if (name == "True") return Number(true);
  if (name == "False") return Number(false);
  if (name == "nan") return Number(std::numeric_limits<double>::quiet_NaN());
  if (name == "inf") return Number(std::numeric_limits<double>::infinity());
  if (name == "pi") return Number(std::numbers::pi);
  if (name == "None" || name == "newaxis") return NoValue{};
  return std::nullopt;
}

void assign_roles(std::vector<Step>& steps, const std::function<std::vector<std::string>()>& variables) {
  Roles(steps, variables).run();
}

std::vector<std::string> names_used(const TextArgument& text) {
  std::vector<Step> steps = parse(text);
  try {
    assign_roles(steps);
  } catch (const Mistake& mistake) {
    throw error_at(mistake.code, mistake.message, text, mistake.offset);
  }
  std::vector<std::string> used;
  std::unordered_set<std::string_view> known;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::result) known.insert(step.text);
    const bool plain = step.kind == Step::Kind::name && !constant(without_prefix(step.text)) &&
                       !element_type(without_prefix(step.text)) && without_prefix(step.text) == step.text;
    if ((plain || step.kind == Step::Kind::variable) && known.insert(step.text).second) used.emplace_back(step.text);
  }
  return used;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
