#pragma once
/// The quantity of a formula's result, as a picture writes it beside the values. The attributes of a result name its
/// quantity as long as it is that of the variable. A count or a position is something else, and the formula tells what.
#include <string>

#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

/// Returns the quantity of the one result of a formula, with its unit: "2 metre temperature, K", "standard deviation of
/// 2 metre temperature, K", "argmax of 2 metre temperature". If there are no words for it, returns the name that the
/// formula gives it, else the formula, of which `text` is the whole.
[[nodiscard]] std::string quantity_of(const Formula& formula, const std::string& text);

}  // namespace chunkwise::cli
