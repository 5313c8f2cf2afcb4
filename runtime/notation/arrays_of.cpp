#include <algorithm>
#include <unordered_map>
#include <utility>

#include "chunkwise/notation.hpp"
#include "chunkwise/op/numpy.hpp"
#include "runtime/notation/functions.hpp"
#include "runtime/notation/place.hpp"
#include "runtime/notation/value.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Walks the steps of a text with a stack of values.
class Evaluator {
 public:
  explicit Evaluator(const Variables& variables) : variables_(variables) {}

  void take(const Step& step) {
    using Kind = Step::Kind;
    ++steps_of_line_;
    const auto is_name = step.kind == Kind::name || step.kind == Kind::variable;
    if (step.kind != Kind::result) last_name_ = is_name ? std::optional(step.text) : std::nullopt;
    switch (step.kind) {
      case Kind::number:
        return push(step, step.number);
      case Kind::name:
        return name(step);
      case Kind::variable:
        return variable(step);
      case Kind::quoted:
        return push(step, Word{step.text});
      case Kind::ellipsis:
        return push(step, Ellipses{});
      case Kind::missing:
        return push(step, LeftOut{});
      case Kind::unary:
        return unary_operator(step);
      case Kind::binary:
        return binary_operator(step);
      case Kind::tuple:
        return push(step, Tuple{pop(step.count), false});
      case Kind::list:
        return push(step, Tuple{pop(step.count), true});
      case Kind::slice:
        return push(step, Slice{pop(3)});
      case Kind::subscript: {
        std::vector<Value> subscripts = pop(step.count);
        if (Tuple* const several = std::get_if<Tuple>(&stack_.back().data)) {
          Tuple own = std::move(*several);
          stack_.pop_back();
          stack_.push_back(one_of_several(std::move(own), subscripts, step.offset));
          return;
        }
        const Word* const word = subscripts.size() == 1 ? subscripts[0].as<Word>() : nullptr;
        if (word) {
          const Term array = take_array(pop(), "a subscript");
          return push(step, named_coordinate(array, word->text, subscripts[0].offset));
        }
        return push(step, subscripted(take_array(pop(), "a subscript"), std::move(subscripts), step.offset,
                                      variables_.backend));
      }
      case Kind::call: {
        std::vector<Value> arguments = pop(step.count);
        leave_out_keep_attrs(arguments);
        open_grid(step, arguments);
        if (variables_.skipna) skip_by_default(step, arguments);
        if (is_of(step, Function::Kind::slice)) return push(step, slice_call(step.offset, std::move(arguments)));
        if (is_of(step, Function::Kind::groups) || is_of(step, Function::Kind::windows))
          return groups(step, std::move(arguments));
        if (looks_up(step)) return look_up(step, std::move(arguments));
        return push(step, call(step.text, step.offset, std::move(arguments)));
      }
      case Kind::method: {
        std::vector<Value> arguments = pop(step.count + 1);
        leave_out_keep_attrs(arguments);
        open_grid(step, arguments);
        if (variables_.skipna && !arguments[0].as<Windows>()) skip_by_default(step, arguments);
        if (Grouped* grouped = std::get_if<Grouped>(&arguments[0].data)) {
          Grouped own = std::move(*grouped);
          arguments.erase(arguments.begin());
          return push(step, grouped_method(step.text, step.offset, std::move(own), std::move(arguments)));
        }
        if (arguments[0].as<Windows>() || arguments[0].as<Weighted>()) {
          const Value own = std::move(arguments[0]);
          arguments.erase(arguments.begin());
          if (const Windows* windows = own.as<Windows>())
            return push(step, windows_method(step.text, step.offset, *windows, std::move(arguments)));
          return push(step, weighted_method(step.text, step.offset, *own.as<Weighted>(), std::move(arguments)));
        }
        if (!arguments[0].as<Term>())
          throw Mistake{ErrorCode::type_mismatch,
                        quoted(step.text) + " is a method of arrays, and this is " + describe(arguments[0]),
                        step.offset};
        if (is_of(step, Function::Kind::groups) || is_of(step, Function::Kind::windows))
          return groups(step, std::move(arguments));
        if (looks_up(step) && find_function(step.text)->is_method) return look_up(step, std::move(arguments));
        if (step.text == "where")
          return push(step, where_method(step.offset, std::move(arguments), variables_.backend));
        return push(step, call_method(step.text, step.offset, std::move(arguments)));
      }
      case Kind::attribute:
        return attribute(step);
      case Kind::keyword:
        stack_.back().keyword = step.text;
        stack_.back().keyword_offset = step.offset;
        return;
      case Kind::result:
        return result(step);
    }
  }

