#pragma once
/// Units: numbers in kelvin become numbers in degrees Celsius. Formulas have the same name.
#include <string>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/climate.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {

/// The change of an array whose units change: element * scale + offset, under these labels.
struct UnitChange {
  double scale = 1;
  double offset = 0;
  Labels labels;
};
/// Returns the change of a number in the units of these labels to another unit. Throws as convert_units_to does.
[[nodiscard]] UnitChange unit_change(const Labels& labels, const std::string& units);

}  // namespace detail

/// Returns x in other units, by its attribute `units`: `convert_units_to(t2m, "degC")`,
/// `convert_units_to(rain, "mm day-1")`. An element becomes element * scale + offset in its own type, integers in
/// float64; a scale of 1 and an offset of 0 are left out. The meaning and spelling of units are the UDUNITS
/// library's, as CF has it, so a temperature is a place on a scale and no difference: 1 K becomes -272.15 degC. The
/// result has the attribute `units` as given, and the others.
///
/// Throws invalid_argument if x has no units, if UDUNITS does not know one of the two, if they measure different things
/// or are no straight line apart, and for times since a date, which are decoded; unsupported or io without UDUNITS.
template <Expression E>
[[nodiscard]] auto convert_units_to(const E& x, TextArgument units) {
  using T = detail::FloatingOf<E>;
  detail::UnitChange change = detail::unit_change(x.labels(), units);
  Array<T, rank_of<E>> result = detail::as_floating(x);
  if (change.scale != 1) result = result * static_cast<T>(change.scale);
  if (change.offset != 0) result = result + static_cast<T>(change.offset);
  return result.with_labels(std::move(change.labels));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
