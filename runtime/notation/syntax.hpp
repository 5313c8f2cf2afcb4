#pragma once
/// A text as steps, before anyone knows what its names stand for. Steps are in post-order, and the operands of each are
/// the values that wait last, as in a Program (kernel/program.hpp). So a reader walks them from front to back with a
/// stack, and no depth of a text is a depth of calls. The grammar is in syntax.cpp.
#include <cstdint>
#include <string_view>
#include <vector>

#include "chunkwise/core/config.hpp"
#include "runtime/notation/number.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// One step.
struct Step {
  enum class Kind : std::uint8_t {
    number,     ///< a literal
    name,       ///< an identifier: a variable, a constant, an element type; with its prefix np. if it has one
    quoted,     ///< text in quotes, without them: a dimension or element type for a function, or
    variable,   ///< text in quotes that is a variable (roles.hpp finds out)
    ellipsis,   ///< ...
    missing,    ///< a part of a slice that is left out
    unary,      ///< operator `text` over one value
    binary,     ///< operator `text` over two values
    tuple,      ///< `count` values in parentheses
    list,       ///< `count` values in square brackets
    slice,      ///< start:stop:step, three values
    subscript,  ///< a value and `count` subscripts
    call,       ///< function `text` of `count` arguments
    method,     ///< a value and `count` arguments of its method `text`
    attribute,  ///< attribute `text` of a value
    keyword,    ///< a value as argument `text=`
    result,     ///< a value as a result of the name `text`, which may be empty; ends a statement
  } kind = Kind::missing;
  std::size_t offset = 0;  ///< the place in the text that errors point to: an operator, or the start of a name
  std::string_view text;   ///< part of the text
  std::uint32_t count = 0;
  Number number{};
};

/// Most operands, parentheses and brackets within each other, and signs before each other.
inline constexpr int max_nesting = 200;

/// Returns the steps of a text, with views into it. Throws invalid_argument with the place at which the text stops
/// being a formula.
[[nodiscard]] std::vector<Step> parse(std::string_view text);

/// Returns the name without a prefix np. or numpy.
[[nodiscard]] std::string_view without_prefix(std::string_view name);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
