#include <algorithm>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns f(); turns its errors into Mistakes at the value's place.
template <class F>
auto about(const Value& value, F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), value.offset};
  }
}

int one_axis(const Value& value, const Term& array) {
  const int rank = array.shape.rank();
  if (const Word* word = value.as<Word>()) return about(value, [&] { return array.labels.axis(word->text, rank); });
  if (value.as<Term>())
    throw Mistake{ErrorCode::type_mismatch,
                  "an axis is an int, a dimension's name in quotes or a tuple of them, and this is " + describe(value) +
                      "; the smaller and larger of two arrays are minimum(a, b) and maximum(a, b)",
                  value.offset};
  return about(
      value, [&] { return normalize_axis(take_int(value, "an axis that is not a dimension's name in quotes"), rank); });
}

/// Returns bit i for axis i; every axis for None and if no axis is given.
std::uint32_t axes_of(const Value* axis, const Term& array) {
  if (!axis || axis->as<NoValue>()) return (1U << array.shape.rank()) - 1U;
  const Tuple* tuple = axis->as<Tuple>();
  if (!tuple) return 1U << one_axis(*axis, array);
  std::uint32_t bits = 0;
  for (const Value& value : tuple->values) {
    const int number = one_axis(value, array);
    if (bits >> number & 1U)
      throw Mistake{ErrorCode::invalid_argument, "axis " + std::to_string(number) + " is named twice", value.offset};
    bits |= 1U << number;
  }
  if (bits == 0)
    throw Mistake{ErrorCode::invalid_argument, "no axis in the tuple; leave axis out to reduce them all", axis->offset};
  return bits;
}

Term reduction(const Function& function, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* axis = arguments.option("axis", 1);
  const bool keepdims = truth(arguments.find("keepdims"), "keepdims");
  const Value* ddof = arguments.find("ddof");
  const std::int64_t freedom = ddof ? take_int(*ddof, "ddof") : 0;
  Term array = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const std::uint32_t axes = axes_of(axis, array);
  Labels labels = reduce_labels(array.labels, array.shape.rank(), axes, keepdims, function.aggregate->meaning);
  NodePtr node = build::fold(function.aggregate->code, array_of(std::move(array)).node, axes, keepdims, freedom);
  const Shape shape = node->shape;
  return term_of({std::move(node), shape, std::move(labels)});
}

/// Returns the axis along which lines run.
int line_axis(const Function& function, std::size_t offset, const Value* axis, const Term& array) {
  const int rank = array.shape.rank();
  const bool is_one_axis = axis && !axis->as<NoValue>() && !axis->as<Tuple>();
  if (rank == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  offset};
  if (is_one_axis) return one_axis(*axis, array);
  if (!axis && (rank == 1 || function.default_axis == linewise::DefaultAxis::last)) return rank - 1;
  if (rank == 1 && axis->as<NoValue>()) return 0;
  throw Mistake{ErrorCode::invalid_argument,
                quoted(function.name) +
                    " goes along one axis, by number or name, and does not make one line of an array of " +
                    std::to_string(rank) + " axes: " + signature_of(function),
                axis ? axis->offset : offset};
}

Term along(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* axis = arguments.option("axis", 1);
  const bool keepdims = truth(arguments.find("keepdims"), "keepdims");
  Term array = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const int along = line_axis(function, offset, axis, array);
  const linewise::Description& what = *function.line;
  Labels labels = what.one_result ? reduce_labels(array.labels, array.shape.rank(), 1U << along, keepdims, what.meaning)
                                  : line_labels(array.labels, along, what.keeps_coordinate, what.meaning);
  NodePtr node = build::along(what.code, array_of(std::move(array)).node, along, keepdims);
  const Shape shape = node->shape;
  return term_of({std::move(node), shape, std::move(labels)});
}

DType element_type_of(const Value& value) {
  if (const ElementType* type = value.as<ElementType>()) return type->dtype;
  if (const Word* word = value.as<Word>()) {
    if (const auto type = element_type(without_prefix(word->text))) return *type;
    const std::vector<std::string> names = element_type_names();
    throw Mistake{ErrorCode::not_found, "no element type " + quoted(word->text) + choices(word->text, names),
                  value.offset};
  }
  throw Mistake{ErrorCode::type_mismatch, "dtype is an element type such as float32, and this is " + describe(value),
                value.offset};
}

Term conversion(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* type = arguments.option("dtype", 1);
  if (!type)
    throw Mistake{ErrorCode::invalid_argument,
                  quoted(function.name) + " needs an element type: " + signature_of(function), offset};
  const DType target = element_type_of(*type);
  return cast(take_array(std::move(arguments.by_position()[0]), quoted(function.name)), target);
}

