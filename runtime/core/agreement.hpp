#pragma once
/// Compares coordinates: only arrays whose coordinates say the same may meet (docs/semantics.md, "Coordinates").
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/calendar.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// An integer that holds the integers of all types, and their differences.
__extension__ using WideInteger = __int128;

/// The numbers of two coordinates in one unit: as they are, or as seconds if both are times.
struct Comparable {
  std::vector<double> a, b;
  /// The origin of the numbers: 0, or the first of integers that float64 does not tell apart.
  WideInteger base = 0;
  double tolerance = 0;                    ///< beyond that of rounding
  bool are_seconds = false;                ///< since 1970, as TimeUnits::seconds returns them
  Calendar calendar = Calendar::standard;  ///< of the first, if they are seconds
  bool are_longitudes = false;             ///< degrees east: 360 is 0
  /// Returns true if two numbers count as one: they are no further apart than a thousandth of the smallest step, or
  /// than the rounding to float32 if one of the coordinates is stored so. NaN equals NaN.
  [[nodiscard]] bool agree(double x, double y) const;
  double rounding = 0;  ///< relative
};

/// Returns the numbers in one unit; none, and the reason in `why_not`, if their units or calendars forbid that.
[[nodiscard]] std::optional<Comparable> comparable(const Coordinate& a, const Coordinate& b, std::string& why_not);

/// Returns true for longitudes, by the units "degrees_east" in any spelling or the standard name.
[[nodiscard]] bool holds_longitudes(const Coordinate& coordinate);

/// Returns true if the stored numbers of both stand for values in the same way: both are values, or both were packed by
/// the same `scale_factor`, `add_offset` and `_Unsigned`.
[[nodiscard]] bool are_packed_alike(const Coordinate& a, const Coordinate& b);

/// Returns true if both have equally many values, which agree.
[[nodiscard]] bool agree(const Coordinate& a, const Coordinate& b);

/// Returns true if both were taken, by slicing, from one coordinate, or from two that agree.
[[nodiscard]] bool share_origin(const Coordinate& a, const Coordinate& b);

/// Returns how two coordinates that do not agree differ: "the second runs the other way: ...".
[[nodiscard]] std::string difference(const Coordinate& a, const Coordinate& b);

/// Returns the origins of both, each once.
[[nodiscard]] std::vector<Coordinate::Origin> all_origins(const Coordinate& a, const Coordinate& b);

}  // namespace chunkwise::inline CHUNKWISE_ABI
