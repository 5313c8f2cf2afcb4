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
    switch (step.kind) {
      case Kind::number:
        return push(step, step.number);
      case Kind::name:
        return name(step);
      case Kind::variable:
        return push(step, term_of(variable(step)));
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
        return push(step, Tuple{pop(step.count)});
      case Kind::slice:
        return push(step, Slice{pop(3)});
      case Kind::subscript: {
        std::vector<Value> subscripts = pop(step.count);
        return push(step, subscripted(take_array(pop(), "a subscript"), std::move(subscripts), step.offset));
      }
      case Kind::call:
        return push(step, call(step.text, step.offset, pop(step.count)));
      case Kind::method: {
        std::vector<Value> arguments = pop(step.count + 1);
        if (!arguments[0].as<Term>())
          throw Mistake{ErrorCode::type_mismatch,
                        "'" + std::string(step.text) + "' is a method of arrays, and this is " + describe(arguments[0]),
                        step.offset};
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

  [[nodiscard]] std::vector<Output> take_outputs() { return std::move(outputs_); }

 private:
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
    push(step, term_of(variable(step)));
  }

  const ArrayHandle& variable(const Step& step) {
    const std::string name(step.text);
    if (const auto known = arrays_.find(name); known != arrays_.end()) return known->second;
    if (std::optional<ArrayHandle> found = variables_.find ? variables_.find(name) : std::nullopt)
      return arrays_.emplace(name, *std::move(found)).first->second;
    if (step.kind == Step::Kind::name && find_function(name))
      throw Mistake{ErrorCode::not_found, "'" + name + "' is a function; its arguments stand in parentheses",
                    step.offset};
    std::vector<std::string> names = variables_.names ? variables_.names() : std::vector<std::string>{};
    for (const Output& output : outputs_)
      if (!output.name.empty()) names.push_back(output.name);
    std::string guess = choices(name, names);
    const std::vector<std::string> types = element_type_names();
    if (step.kind == Step::Kind::name && did_you_mean(name, names).empty()) guess = did_you_mean(name, types) + guess;
    throw Mistake{ErrorCode::not_found, "no variable '" + name + "'" + guess, step.offset};
  }

  void unary_operator(const Step& step) {
    Value value = pop();
    if (const Number* number = value.as<Number>()) {
      if (step.text == "~" || step.text == "!")
        throw Mistake{ErrorCode::type_mismatch,
                      "'" + std::string(step.text) + "' inverts arrays, and this is " + describe(value), step.offset};
      return push(step, calculate(step.text, *number));
    }
    Term term = take_array(std::move(value), "'" + std::string(step.text) + "'");
    if (step.text == "+") {
      if (term.dtype == DType::boolean)
        throw Mistake{ErrorCode::type_mismatch, "'+' is not defined for bool arrays", step.offset};
      return push(step, std::move(term));
    }
    const op::Description& operation = *find_sign(step.text, 1);
    require_bool(operation, step, term);
    std::vector<Operand> operands;
    operands.emplace_back(std::move(term));
    push(step, apply(operation, std::move(operands)));
  }

  void binary_operator(const Step& step) {
    const std::string who = "'" + std::string(step.text) + "'";
    std::vector<Operand> operands;
    for (Value& value : pop(2)) operands.push_back(take_operand(std::move(value), who));
    if (std::holds_alternative<Number>(operands[0]) && std::holds_alternative<Number>(operands[1]))
      return push(step, calculate(step.text, std::get<Number>(operands[0]), std::get<Number>(operands[1])));
    const op::Description* operation = find_sign(step.text, 2);
    if (!operation)
      throw Mistake{ErrorCode::unsupported, "there is no operation " + who + " on arrays; there are " + signs(),
                    step.offset};
    for (const Operand& operand : operands) require_bool(*operation, step, operand);
    push(step, apply(*operation, std::move(operands)));
  }

  static std::string signs() {
    std::string all;
    for (const op::NumpyNames& names : op::numpy_names)
      if (!names.sign.empty() && op::find(names.code)->arity == 2)
        all += (all.empty() ? "" : " ") + std::string(names.sign);
    return all;
  }

  /// NumPy's & | ~ work on the bits of integers; chunkwise has them for bool alone. C++'s && || ! take the truth of any
  /// type, as in C++.
  static void require_bool(const op::Description& operation, const Step& step, const Operand& operand) {
    if (operation.signature != op::Signature::logical || step.text == "&&" || step.text == "||" || step.text == "!")
      return;
    const Term* term = std::get_if<Term>(&operand);
    const bool fits = term ? term->dtype == DType::boolean : kind_of(std::get<Number>(operand)) == WeakKind::boolean;
    if (fits) return;
    throw Mistake{ErrorCode::type_mismatch,
                  "'" + std::string(step.text) + "' works on bool arrays, and here is " +
                      (term ? "one of " + std::string(name_of(term->dtype))
                            : "the number " + to_string(std::get<Number>(operand))) +
                      "; put comparisons into parentheses, (a > 0) & (b > 0), or write " + std::string(operation.name) +
                      "(...)",
                  step.offset};
  }

  [[noreturn]] static void attribute(const Step& step) {
    const Function* function = find_function(step.text);
    throw Mistake{ErrorCode::not_found,
                  function && function->is_method
                      ? "'" + std::string(step.text) + "' is a method; its arguments stand in parentheses: ." +
                            std::string(step.text) + "()"
                      : "arrays have no attribute '" + std::string(step.text) + "' in this notation",
                  step.offset};
  }

  void result(const Step& step) {
    Value value = pop();
    const std::string name(step.text);
    if (value.as<Tuple>())
      throw Mistake{ErrorCode::invalid_argument, "a result is one array; several are separated by ';'", value.offset};
    if (!value.as<Term>())
      throw Mistake{ErrorCode::invalid_argument, "a result is an array, and this is " + describe(value), value.offset};
    if (!name.empty() && (constant(name) || element_type(name)))
      throw Mistake{ErrorCode::invalid_argument, "'" + name + "' has a meaning already; choose another name",
                    step.offset};
    for (const Output& output : outputs_)
      if (!name.empty() && output.name == name)
        throw Mistake{ErrorCode::invalid_argument, "there is a result '" + name + "' already; choose another name",
                      step.offset};
    ArrayHandle array = array_of(std::get<Term>(std::move(value.data)));
    if (!name.empty()) arrays_.insert_or_assign(name, array);
    outputs_.push_back({name, std::move(array)});
  }

  const Variables& variables_;
  std::unordered_map<std::string, ArrayHandle> arrays_;
  std::vector<Value> stack_;
  std::vector<Output> outputs_;
};

}  // namespace

std::vector<Output> evaluate(std::string_view text, const Variables& variables) {
  std::vector<Step> steps = parse(text);
  std::size_t here = 0;
  try {
    assign_roles(steps);
    Evaluator evaluator(variables);
    for (const Step& step : steps) {
      here = step.offset;
      evaluator.take(step);
    }
    return evaluator.take_outputs();
  } catch (const Mistake& mistake) {
    throw error_at(mistake.code, mistake.message, text, mistake.offset);
  } catch (const Error& error) {
    throw error_at(error.code(), error.what(), text, here);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
