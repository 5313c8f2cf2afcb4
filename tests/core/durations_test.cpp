#include "runtime/core/durations.hpp"

#include <gtest/gtest.h>

#include "tests/caught.hpp"

namespace chunkwise {
namespace {

TEST(ParseSeconds, ReadsNumbersWithUnitsAndClocks) {
  const auto read = [](const std::string& text) { return parse_seconds(text, "the time"); };
  EXPECT_EQ(read("90"), 90);
  EXPECT_EQ(read("90s"), 90);
  EXPECT_EQ(read("55m"), 3300);
  EXPECT_EQ(read("1.5h"), 5400);
  EXPECT_EQ(read("2d"), 172'800);
  EXPECT_EQ(read("10:30"), 630);
  EXPECT_EQ(read("01:00:00"), 3600);
  EXPECT_EQ(read("1-12:00:00"), 129'600);
  EXPECT_EQ(read("1-12:30"), 131'400) << "days, hours and minutes";
}

TEST(ParseSeconds, RefusesAllElseAndSaysHowItIsWritten) {
  for (const char* none : {"", "m", "5 m", "5M", "-5", "+5", "nan", "inf", "1e9d", ":30", "1:", "1:2:3:4", "1-2",
                           "1-2-3:4", "1:-2", "5m3s", "0x10", "40000d"}) {
    const auto caught = chunkwise_test::error_of([&] { (void)parse_seconds(none, "the time"); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << none;
    EXPECT_TRUE(caught.says("the time '") && caught.says("55m")) << caught.message;
  }
}

}  // namespace
}  // namespace chunkwise
