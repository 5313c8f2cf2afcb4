#pragma once
/// Times that count from one day, in one unit, counted from another day or in another unit.
#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/cf_time.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Numbers counted in one way become those of another: number * scale + offset.
struct Conversion {
  long double scale = 1;
  long double offset = 0;
  [[nodiscard]] bool is_identity() const { return scale == 1 && offset == 0; }
  /// Returns the converted number, rounded once.
  [[nodiscard]] double operator()(double number) const {
    return static_cast<double>(static_cast<long double>(number) * scale + offset);
  }
};

/// Returns how times of calendars that name the same days are recounted.
[[nodiscard]] Conversion time_conversion(const TimeUnits& from, const TimeUnits& to);

/// Returns the converted numbers of a coordinate, with these attributes; the coordinate itself if the conversion
/// changes none. Integers stay integers if the conversion keeps every integer whole: of their own type if it has them
/// all, of int64 otherwise. All else becomes float64, which may round integers beyond 2^53.
[[nodiscard]] Coordinate recounted(const Coordinate& coordinate, const Conversion& convert, Attributes attributes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
