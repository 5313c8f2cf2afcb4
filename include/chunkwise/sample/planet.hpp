#pragma once
/// A planet that does not exist, with weather that could: the temperature two metres above its ground at any hour.
///
/// The model knows no physics; it mixes parts that make a map of temperatures look right (zones, seasons, continents,
/// mountains, day and night, travelling waves) and that are computed once. It makes no files; sample.hpp does.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace sample {

/// Returns latitudes from 90 to -90 degrees north, both poles included.
[[nodiscard]] std::vector<double> latitudes(int count);

/// Returns longitudes from 0 to 360 degrees east, without 360.
[[nodiscard]] std::vector<double> longitudes(int count);

inline constexpr int hours_per_day = 24;

/// Continents, mountains and weather of one seed, on one grid.
///
/// Every bit of a temperature follows from the seed, the grid and the hour: only + - * / sqrt and comparisons are
/// used, in a fixed order, so that threads, processors and mathematical libraries make no difference.
class Planet {
 public:
  /// Builds the parts that do not move, on `threads` threads (at least 1). Takes about a second for 721 x 1440 points.
  /// Throws invalid_argument if there are fewer than 2 latitudes or 1 longitude.
  Planet(int latitudes, int longitudes, std::uint64_t seed, int threads = 1);

  /// Returns latitudes times longitudes.
  [[nodiscard]] std::size_t size() const { return rows_ * columns_; }

  /// Writes the temperature in kelvin at `hour` (hours since 1900-01-01 00:00 UTC) into `field`, of `size()` values,
  /// by latitude from north to south and by longitude from 0 eastwards. May be called from several threads.
  void temperature(std::int64_t hour, std::span<float> field) const;

  /// Returns how much of each point is land, from 0 to 1, in the order of `temperature`.
  [[nodiscard]] std::span<const float> land() const { return land_; }

 private:
  struct Season;

  void build_row(std::size_t row);

  std::size_t rows_;
  std::size_t columns_;
  std::uint32_t seed_;
  std::vector<double> latitudes_;
  std::vector<double> longitudes_;

  // Parts that do not move, a value a point.
  std::vector<float> land_;     // 0 to 1
  std::vector<float> cooling_;  // kelvin that a point is colder for its height
  std::vector<float> day_;      // kelvin that full sun would add
  std::vector<float>
      position_;  // latitude in steps of the zonal tables, displaced a little so that zones are not lines

  // Parts that drift along their latitude: unit variance, and each row twice, so that any shift is one stretch of
  // memory.
  std::vector<float> waves_a_;
  std::vector<float> waves_b_;
  std::vector<float> slow_;
  std::vector<float> fine_;
};

}  // namespace sample
}  // namespace chunkwise::inline CHUNKWISE_ABI
