#pragma once
/// The one table of which attributes of a variable still hold for the result of an operation.
#include <span>
#include <string>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the attributes that hold, and new ones if the table says so: units of variances and counts, cell_methods of
/// reductions over the dimensions of these names.
[[nodiscard]] Attributes attributes_after(const Attributes& attributes, Meaning meaning,
                                          std::span<const std::string> reduced = {});

/// Returns true if attributes may make the smaller value of the larger of two stored numbers: a scale that is not
/// positive, or `_Unsigned`.
[[nodiscard]] bool changes_order(const Attributes& attributes);

/// Returns true if attributes turn stored numbers into other numbers, to which the units then belong.
[[nodiscard]] bool changes_numbers(const Attributes& attributes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