Term elementwise(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(function.arrays, function.takes_more ? max_nesting : function.arrays);
  std::vector<Operand> operands;
  bool any = false;
  for (Value& value : arguments.by_position()) {
    operands.push_back(take_operand(std::move(value), quoted(function.name)));
    any = any || std::holds_alternative<Term>(operands.back());
  }
  if (!any)
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs an array among its arguments; write the number that you mean",
                  offset};
  // maximum(x, y, z) is maximum(maximum(x, y), z).
  while (operands.size() > function.arrays) {
    std::vector<Operand> pair(std::make_move_iterator(operands.begin()), std::make_move_iterator(operands.begin() + 2));
    if (!std::holds_alternative<Term>(pair[0]) && !std::holds_alternative<Term>(pair[1]))
      throw Mistake{ErrorCode::type_mismatch,
                    "one of the first two arguments of " + quoted(function.name) + " is an array", offset};
    operands.erase(operands.begin());
    operands.front() = apply(*function.operation, std::move(pair));
  }
  return apply(*function.operation, std::move(operands));
}

Term concatenation(const Function& function, Arguments arguments) {
  arguments.expect(1, 2);
  const Value* along = arguments.option("axis", 1);
  Value& first = arguments.by_position()[0];
  Tuple* tuple = std::get_if<Tuple>(&first.data);
  if (!tuple || tuple->values.empty())
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs arrays in parentheses or brackets, " + signature_of(function) +
                      ", and this is " + (tuple ? "an empty tuple" : describe(first)),
                  first.offset};
  std::vector<std::size_t> offsets;
  std::vector<Term> parts;
  std::vector<op::OperandType> types;
  for (Value& value : tuple->values) {
    offsets.push_back(value.offset);
    parts.push_back(take_array(std::move(value), quoted(function.name)));
    types.push_back({parts.back().dtype, false, WeakKind::floating});
  }
  if (parts[0].shape.rank() == 0)
    throw Mistake{ErrorCode::shape_mismatch, "arrays of rank 0 have no axis to be joined along; give them one: x[None]",
                  offsets[0]};
  const int axis = along ? one_axis(*along, parts[0]) : 0;
  const DType common = op::common_type(types);
  std::vector<NodePtr> nodes;
  std::vector<Labels> labels;
  const int rank = parts[0].shape.rank();
  for (Term& part : parts) {
    if (part.dtype != common) part = cast(std::move(part), common);
    labels.push_back(part.labels);
    nodes.push_back(array_of(std::move(part)).node);
  }
  NodePtr node = build::concatenate(std::move(nodes), axis);
  const Shape shape = node->shape;
  return term_of({std::move(node), shape, concatenate_labels(labels, rank, axis)});
}

}  // namespace

Term call(std::string_view name, std::size_t offset, std::vector<Value> arguments) {
  const Function* function = find_function(name);
  if (!function) {
    // assign_roles has refused what is neither a function nor an element type: float32(x) is x.astype(float32).
    const Function* astype = find_function("astype");
    if (arguments.size() != 1)
      throw Mistake{ErrorCode::invalid_argument, quoted(name) + " takes 1 argument: " + std::string(name) + "(x)",
                    offset};
    arguments.push_back({ElementType{*element_type(without_prefix(name))}, offset, "dtype", offset});
    return call(astype->name, offset, std::move(arguments));
  }
  switch (function->kind) {
    case Function::Kind::elementwise:
      return elementwise(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::cast:
      return conversion(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::reduction:
      return reduction(*function, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::line:
      return along(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::composed:
      return composed_call(*function, offset, Arguments(*function, offset, std::move(arguments)));
    case Function::Kind::labels:
      return label_call(*function, offset, std::move(arguments));
    case Function::Kind::concatenate:
      break;
  }
  return concatenation(*function, Arguments(*function, offset, std::move(arguments)));
}

Term call_method(std::string_view name, std::size_t offset, std::vector<Value> arguments) {
  const Function* function = find_function(name);
  if (function && function->is_method) return call(name, offset, std::move(arguments));
  if (const std::string_view formula = written_out(name); !function && !formula.empty())
    throw Mistake{ErrorCode::not_found,
                  "arrays have no method " + quoted(name) + "; it can be written " + std::string(formula), offset};
  if (const std::string_view reason = why_absent(name); !function && !reason.empty())
    throw Mistake{ErrorCode::not_found, "arrays have no method " + quoted(name) + ": " + std::string(reason), offset};
  std::vector<std::string> methods;
  for (const Function& f : all_functions())
    if (f.is_method) methods.emplace_back(f.name);
  throw Mistake{ErrorCode::not_found,
                "arrays have no method " + quoted(name) +
                    (function ? "; write " + std::string(name) + "(x)" : choices(name, methods)),
                offset};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
