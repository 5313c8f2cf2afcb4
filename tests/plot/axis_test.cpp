// Where an axis has its ticks, and what is written there.
#include "runtime/plot/axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/plot/limits.hpp"
#include "runtime/plot/sides.hpp"

namespace {

namespace plot = chunkwise::plot;
using ::testing::ElementsAre;

std::vector<std::string> labels(plot::Axis axis, double low, double high, int about) {
  return plot::labels(axis, plot::ticks(axis, {low, high}, about));
}

TEST(Axis, DatesAreRoundDates) {
  const auto labels = [](double from, double to, int about) {
    const plot::Ticks ticks = plot::date_ticks({from, to}, about);
    std::vector<std::string> texts;
    for (const double value : ticks.values) texts.push_back(plot::date_label(value, ticks.step));
    return texts;
  };
  constexpr double day = 86400;
  EXPECT_THAT(labels(0, 2 * day, 4), ElementsAre("1970-01-01", "12:00", "1970-01-02", "12:00", "1970-01-03"));
  EXPECT_THAT(labels(10 * day, 100 * day, 4), ElementsAre("1970-02", "1970-03", "1970-04"));
  EXPECT_THAT(labels(0, 3 * 366 * day, 4), ElementsAre("1970", "1971", "1972", "1973"));
  EXPECT_THAT(labels(-366 * day, 0, 3), ElementsAre("1969-01", "1969-07", "1970-01"));
}

TEST(Axis, HoursTellTheirDate) {
  EXPECT_THAT(labels(plot::Axis::date, 3 * 3600, 7 * 3600, 4),
              ElementsAre("1970-01-01 03:00", "04:00", "05:00", "06:00", "07:00"));
}

TEST(Axis, PartsOfASecondTellTheirTime) {
  constexpr double start = 946684800;  // 2000-01-01
  EXPECT_THAT(labels(plot::Axis::date, start, start + 0.0041, 5),
              ElementsAre("2000-01-01", "00:00:00.001", "00:00:00.002", "00:00:00.003", "00:00:00.004"));
  EXPECT_THAT(labels(plot::Axis::date, start + 3661.5, start + 3662.6, 3),
              ElementsAre("2000-01-01 01:01:01.5", "01:01:02.0", "01:01:02.5"));
  EXPECT_THAT(labels(plot::Axis::date, start - 4.5e-6, start, 3),
              ElementsAre("23:59:59.999996", "23:59:59.999998", "2000-01-01"));
}

TEST(Axis, NumbersHaveAsManyDecimalsAsTheirStep) {
  using plot::Axis;
  EXPECT_THAT(labels(Axis::number, 0, 1, 4), ElementsAre("0.0", "0.5", "1.0"));
  EXPECT_THAT(labels(Axis::number, -20, 20, 4), ElementsAre("\u221220", "\u221210", "0", "10", "20"));
  EXPECT_THAT(labels(Axis::number, 0, 4e6, 4), ElementsAre("0", "10⁶", "2×10⁶", "3×10⁶", "4×10⁶"));
  EXPECT_THAT(labels(Axis::number, 1e-9, 3e-9, 2), ElementsAre("10⁻⁹", "2×10⁻⁹", "3×10⁻⁹"));
  EXPECT_THAT(labels(Axis::number, 101300, 101400, 2), ElementsAre("101300", "101350", "101400"));
}

/// The number that a label stands for.
double number_of(std::string text) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  for (int digit = 0; digit < 10; ++digit) replace(digits[digit], std::to_string(digit));
  replace("⁻", "-");
  replace("\u2212", "-");
  const std::size_t power = text.find("×10");
  if (power != text.npos)
    return std::stod(text.substr(0, power) + "e" + text.substr(power + std::string("×10").size()));
  // A power of ten has no factor: 10⁻⁵.
  if (text == "0") return 0;
  const std::size_t ten = text.find("10");
  return std::stod(text.substr(0, ten) + "1e" + text.substr(ten + 2));
}

TEST(Axis, ALabelIsTheNumberOfItsTick) {
  for (int exponent = -300; exponent <= 300; ++exponent)
    for (const double high : {0.7, 1.0, 2.3, 5.5, 9.99})
      for (const double low : {-1.0, 0.0, 0.3}) {
        const double scale = std::pow(10.0, exponent);
        const plot::Limits limits{low * high * scale, high * scale};
        const plot::Ticks ticks = plot::ticks(limits, 6);
        const double largest = std::max(std::abs(ticks.values.front()), std::abs(ticks.values.back()));
        if (largest >= 1e-3 && largest < 1e6) continue;  // written without a power
        const std::vector<std::string> texts = plot::number_labels(ticks);
        for (std::size_t i = 0; i < texts.size(); ++i)
          ASSERT_NEAR(number_of(texts[i]) / ticks.step, ticks.values[i] / ticks.step, 1e-6)
              << texts[i] << " of " << limits.low << " to " << limits.high;
      }
}