  /// Returns the results: expressions without a name, names that no later line uses, and those that are kept.
  [[nodiscard]] std::vector<Output> take_outputs(std::span<const std::string> keep) {
    for (const std::string& name : keep) this->keep(name);
    std::vector<Output> outputs;
    for (Line& line : lines_)
      if (line.array && (!line.used || line.kept)) outputs.push_back({std::string(line.name), *std::move(line.array)});
    if (outputs.empty())
      throw Mistake{ErrorCode::invalid_argument,
                    "a result is an array, and '" + std::string(lines_.back().name) + "' is " + lines_.back().text(),
                    lines_.back().offset};
    return outputs;
  }

 private:
  static bool is_of(const Step& step, Function::Kind kind) {
    const Function* function = find_function(step.text);
    return function && function->kind == kind;
  }
  void groups(const Step& step, std::vector<Value> arguments) {
    if (is_of(step, Function::Kind::windows))
      return std::visit([&](auto made) { push(step, std::move(made)); },
                        windows_call(*find_function(step.text), step.offset, std::move(arguments)));
    push(step, grouping_call(*find_function(step.text), step.offset, std::move(arguments), variables_.backend));
  }

  /// Adds skipna=True to the arguments of a function that has a variant without NaN, unless they say so or otherwise.
  static void skip_by_default(const Step& step, std::vector<Value>& arguments) {
    if (std::ranges::find(arguments, "skipna", &Value::keyword) != arguments.end()) return;
    const Function* const function = find_function(step.text);
    const bool is_weighted = !arguments.empty() && arguments[0].as<Weighted>();
    const bool averages = function && function->kind == Function::Kind::average;
    if (!is_weighted && !averages && (!function || !find_function("nan" + std::string(function->name)))) return;
    Value& skip = arguments.emplace_back();
    skip.data = Number(true);
    skip.offset = skip.keyword_offset = step.offset;
    skip.keyword = "skipna";
  }

