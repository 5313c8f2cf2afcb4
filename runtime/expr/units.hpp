#pragma once
/// Conversions of units, by the UDUNITS library.
#include <string>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Numbers of one unit become those of another: number * scale + offset.
struct UnitConversion {
  double scale = 1;
  double offset = 0;
};

/// Returns how numbers of one unit become those of another. Throws invalid_argument if UDUNITS does not know one of
/// them, if they measure different things, if one is a time since a date, or if the conversion is no straight line
/// (decibels); unsupported if this chunkwise was built without UDUNITS, and io if it cannot be loaded.
[[nodiscard]] UnitConversion conversion_of_units(const std::string& from, const std::string& to);

/// Returns the labels of the converted array, which has these units.
[[nodiscard]] Labels labels_in_units(const Labels& labels, const std::string& units);

}  // namespace chunkwise::inline CHUNKWISE_ABI
