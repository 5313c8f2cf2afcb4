#include "runtime/core/recounted.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the nanoseconds of a unit, exactly: every unit is a whole number of them.
long double nanoseconds(double seconds) { return std::round(static_cast<long double>(seconds) * 1'000'000'000); }
/// Returns the nanoseconds of an origin to the microsecond: float64 has no nanoseconds of the seconds since 1970.
long double nanoseconds_of_origin(double seconds) {
  return std::round(static_cast<long double>(seconds) * 1'000'000) * 1000;
}

/// Returns the integers that a conversion makes of a coordinate; none if it does not keep them whole.
std::optional<std::vector<std::int64_t>> whole_numbers(const Coordinate& coordinate, const Conversion& convert) {
  if (!is_integer(coordinate.dtype()) || convert.scale != std::floor(convert.scale) ||
      convert.offset != std::floor(convert.offset))
    return std::nullopt;
  constexpr long double most = 9e18L;
  std::vector<std::int64_t> numbers;
  const std::vector<std::byte> bytes = coordinate.to_bytes();
  const bool all_fit = dispatch(coordinate.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
      const long double number = static_cast<long double>(value) * convert.scale + convert.offset;
      if (!(std::fabs(number) < most)) return false;
      numbers.push_back(static_cast<std::int64_t>(number));
    }
    return true;
  });
  return all_fit ? std::optional(std::move(numbers)) : std::nullopt;
}

}  // namespace

Conversion time_conversion(const TimeUnits& from, const TimeUnits& to) {
  const long double unit = nanoseconds(to.seconds_per_unit);
  return {nanoseconds(from.seconds_per_unit) / unit, nanoseconds_of_origin(from.origin - to.origin) / unit};
}

Coordinate recounted(const Coordinate& coordinate, const Conversion& convert, Attributes attributes) {
  if (convert.is_identity()) return coordinate;
  const auto whole = whole_numbers(coordinate, convert);
  if (!whole) {
    std::vector<double> values = coordinate.to_vector();
    for (double& value : values) value = convert(value);
    return {values, std::move(attributes)};
  }
  auto values = std::make_shared<CoordinateValues>();
  values->attributes = std::move(attributes);
  // Takes the own type, if it can hold the numbers.
  const bool fits = dispatch(coordinate.dtype(), [&]<class T>(T) {
    return std::all_of(whole->begin(), whole->end(), [](std::int64_t n) {
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return std::in_range<T>(n);
      return false;
    });
  });
  values->dtype = fits ? coordinate.dtype() : DType::int64;
  dispatch(values->dtype, [&]<class T>(T) {
    values->bytes.resize(whole->size() * sizeof(T));
    for (std::size_t i = 0; i < whole->size(); ++i) {
      const T value = static_cast<T>((*whole)[i]);
      std::memcpy(values->bytes.data() + i * sizeof(T), &value, sizeof value);
    }
  });
  return Coordinate(std::shared_ptr<const CoordinateValues>(std::move(values)));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