TEST(Axis, AnEmptyPictureSaysWhatItsValuesAre) {
  EXPECT_EQ(plot::nothing_there(1, 0), "the value is missing");
  EXPECT_EQ(plot::nothing_there(1204, 0), "all 1\u2009204 values are missing");
  EXPECT_EQ(plot::nothing_there(0, 2), "all 2 values are infinite");
  EXPECT_EQ(plot::nothing_there(3, 2), "no value is a finite number: 3 missing, 2 infinite");
  EXPECT_EQ(plot::nothing_within({-1.5, 30.25}), "all values are outside the range: they go from \u22121.5 to 30.25");
}

TEST(Axis, AnglesGoRoundTheWorld) {
  EXPECT_THAT(labels(plot::Axis::longitude, -180, 180, 4), ElementsAre("180°", "90°W", "0°", "90°E", "180°"));
  EXPECT_THAT(labels(plot::Axis::longitude, 330, 390, 2), ElementsAre("30°W", "0°", "30°E"));
  EXPECT_THAT(labels(plot::Axis::latitude, -0.5, 0.5, 2), ElementsAre("0.5°S", "0.0°", "0.5°N"));
}

TEST(Axis, AnyLimitsHaveAFewTicksThatDiffer) {
  constexpr double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  const std::vector<plot::Limits> ranges{{-most, most},
                                         {0, least},
                                         {-least, least},
                                         {0, most},
                                         {most / 2, most},
                                         {1, 1 + 2.3e-16},
                                         {1e300, 1e300 * (1 + 1e-15)},
                                         {-1e308, 1e308},
                                         {1e-308, 3e-308},
                                         {0, 1e-320},
                                         {1e15, 1e15 + 1},
                                         {-1e12, 1e12},
                                         {-9.1e11, 9.1e11},
                                         {-9e11, 9e11},
                                         {0, 1e-3},
                                         {-4e6, 0},
                                         {123456, 123456.0001}};
  for (const plot::Limits& limits : ranges) {
    ASSERT_TRUE(plot::is_range(limits));
    for (const plot::Axis axis : {plot::Axis::number, plot::Axis::latitude, plot::Axis::longitude, plot::Axis::date})
      for (const int about : {-1, 0, 1, 2, 8, 100}) {
        const plot::Axis its = plot::checked_axis(axis, limits);
        const plot::Ticks ticks = plot::ticks(its, limits, about);
        char where[80];
        std::snprintf(where, sizeof where, "%g to %g", limits.low, limits.high);
        EXPECT_LE(ticks.values.size(), 400U) << where;
        const std::vector<std::string> texts = plot::labels(its, ticks);
        ASSERT_EQ(texts.size(), ticks.values.size());
        for (std::size_t i = 0; i < texts.size(); ++i) {
          EXPECT_TRUE(std::isfinite(ticks.values[i])) << where;
          if (i > 0) {
            EXPECT_LT(ticks.values[i - 1], ticks.values[i]) << where;
          }
          EXPECT_FALSE(texts[i].empty()) << where;
        }
        if (its == plot::Axis::number) {
          EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size()) << where;
        }
      }
  }
}

TEST(Limits, TellWhereAValueLiesWhateverTheyAre) {
  constexpr double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(plot::fraction({-most, most}, 0), 0.5);
  EXPECT_EQ(plot::fraction({-most, most}, most), 1);
  EXPECT_EQ(plot::fraction({0, least}, least), 1);
  EXPECT_EQ(plot::fraction({0, least}, 0), 0);
  EXPECT_EQ(plot::visible_fraction({0, least}, most), 50);
  EXPECT_EQ(plot::value_at({-most, most}, 1), most);
  EXPECT_EQ(plot::value_at({-most, most}, 0.5), 0);
  for (const double value : {0.0, 5.0, -most, most, least, 1e-300, 280.0})
    EXPECT_TRUE(plot::is_range(plot::apart({value, value}))) << value;
}

TEST(Sides, DatesOfOtherCalendarsStandWhereTheirNamesDo) {
  const auto text = [](const std::string& name, const std::string& value) {
    return chunkwise::Attribute{name, chunkwise::DType::float64, value};
  };
  const chunkwise::Labels labels(
      {"time"}, {chunkwise::Coordinate({0, 1}, {text("units", "days since 2000-02-28"), text("calendar", "noleap")})},
      {}, {});
  const plot::Side side = plot::side_of(labels, 0, 2);
  EXPECT_EQ(side.axis, plot::Axis::date);
  EXPECT_EQ(chunkwise::time_text(side.positions[0]), "2000-02-28 00:00");
  EXPECT_EQ(chunkwise::time_text(side.positions[1]), "2000-03-01 00:00");
}

}  // namespace
