#pragma once
/// Which attributes of a variable still hold for what an operation makes of it: the one table of this.
#include <span>
#include <string>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Those that hold, and new ones where the table says how: units of variances and counts, cell_methods of reductions
/// over the dimensions of these names.
[[nodiscard]] Attributes attributes_after(const Attributes& attributes, Meaning meaning,
                                          std::span<const std::string> reduced = {});

/// Returns true if attributes may make the smaller value of the larger of two stored numbers: a scale that is not
/// positive, or `_Unsigned`.
[[nodiscard]] bool changes_order(const Attributes& attributes);

/// Returns true if attributes make other numbers of stored ones. Their units are those of the others.
[[nodiscard]] bool changes_numbers(const Attributes& attributes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
