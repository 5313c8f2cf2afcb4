#pragma once
/// Numbers of a text, which are Python's: bool, int, float. Arithmetic between them follows Python, so 1/2 is 0.5 and
/// 2**10 is an int. Larger ints than those of 64 bits are refused.
#include <string>
#include <string_view>

#include "runtime/notation/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// Returns the value of a literal as Python writes them: 12, 1_000, 0x1f, 0b1, 0o7, 1.5, .5, 1e-3. Throws
/// invalid_argument for other text and for numbers that no element type holds.
[[nodiscard]] Number parse_number(std::string_view literal);

/// Returns -a, +a, or ~a of an int. Throws out_of_range if the result is too large for an int.
[[nodiscard]] Number calculate(std::string_view sign, const Number& a);

/// Returns a + b and so on; the signs are Python's. Throws out_of_range if the result is too large for an int,
/// invalid_argument for a division by zero, a negative shift and a complex result, unsupported for another sign.
[[nodiscard]] Number calculate(std::string_view sign, const Number& a, const Number& b);

/// Returns the number as Python prints it: "3", "0.5", "True".
[[nodiscard]] std::string to_string(const Number& a);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
