#include "runtime/core/recounted.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <memory>

#include "tests/caught.hpp"

namespace {

using namespace chunkwise;

Attributes in(const char* units) { return {Attribute("units", std::string(units))}; }

template <class T>
Coordinate times(const std::vector<T>& numbers, const char* units) {
  auto values = std::make_shared<CoordinateValues>();
  values->dtype = dtype_of<T>;
  values->bytes.resize(numbers.size() * sizeof(T));
  std::memcpy(values->bytes.data(), numbers.data(), values->bytes.size());
  values->attributes = in(units);
  return Coordinate(std::shared_ptr<const CoordinateValues>(std::move(values)));
}

Coordinate counted(const Coordinate& coordinate, const char* units) {
  return recounted(coordinate, time_conversion(*time_units_of(coordinate), *parse_time_units(units)), in(units));
}

/// Expects the same numbers of the same type.
void expect_same(const Coordinate& a, const Coordinate& b) {
  EXPECT_EQ(a.dtype(), b.dtype());
  EXPECT_EQ(a, b);
}

TEST(RecountedTimes, AreRoundedOnce) {
  // 23 * (1.0 / 60) is another number than 23.0 / 60.
  const Coordinate hours = counted(times<double>({23, 90}, "minutes since 2000-01-01"), "hours since 2000-01-01");
  expect_same(hours, times<double>({23.0 / 60, 1.5}, "hours since 2000-01-01"));
}

TEST(RecountedTimes, AreWholeInUnitsThatFloat64DoesNotHave) {
  // 1e-3 and 1e-6 are rounded, and so is 1e-3 / 1e-6: a part of 1e-16, which is seen in a whole number.
  const Coordinate fine = counted(times<double>({1, 3}, "milliseconds since 2000-01-01"),  //
                                  "microseconds since 2000-01-01");
  expect_same(fine, times<double>({1000, 3000}, "microseconds since 2000-01-01"));
}

TEST(RecountedTimes, StayIntegersThatEveryConversionKeepsWhole) {
  const Coordinate days = times<std::int16_t>({0, 100, -100}, "days since 2000-01-02");
  expect_same(counted(days, "days since 2000-01-01"), times<std::int16_t>({1, 101, -99}, "days since 2000-01-01"));
  expect_same(counted(days, "seconds since 2000-01-02"),
              times<std::int64_t>({0, 8640000, -8640000}, "seconds since 2000-01-02"));
  expect_same(counted(days, "days since 2000-01-01 12:00"),
              times<double>({0.5, 100.5, -99.5}, "days since 2000-01-01 12:00"));
}

TEST(RecountedTimes, AreTheSameIfNothingChanges) {
  const Coordinate days = times<std::int32_t>({0, 1}, "days since 2000-01-01");
  expect_same(counted(days, "days since 2000-1-1 00:00"), days);
}

TEST(RecountedTimes, BeyondInt64AreFloating) {
  const Coordinate days = times<std::int64_t>({std::int64_t{1} << 40}, "days since 2000-01-01");
  expect_same(counted(days, "nanoseconds since 2000-01-01"),
              times<double>({0x1p40 * 86400e9}, "nanoseconds since 2000-01-01"));
}

TEST(JoinedTimes, AreIntegersOfTheFilesTypeIfAllAre) {
  const std::array parts{times<std::int32_t>({0, 6}, "hours since 2000-01-01"),
                         times<std::int32_t>({0, 1}, "days since 2000-01-02")};
  expect_same(Coordinate::join(parts), times<std::int32_t>({0, 6, 24, 48}, "hours since 2000-01-01"));
}

TEST(JoinedTimes, RefuseIntegersThatFloat64WouldRound) {
  const std::int64_t odd = (std::int64_t{1} << 53) + 1;
  const std::array parts{times<std::int64_t>({0}, "microseconds since 2000-01-01"),
                         times<std::int64_t>({odd}, "nanoseconds since 2000-01-01")};
  EXPECT_EQ(chunkwise_test::error_of([&] { (void)Coordinate::join(parts); }).code, ErrorCode::type_mismatch);
}

}  // namespace
