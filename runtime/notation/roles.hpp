#pragma once
/// The roles of the words of a text: finds quoted ones that are variables, and names that the notation has itself.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/notation/syntax.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// None, newaxis.
struct NoValue {};

/// Returns the constant of a name, nothing if the name is none: True, False, nan, inf, pi, None, newaxis. The name
/// means this everywhere, except in quotes.
[[nodiscard]] std::optional<std::variant<Number, NoValue>> constant(std::string_view name);

/// Returns true for the signs of comparisons.
[[nodiscard]] bool is_comparison(std::string_view sign);

/// Makes quoted text a variable if an array is expected, and leaves it as it is among the options of a function and in
/// subscripts: 'group/t2m' and 'time' in mean('group/t2m', axis='time'). Text that is compared with an attribute or a
/// quoted subscript, x.time.dt.season == 'DJF', is no variable either. Throws a Mistake for an unknown function,
/// which may be one of the `variables`.
void assign_roles(std::vector<Step>& steps, const std::function<std::vector<std::string>()>& variables = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
