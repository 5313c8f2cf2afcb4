#include "runtime/expr/term.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "chunkwise/expr/meaning.hpp"
#include "chunkwise/lower.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::terms {

namespace {

bool is_slot(const Instruction& i) { return i.code == OpCode::input || i.code == OpCode::parameter; }

/// Returns the operations of the program that a term is becoming; 0 of an array that is there.
std::size_t operations(const Term& term) {
  return static_cast<std::size_t>(std::ranges::count_if(term.code, [](const Instruction& i) { return !is_slot(i); }));
}

/// Writes a program in post-order: slots are numbered as they appear.
class Writer {
 public:
  /// Writes an element of an array, as an input or by its own program; returns the position of its value.
  std::uint16_t array(Term term, bool fused) {
    if (!fused || term.node) {
      const DType dtype = term.dtype;
      const auto slot = static_cast<std::uint16_t>(term_.inputs.size());
      term_.inputs.push_back(array_of(std::move(term)).node);
      return append({OpCode::input, dtype, dtype, {slot}});
    }
    const auto base = static_cast<std::uint16_t>(term_.code.size());
    const std::size_t inputs = term_.inputs.size();
    const std::size_t parameters = term_.parameters.size();
    for (Instruction i : term.code) {
      if (i.code == OpCode::input)
        i.arguments[0] = static_cast<std::uint16_t>(i.arguments[0] + inputs);
      else if (i.code == OpCode::parameter)
        i.arguments[0] = static_cast<std::uint16_t>(i.arguments[0] + parameters);
      else
        for (int a = 0; a < op::find(i.code)->arity; ++a)
          i.arguments[static_cast<std::size_t>(a)] =
              static_cast<std::uint16_t>(i.arguments[static_cast<std::size_t>(a)] + base);
      append(i);
    }
    std::ranges::move(term.inputs, std::back_inserter(term_.inputs));
    std::ranges::move(term.parameters, std::back_inserter(term_.parameters));
    return static_cast<std::uint16_t>(term_.code.size() - 1);
  }
  std::uint16_t number(const Number& value, DType type) {
    const auto slot = static_cast<std::uint16_t>(term_.parameters.size());
    term_.parameters.push_back(std::visit([&](auto v) { return detail::weak_to_scalar(v, type); }, value));
    return append({OpCode::parameter, type, type, {slot}});
  }
  std::uint16_t append(const Instruction& instruction) {
    term_.code.push_back(instruction);
    return static_cast<std::uint16_t>(term_.code.size() - 1);
  }
  /// Returns the program that was written, as an array of this type, shape and labels.
  Term take(DType dtype, const Shape& shape, Labels labels) {
    term_.dtype = dtype;
    term_.shape = shape;
    term_.labels = std::move(labels);
    return std::move(term_);
  }

 private:
  Term term_;
};

/// Returns which operands become part of the operation's program: from the left, as many as fit (lower.hpp, Fusion).
std::vector<bool> fused_operands(const std::vector<Operand>& operands, std::size_t own) {
  std::vector<bool> fused;
  ProgramRoom room{own};
  for (const Operand& operand : operands) {
    const Term* term = std::get_if<Term>(&operand);
    fused.push_back(room.take(term ? operations(*term) : 0));
  }
  return fused;
}

void check_fits(const Number& number, DType type) {
  dispatch(type, [&](auto zero) {
    std::visit(
        [](auto value) { detail::check_fits<decltype(zero)>(value, "the array beside it; cast the array first"); },
        number);
  });
}

}  // namespace

WeakKind kind_of(const Number& a) {
  return std::holds_alternative<bool>(a)     ? WeakKind::boolean
         : std::holds_alternative<double>(a) ? WeakKind::floating
                                             : WeakKind::integer;
}

Term term_of(const UntypedArray& array) {
  Term term;
  term.dtype = array.node->dtype;
  term.shape = array.shape;
  term.labels = array.labels;
  term.node = array.node;
  return term;
}

UntypedArray array_of(Term term) {
  if (!term.node)
    term.node = build::map(std::make_shared<const Program>(std::move(term.code)), std::move(term.inputs),
                           std::move(term.parameters));
  return {std::move(term.node), term.shape, std::move(term.labels)};
}

Term apply(const op::Description& operation, std::vector<Operand> operands) {
  std::vector<op::OperandType> types;
  std::size_t arrays = 0;
  for (const Operand& operand : operands) {
    const Term* term = std::get_if<Term>(&operand);
    types.push_back(term ? op::OperandType{term->dtype, false, WeakKind::floating}
                         : op::OperandType{DType::float64, true, kind_of(std::get<Number>(operand))});
    arrays += term != nullptr;
  }
  const op::ResolvedTypes resolved = op::resolve(operation.signature, types);
  if (!resolved.valid)
    throw Error(ErrorCode::type_mismatch,
                "'" + std::string(operation.name) + "' is not defined for " +
                    std::string(op::undefined_for(operation.signature)) +
                    (operation.signature == op::Signature::arithmetic ? " arrays; use ~, != or astype first"
                                                                      : " numbers; use astype first"));

  Shape shape;
  Labels labels;
  bool first = true;
  for (const Operand& operand : operands) {
    const Term* term = std::get_if<Term>(&operand);
    if (!term) {
      check_fits(std::get<Number>(operand), resolved.compute);
    } else if (std::exchange(first, false)) {
      shape = term->shape;
      labels = arrays == 1 ? map_labels(term->labels, meaning_of_one(operation.code, operation.arity)) : term->labels;
    } else {
      labels = broadcast_labels(labels, shape.rank(), term->labels, term->shape.rank(), meaning_of(operation.code));
      shape = broadcast(shape, term->shape);
    }
  }

  const auto wanted = [&](std::size_t i) {
    return operation.signature == op::Signature::selection && i == 0 ? DType::boolean : resolved.compute;
  };
  const auto casts = [&](std::size_t i) { return !types[i].weak && types[i].dtype != wanted(i); };
  std::size_t own = 1;
  for (std::size_t i = 0; i < operands.size(); ++i) own += casts(i);
  const std::vector<bool> fused = fused_operands(operands, own);
  Writer writer;
  Instruction last{operation.code, resolved.compute, resolved.result, {}};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::uint16_t position = 0;
    if (Term* term = std::get_if<Term>(&operands[i])) {
      const bool convert = casts(i);
      position = writer.array(std::move(*term), fused[i]);
      if (convert) position = writer.append({op::Cast::code, types[i].dtype, wanted(i), {position}});
    } else {
      position = writer.number(std::get<Number>(operands[i]), wanted(i));
    }
    last.arguments[i] = position;
  }
  writer.append(last);
  return writer.take(resolved.result, shape, std::move(labels));
}

Term cast(Term term, DType target) {
  const DType from = term.dtype;
  const Shape shape = term.shape;
  // A bool tells of a number only that it is not 0.
  Labels labels = map_labels(term.labels, target == DType::boolean ? Meaning::elementwise : Meaning::converted);
  const bool fused = ProgramRoom{1}.take(operations(term));
  Writer writer;
  const std::uint16_t position = writer.array(std::move(term), fused);
  writer.append({op::Cast::code, from, target, {position}});
  return writer.take(target, shape, std::move(labels));
}

Term settled(Term term) { return term_of(array_of(std::move(term))); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::terms
