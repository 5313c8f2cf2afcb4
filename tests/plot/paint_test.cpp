// Which colour a value has, whatever lies beside it.
#include "runtime/plot/paint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "runtime/plot/sides.hpp"

namespace {

namespace cw = chunkwise;
namespace plot = chunkwise::plot;

plot::Paint paint_of(const std::vector<double>& values, std::vector<plot::Category> categories = {}) {
  const std::vector<double> rows{0};
  return plot::Paint(plot::Map{.values = values, .latitudes = rows, .categories = std::move(categories)});
}

/// The colours that a picture of an array of codes would give to these of them.
std::vector<std::uint32_t> colours(const std::vector<double>& values, const std::vector<double>& asked,
                                   const cw::Labels& labels = {}) {
  const plot::Paint paint = paint_of(values, plot::categories_of(values, cw::DType::int32, labels));
  std::vector<std::uint32_t> result;
  for (const double value : asked) result.push_back(paint(value));
  return result;
}

TEST(Paint, NoEndOfAFewValuesIsCutOff) {
  const plot::Limits few = paint_of({0.5, 1.5, 2.5, 100.5}).limits();
  EXPECT_EQ(few.low, 0.5);
  EXPECT_EQ(few.high, 100.5);
  EXPECT_NE(paint_of({0.5, 1.5, 2.5, 100.5})(2.5), paint_of({0.5, 1.5, 2.5, 100.5})(100.5));
}

TEST(Paint, AsMuchIsCutOffAtEitherEnd) {
  for (const std::size_t count : {199U, 200U, 399U, 400U, 1000U, 1001U}) {
    std::vector<double> up, down;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = static_cast<double>(i) * static_cast<double>(i);
      up.push_back(value);
      down.push_back(-value);
    }
    const plot::Limits a = paint_of(up).limits(), b = paint_of(down).limits();
    EXPECT_EQ(a.low, -b.high) << count;
    EXPECT_EQ(a.high, -b.low) << count;
    const double cut = static_cast<double>(count / 200);
    EXPECT_EQ(a.low, cut * cut) << count;
  }
}

TEST(Paint, ACodeHasOneColourInEveryCut) {
  std::vector<double> many;
  for (int i = 0; i < 20; ++i) many.push_back(i);
  const std::vector<double> asked{1, 2, 9};
  const auto alone = colours(asked, asked);
  EXPECT_EQ(std::set<std::uint32_t>(alone.begin(), alone.end()).size(), 3U);
  EXPECT_EQ(colours(many, asked), alone);
  EXPECT_EQ(colours({1, 2, 9, 21, 41}, asked), alone);
  EXPECT_EQ(colours({-1, 1, 2, 9, 1e18}, asked), alone);
  const std::vector<double> large{10, 20, 30, 110, 210, -1, -9999};
  const auto those = colours(large, large);
  EXPECT_EQ(std::set<std::uint32_t>(those.begin(), those.end()).size(), large.size());
  EXPECT_EQ(colours({20, 210}, {20, 210}), (std::vector<std::uint32_t>{those[1], those[4]}));
}

TEST(Paint, CodesThatFloat64TakesForOneAreNone) {
  const std::vector<double> codes{9007199254740992.0, 1, 2};  // the first may have been ...993
  for (const cw::DType dtype : {cw::DType::int64, cw::DType::uint64}) {
    EXPECT_TRUE(plot::categories_of(codes, dtype, {}).empty());
    EXPECT_EQ(plot::categories_of({9007199254740991.0, 1, 2}, dtype, {}).size(), 3U);
  }
}

TEST(Paint, AFlagHasTheColourOfItsPlaceInFlagValues) {
  const cw::Labels labels({}, {}, "state",
                          {{"flag_values", cw::DType::int8, std::vector<std::int64_t>{10, 20, 30}},
                           {"flag_meanings", cw::DType::float64, std::string("sea land ice")}});
  const std::vector<double> flags{10, 20, 30};
  const auto first = colours(flags, flags, labels);
  EXPECT_EQ(first, colours({0, 1, 2}, {0, 1, 2}));  // the plainest
  EXPECT_EQ(colours({30}, flags, labels), first);
  const std::vector<double> with_others{10, 20, 30, 0, 2, 7};
  const auto all = colours(with_others, with_others, labels);
  EXPECT_EQ(std::set<std::uint32_t>(all.begin(), all.end()).size(), with_others.size());
  EXPECT_EQ(colours({2, 30}, {2}, labels), (std::vector<std::uint32_t>{all[4]}));
}

}  // namespace
