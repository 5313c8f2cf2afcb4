#pragma once
/// The parts of variables that a formula reads, and whether its values are deviations: its graph tells both before it
/// is computed.
#include <string>
#include <vector>

#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

/// Returns the files of the formula's first variable, and the times that the array is made from, each stretch once:
/// "136 files, 2015-01-26 00:00 and 2015-01-01 00:00 to 2015-05-16 18:00". Empty without files.
[[nodiscard]] std::string origin_of(const UntypedArray& array, const std::vector<FormulaVariable>& opened);

/// Returns true if the array is a difference of arrays, a mean, a part or a multiple of one, or a variable whose labels
/// say that it holds deviations (plot::are_deviations). It depends on the formula and never on values.
[[nodiscard]] bool are_deviations(const UntypedArray& array, const std::vector<FormulaVariable>& opened);

}  // namespace chunkwise::cli
