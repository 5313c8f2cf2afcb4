#pragma once
/// What operations of two arrays make of the meaning of elements.
#include "chunkwise/core/labels.hpp"
#include "chunkwise/op/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The meaning of an operation's result, where its operands have the same units. The same for typed expressions and
/// for formulas.
[[nodiscard]] constexpr Meaning meaning_of(OpCode operation) {
  if (operation == op::Add::code) return Meaning::sum;
  if (operation == op::Subtract::code) return Meaning::deviation;
  if (operation == op::Minimum::code) return Meaning::minimum;
  if (operation == op::Maximum::code) return Meaning::maximum;
  return Meaning::elementwise;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
