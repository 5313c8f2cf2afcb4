#pragma once
/// The terms and numbers of runtime/expr/term.hpp, by their names alone: what the values of a text are made of.
#include "runtime/expr/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

using terms::apply;
using terms::array_of;
using terms::as_double;
using terms::cast;
using terms::kind_of;
using terms::Number;
using terms::Operand;
using terms::settled;
using terms::Term;
using terms::term_of;

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