  /// Replaces the text that names the grid of a file, beside regrid, by an array on this grid.
  void open_grid(const Step& step, std::vector<Value>& arguments) const {
    if (!variables_.on_grid || !is_of(step, Function::Kind::grids) || arguments.size() < 2) return;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      Value& value = arguments[i];
      const Word* const word = value.as<Word>();
      if (!word || (i == 1 ? !value.keyword.empty() && value.keyword != "grid" : value.keyword != "grid")) continue;
      if (const std::optional<UntypedArray> found = variables_.on_grid(word->text)) value.data = term_of(*found);
    }
  }

  /// Takes xarray's keep_attrs out of arguments: attributes that still hold are kept in any case.
  static void leave_out_keep_attrs(std::vector<Value>& arguments) {
    std::erase_if(arguments, [](const Value& value) {
      return value.keyword == "keep_attrs" && (value.as<Number>() || value.as<NoValue>());
    });
  }

  /// Returns whether a call may have to find something out before its result is known.
  static bool looks_up(const Step& step) {
    return is_of(step, Function::Kind::several) || is_of(step, Function::Kind::search) ||
           is_of(step, Function::Kind::selection);
  }
  void look_up(const Step& step, std::vector<Value> arguments) {
    const Function& function = *find_function(step.text);
    if (function.kind == Function::Kind::search)
      push(step, search_call(function, step.offset, std::move(arguments), variables_.backend));
    else if (function.kind == Function::Kind::selection)
      push(step, selection_call(function, step.offset, std::move(arguments), variables_.backend));
    else
      push(step, several_call(function, step.offset, std::move(arguments), variables_.backend));
  }

  template <class Data>
  void push(const Step& step, Data data) {
    stack_.push_back({std::move(data), step.offset});
  }
  Value pop() {
    Value value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  std::vector<Value> pop(std::size_t count) {
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Value> values(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
    stack_.erase(first, stack_.end());
    return values;
  }

  void name(const Step& step) {
    const std::string_view plain = without_prefix(step.text);
    if (const auto known = constant(plain)) return std::visit([&](auto value) { push(step, value); }, *known);
    if (const auto type = element_type(plain)) return push(step, ElementType{*type});
    if (plain != step.text)
      throw Mistake{ErrorCode::not_found,
                    "no '" + std::string(plain) + "' of NumPy's here; variables stand without 'np.'", step.offset};
    variable(step);
  }

  /// Pushes the value of a name: that of the earlier line with this name, else the variable.
  void variable(const Step& step) {
    if (Line* line = line_of(step.text)) {
      line->used = true;
      if (line->several) return push(step, Tuple(*line->several));
      return line->array ? push(step, term_of(*line->array)) : push(step, line->number);
    }
    push(step, term_of(array(step)));
  }

  const UntypedArray& array(const Step& step) {
    const std::string name(step.text);
    if (const auto known = arrays_.find(name); known != arrays_.end()) return known->second;
    if (std::optional<UntypedArray> found = variables_.find ? variables_.find(name) : std::nullopt)
      return arrays_.emplace(name, *std::move(found)).first->second;
    if (step.kind == Step::Kind::name && find_function(name))
      throw Mistake{ErrorCode::not_found, "'" + name + "' is a function; its arguments stand in parentheses",
                    step.offset};
    std::vector<std::string> names = variables_.names ? variables_.names() : std::vector<std::string>{};
    for (const std::string& given : given_names()) names.push_back(given);
    std::string guess = choices(name, names);
    const std::vector<std::string> types = element_type_names();
    if (step.kind == Step::Kind::name && did_you_mean(name, names).empty()) guess = did_you_mean(name, types) + guess;
    throw Mistake{ErrorCode::not_found, "no variable '" + name + "'" + guess, step.offset};
  }

  void unary_operator(const Step& step) {
    Value value = pop();
    if (const Number* number = value.as<Number>()) {
      const bool inverts = step.text == "~" && kind_of(*number) == WeakKind::integer;
      if ((step.text == "~" || step.text == "!") && !inverts)
        throw Mistake{ErrorCode::type_mismatch,
                      quoted(step.text) + " inverts arrays" + (step.text == "~" ? " and ints" : "") + ", and this is " +
                          describe(value),
                      step.offset};
      return push(step, calculate(step.text, *number));
    }
    Term term = take_array(std::move(value), quoted(step.text));
    if (step.text == "+") {
      if (term.dtype == DType::boolean)
        throw Mistake{ErrorCode::type_mismatch, "'+' is not defined for bool arrays", step.offset};
      return push(step, std::move(term));
    }
    std::vector<Operand> operands;
    operands.emplace_back(std::move(term));
    const op::Description& operation = *operation_of(step, operands);
    push(step, apply(operation, std::move(operands)));
  }

  void binary_operator(const Step& step) {
    const std::string who = quoted(step.text);
    std::vector<Operand> operands;
    for (Value& value : worded(step, ungrouped(pop(2)))) operands.push_back(take_operand(std::move(value), who));
    if (std::holds_alternative<Number>(operands[0]) && std::holds_alternative<Number>(operands[1]))
      return push(step, calculate(step.text, std::get<Number>(operands[0]), std::get<Number>(operands[1])));
    lay_by_names(operands);
    const op::Description* operation = operation_of(step, operands);
    if (!operation)
      throw Mistake{ErrorCode::unsupported, "there is no operation " + who + " on arrays; there are " + signs(),
                    step.offset};
    push(step, apply(*operation, std::move(operands)));
  }

  /// Returns two operands. If one is in groups, these are its elements, and for each of them the other's of its group.
  static std::vector<Value> ungrouped(std::vector<Value> operands) {
    for (int side = 0; side < 2; ++side) {
      Value& own = operands[static_cast<std::size_t>(side)];
      Value& other = operands[static_cast<std::size_t>(1 - side)];
      const Grouped* grouped = own.as<Grouped>();
      if (!grouped) continue;
      if (other.as<Grouped>())
        throw Mistake{ErrorCode::type_mismatch, "of two operands one can be in groups", other.offset};
      other = spread_over_groups(*grouped, std::move(other));
      own.data = Term(*grouped->array);
      break;
    }
    return operands;
  }

  /// Returns two operands of a comparison. Beside an array of seasons or times text is the number that it stands for.
  static std::vector<Value> worded(const Step& step, std::vector<Value> operands) {
    if (!is_comparison(step.text)) return operands;
    for (int side = 0; side < 2; ++side) {
      Value& own = operands[static_cast<std::size_t>(side)];
      const Term* const beside = operands[static_cast<std::size_t>(1 - side)].as<Term>();
      if (own.as<Word>() && beside) own.data = number_of_word(*beside, own);
    }
    return operands;
  }

  static std::string signs() {
    std::string all;
    for (const op::NumpyNames& names : op::numpy_names)
      if (!names.sign.empty() && op::find(names.code)->arity == 2)
        all += (all.empty() ? "" : " ") + std::string(names.sign);
    return all;
  }

  /// Returns the operation of a sign; null if there is none. NumPy's & | ^ ~ are logic if all operands are bool, as in
  /// C++ (expr/bits.hpp), else they work on the bits of integers; C++'s && || ! take the truth of any type.
  static const op::Description* operation_of(const Step& step, const std::vector<Operand>& operands) {
    const op::Description* operation = find_sign(step.text, static_cast<int>(operands.size()));
    if (!operation || operation->signature != op::Signature::integral) return operation;
    const bool logic = std::ranges::all_of(operands, [](const Operand& operand) {
      const Term* term = std::get_if<Term>(&operand);
      return term ? term->dtype == DType::boolean : kind_of(std::get<Number>(operand)) == WeakKind::boolean;
    });
    if (logic)
      return op::find(operation->code == op::BitwiseAnd::code   ? op::LogicalAnd::code
                      : operation->code == op::BitwiseOr::code  ? op::LogicalOr::code
                      : operation->code == op::BitwiseXor::code ? op::NotEqual::code
                                                                : op::LogicalNot::code);
    for (const Operand& operand : operands) refuse_floating(*operation, step, operand);
    return operation;
  }

  static void refuse_floating(const op::Description& operation, const Step& step, const Operand& operand) {
    const Term* term = std::get_if<Term>(&operand);
    const bool floating = term ? is_floating(term->dtype) : kind_of(std::get<Number>(operand)) == WeakKind::floating;
    if (!floating) return;
    const bool excludes = operation.code == op::BitwiseXor::code;
    const std::string logical = operation.code == op::BitwiseAnd::code  ? "logical_and"
                                : operation.code == op::BitwiseOr::code ? "logical_or"
                                                                        : "logical_not";
    throw Mistake{
        ErrorCode::type_mismatch,
        quoted(step.text) + " works on bool arrays and integers, and here is " +
            (term ? "one of " + std::string(name_of(term->dtype))
                  : "the number " + to_string(std::get<Number>(operand))) +
            (excludes ? "; put comparisons into parentheses, (a > 0) ^ (b > 0); a power is written **"
                      : "; put comparisons into parentheses, (a > 0) & (b > 0), or write " + logical + "(...)"),
        step.offset};
  }

  void attribute(const Step& step) {
    if (step.text == "T" && stack_.back().as<Term>()) {
      std::vector<Value> array;
      array.push_back(pop());
      return push(step, call("transpose", step.offset, std::move(array)));
    }
    if (const Times* const times = stack_.back().as<Times>()) {
      Term part = part_of_times(*times, step.text, step.offset);
      stack_.pop_back();
      return push(step, std::move(part));
    }
    // xarray's ways to the elements, which are an array here as well.
    if ((step.text == "values" || step.text == "data") && stack_.back().as<Term>()) return;
    if (const Term* const array = stack_.back().as<Term>()) {
      if (std::optional<Term> coordinate = coordinate_term(*array, step.text)) {
        stack_.pop_back();
        return push(step, *std::move(coordinate));
      }
      if (step.text == "dt") {
        Times times = times_of(*array, step.offset, variables_.backend);
        stack_.pop_back();
        return push(step, std::move(times));
      }
    }
    const Function* function = find_function(step.text);
    throw Mistake{
        ErrorCode::not_found,
        function && function->is_method
            ? quoted(step.text) + " is a method; its arguments stand in parentheses: ." + std::string(step.text) + "()"
            : "arrays have no attribute '" + std::string(step.text) + "' in this notation",
        step.offset};
  }

  void result(const Step& step) {
    Value value = pop();
    const std::string name(step.text);
    const std::size_t steps = std::exchange(steps_of_line_, 0);
    const bool named_number = !name.empty() && value.as<Number>();
    const bool named_arrays = !name.empty() && is_several(value);
    if (!value.as<Term>() && !named_number && !named_arrays) {
      if (value.as<Tuple>() && name.empty())
        throw Mistake{ErrorCode::invalid_argument, "a result is one array; several are separated by ';'", value.offset};
      throw Mistake{ErrorCode::invalid_argument,
                    (name.empty() ? "a result is an array, and this is "
                                  : "a name stands for an array or a number, and this is ") +
                        describe(value),
                    value.offset};
    }
    if (!name.empty() && (constant(name) || element_type(name)))
      throw Mistake{ErrorCode::invalid_argument, "'" + name + "' has a meaning already; choose another name",
                    step.offset};
    if (!name.empty() && line_of(name))
      throw Mistake{ErrorCode::invalid_argument, "an earlier line is called '" + name + "'; choose another name",
                    step.offset};
    // A line that is only the name of another one asks for that one.
    if (name.empty() && steps == 2 && last_name_)
      if (Line* asked = line_of(*last_name_)) {
        asked->kept = true;
        return;
      }
    Line line{step.text, step.offset, {}, {}, {}};
    if (named_number)
      line.number = *value.as<Number>();
    else if (named_arrays)
      line.several = *value.as<Tuple>();
    else
      line.array = array_of(std::get<Term>(std::move(value.data)));
    if (!name.empty()) line_of_name_.emplace(step.text, lines_.size());
    lines_.push_back(std::move(line));
  }

  /// Returns whether a value is several arrays, as a function of them has made it.
  static bool is_several(const Value& value) {
    const Tuple* const tuple = value.as<Tuple>();
    return tuple && !tuple->values.empty() &&
           std::ranges::all_of(tuple->values, [](const Value& one) { return one.as<Term>() != nullptr; });
  }

  /// The value of a line: an array, or, if it has a name, a number or several arrays.
  struct Line {
    std::string_view name;
    std::size_t offset = 0;
    std::optional<UntypedArray> array;
    std::optional<Tuple> several;
    Number number{};
    bool used = false;  ///< by a later line
    bool kept = false;  ///< a result although it is used

    /// What a line that is no array is.
    [[nodiscard]] std::string text() const {
      if (several) return std::to_string(several->values.size()) + " arrays, of which one is taken by an int";
      return "the number " + to_string(number);
    }
  };

  Line* line_of(std::string_view name) {
    const auto at = line_of_name_.find(name);
    return at == line_of_name_.end() ? nullptr : &lines_[at->second];
  }
  [[nodiscard]] std::vector<std::string> given_names() const {
    std::vector<std::string> names;
    for (const Line& line : lines_)
      if (!line.name.empty()) names.emplace_back(line.name);
    return names;
  }

  void keep(const std::string& name) {
    Line* line = name.empty() ? nullptr : line_of(name);
    if (!line) {
      const std::vector<std::string> names = given_names();
      throw Mistake{
          ErrorCode::not_found,
          "no line gives the name '" + name + "', which is to be kept" +
              (names.empty() ? "; give it, as in: " + (name.empty() ? "m" : name) + " = ..." : choices(name, names)),
          0};
    }
    if (!line->array)
      throw Mistake{ErrorCode::invalid_argument, "'" + name + "' is " + line->text() + ", and what is kept is an array",
                    line->offset};
    line->kept = true;
  }

  const Variables& variables_;
  std::unordered_map<std::string, UntypedArray> arrays_;  ///< variables that were asked for
  std::vector<Value> stack_;
  std::vector<Line> lines_;
  std::unordered_map<std::string_view, std::size_t> line_of_name_;
  std::size_t steps_of_line_ = 0;
  std::optional<std::string_view> last_name_;  ///< of the last step, if it is a name
};

}  // namespace

std::vector<Output> arrays_of(const TextArgument& text, const Variables& variables, std::span<const std::string> keep) {
  std::vector<Step> steps = parse(text);
  std::size_t here = 0;
  try {
    assign_roles(steps, variables.names);
    Evaluator evaluator(variables);
    for (const Step& step : steps) {
      here = step.offset;
      evaluator.take(step);
    }
    return evaluator.take_outputs(keep);
  } catch (const Mistake& mistake) {
    throw error_at(mistake.code, mistake.message, text, mistake.offset);
  } catch (const Error& error) {
    throw error_at(error.code(), error.what(), text, here);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
