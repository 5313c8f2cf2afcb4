#pragma once
/// Numbers of a text, which are Python's: bool, int, float. Arithmetic between them follows Python, so 1/2 is 0.5 and
/// 2**10 is an int; beside an array they are weak and adapt to its type (NEP 50).
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// An int is an int64, or a uint64 where it is too large for that; beyond, chunkwise has no such number.
using Number = std::variant<bool, std::int64_t, std::uint64_t, double>;

/// A literal as Python writes them: 12, 1_000, 0x1f, 0b1, 0o7, 1.5, .5, 1e-3. Throws invalid_argument for other text
/// and for what no element type holds.
[[nodiscard]] Number parse_number(std::string_view literal);

/// -a, +a. Throws out_of_range where an int has no such value.
[[nodiscard]] Number calculate(std::string_view sign, const Number& a);

/// a + b and so on; the signs are Python's. Throws out_of_range where the result is too large for an int,
/// invalid_argument for a division by zero and for what is a complex number, unsupported for another sign.
[[nodiscard]] Number calculate(std::string_view sign, const Number& a, const Number& b);

/// What NEP 50 wants to know of a number.
[[nodiscard]] WeakKind kind_of(const Number& a);

/// "3", "0.5", "True"
[[nodiscard]] std::string to_string(const Number& a);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
