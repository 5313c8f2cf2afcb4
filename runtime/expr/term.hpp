#pragma once
/// An array while its formula is being made at run time: the counterpart, as a value, of the types of
/// expr/elementwise.hpp. Elementwise operations gather in one program, by the rules of lower.hpp, until something else
/// wants the array. So functions of run-time types, and texts (runtime/notation), have the programs that the same
/// formula in C++ has, to the byte.
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::terms {

/// A number beside arrays, which is weak and adapts to their type (NEP 50): bool, int or float of Python. An int is an
/// int64, or a uint64 if it is too large for int64.
using Number = std::variant<bool, std::int64_t, std::uint64_t, double>;

/// Returns the kind of a number, by which NEP 50 promotes it: bool, integer or floating.
[[nodiscard]] WeakKind kind_of(const Number& a);

/// Returns the nearest float64.
[[nodiscard]] inline double as_double(const Number& a) {
  return std::visit([](auto value) { return static_cast<double>(value); }, a);
}

/// Either a node, or the instructions, inputs and parameters of a Map that is not made yet.
struct Term {
  DType dtype = DType::float64;
  Shape shape;
  Labels labels;
  NodePtr node;
  std::vector<Instruction> code;
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;
};

/// An operand of an operation: an array, or a number beside arrays, whose type is weak (NEP 50).
using Operand = std::variant<Term, Number>;

[[nodiscard]] Term term_of(const UntypedArray& array);

/// Returns the term as an array; makes a Map of the instructions that the term has gathered.
[[nodiscard]] UntypedArray array_of(Term term);
/// Returns the array as one node, for a caller that uses it twice.
[[nodiscard]] Term settled(Term term);

/// Returns an operation of the catalogue, not a cast, over operands, at least one of which is an array. Throws
/// shape_mismatch or name_mismatch if the operands do not broadcast, type_mismatch if the operation is not defined for
/// bool, and out_of_range for an int that does not fit the type it adapts to.
[[nodiscard]] Term apply(const op::Description& operation, std::vector<Operand> operands);

/// Returns the operation of a number over these operands; throws as the other.
template <class... Operands>
[[nodiscard]] Term apply(OpCode operation, Operands... operands) {
  std::vector<Operand> all;
  (all.emplace_back(std::move(operands)), ...);
  return apply(*op::find(operation), std::move(all));
}

/// Returns the term with its elements in another type.
[[nodiscard]] Term cast(Term term, DType target);

}  // namespace chunkwise::inline CHUNKWISE_ABI::terms
