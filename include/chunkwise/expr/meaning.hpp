#pragma once
/// The meaning of the elements that operations make.
#include "chunkwise/core/labels.hpp"
#include "chunkwise/op/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the meaning of an operation's result: of one array alone, or of several that have the same units. The same
/// for typed expressions and for formulas.
[[nodiscard]] constexpr Meaning meaning_of(OpCode operation) {
  if (operation == op::Add::code) return Meaning::sum;
  if (operation == op::Subtract::code) return Meaning::deviation;
  if (operation == op::Minimum::code || operation == op::Fmin::code) return Meaning::minimum;
  if (operation == op::Maximum::code || operation == op::Fmax::code) return Meaning::maximum;
  // A length and a remainder are in the units of the quantity, if these have no zero of their own.
  if (operation == op::Hypot::code || operation == op::Remainder::code || operation == op::Fmod::code)
    return Meaning::sum;
  // A rounded number is the number in another form, as one in another type is.
  if (operation == op::Floor::code || operation == op::Ceil::code || operation == op::Trunc::code ||
      operation == op::Rint::code)
    return Meaning::converted;
  return Meaning::elementwise;
}

/// Returns the meaning of the result of an operation that has one array among its operands.
[[nodiscard]] constexpr Meaning meaning_of_one(OpCode operation, int operands) {
  return operands == 1 ? meaning_of(operation) : Meaning::elementwise;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
