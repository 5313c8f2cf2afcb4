#pragma once
/// What the values of a formula's result are, as a picture writes it beside them. The attributes of a result say it of
/// what is still the variable; a count or a position is something else, and the formula tells what.
#include <string>

#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

/// Returns the quantity that the one result of a formula is, with its unit: "2 metre temperature, K", "standard
/// deviation of 2 metre temperature, K", "argmax of 2 metre temperature". Where no words are for it, that is the name
/// that the formula gives it, else the formula, of which `text` is the whole.
[[nodiscard]] std::string quantity_of(const Formula& formula, const std::string& text);

}  // namespace chunkwise::cli
