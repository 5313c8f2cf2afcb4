#pragma once
/// Operations: an operation has a number that is the same for ever, a name, and a rule for types. The operations
/// themselves are one struct each in the neighbours of this file; op/catalog.hpp is the list of them all.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The number of an operation, on the wire and in files. From 0x8000 on: calls of a user's own functions.
enum class OpCode : std::uint16_t {
  input = 0,      ///< an element of an input
  parameter = 1,  ///< a scalar that is filled in at run time
  call = 0x8000,  ///< a function of a user's own over all slots; the Program says which (kernel/program.hpp)
};
/// The first number that is no operation of the catalogue.
inline constexpr std::uint16_t first_user_operation = 0x8000;

namespace op {

/// The rule by which an operation finds the type it computes in and the type of its result.
enum class Signature : std::uint8_t {
  arithmetic,  ///< common type of the operands; the result has it too. Not for bool.
  ordering,    ///< like arithmetic, and for bool as well
  division,    ///< common type, integers become float64
  floating,    ///< common type made floating (NumPy's ufuncs for sqrt, exp, ...)
  comparison,  ///< compared in the common type; the result is bool
  predicate,   ///< the operand's own type; the result is bool
  logical,     ///< operands are made bool; so is the result
  selection,   ///< (bool, common type, common type); the result has the common type
  conversion,  ///< cast: the target is chosen by the caller
  numeric,     ///< like arithmetic, but bool becomes int8
  integral,    ///< like ordering, not for floating types
  shifting,    ///< like integral, but bool becomes int8
  closeness,   ///< compared in the common type made floating; the result is bool
};

/// Returns the element types for which operations of a signature are not defined, in words; empty if there are none.
[[nodiscard]] constexpr std::string_view undefined_for(Signature signature) {
  if (signature == Signature::arithmetic) return "bool";
  if (signature == Signature::integral || signature == Signature::shifting) return "floating-point";
  return {};
}

/// The type of an operand: an array's, or a weak scalar's kind.
struct OperandType {
  DType dtype = DType::float64;  ///< of an array
  bool weak = false;             ///< it is a scalar, of `kind`
  WeakKind kind = WeakKind::floating;
};

/// The result of a signature's rule: the type of the computation, the result's type, and whether NumPy has such an
/// operation.
struct ResolvedTypes {
  DType compute = DType::float64;  ///< that operands are converted to
  DType result = DType::float64;
  bool valid = true;  ///< false: there is no such operation
};

/// Returns the common type of operands: arrays promote among themselves, weak scalars adapt (NEP 50).
[[nodiscard]] constexpr DType common_type(std::span<const OperandType> operands) {
  bool any = false;
  DType common = DType::boolean;
  for (const OperandType& o : operands)
    if (!o.weak) common = any ? promote(common, o.dtype) : o.dtype, any = true;
  for (const OperandType& o : operands)
    if (o.weak) {
      if (!any)
        common = o.kind == WeakKind::floating  ? DType::float64
                 : o.kind == WeakKind::integer ? DType::int64
                                               : DType::boolean;
      else
        common = promote(common, o.kind);
      any = true;
    }
  return common;
}

/// Returns the types that a signature resolves for operand types. Used by the compiler (typed expressions) and at run
/// time (graph/build.hpp).
[[nodiscard]] constexpr ResolvedTypes resolve(Signature signature, std::span<const OperandType> operands) {
  switch (signature) {
    case Signature::arithmetic: {
      const DType t = common_type(operands);
      return {t, t, t != DType::boolean};
    }
    case Signature::ordering: {
      const DType t = common_type(operands);
      return {t, t, true};
    }
    case Signature::division: {
      const DType t = common_type(operands);
      const DType f = is_floating(t) ? t : DType::float64;
      return {f, f, true};
    }
    case Signature::floating: {
      const DType f = promote_to_floating(common_type(operands));
      return {f, f, true};
    }
    case Signature::comparison:
      return {common_type(operands), DType::boolean, true};
    case Signature::predicate:
      return {common_type(operands), DType::boolean, true};
    case Signature::logical:
      return {DType::boolean, DType::boolean, true};
    case Signature::selection: {
      const DType t = common_type(operands.subspan(1));
      return {t, t, true};
    }
    case Signature::numeric: {
      const DType t = common_type(operands);
      const DType number = t == DType::boolean ? DType::int8 : t;
      return {number, number, true};
    }
    case Signature::integral: {
      const DType t = common_type(operands);
      return {t, t, !is_floating(t)};
    }
    case Signature::shifting: {
      const DType t = common_type(operands);
      const DType integer = t == DType::boolean ? DType::int8 : t;
      return {integer, integer, !is_floating(t)};
    }
    case Signature::closeness:
      return {promote_to_floating(common_type(operands)), DType::boolean, true};
    case Signature::conversion:
      break;
  }
  return {};
}

namespace detail {
/// Returns true if no two descriptions of a catalogue share a code or a name.
consteval bool codes_and_names_are_unique(const auto& descriptions) {
  for (std::size_t i = 0; i < descriptions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (descriptions[i].code == descriptions[j].code || descriptions[i].name == descriptions[j].name) return false;
  return true;
}
}  // namespace detail

}  // namespace op
}  // namespace chunkwise::inline CHUNKWISE_ABI
