// Coordinates of different files on the command line: what is refused, and what a line can say instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/cli/command.hpp"

namespace {

namespace cw = chunkwise;
using chunkwise_test::Command;
using chunkwise_test::Outcome;
using chunkwise_test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using Numbers = std::vector<double>;

cw::Attribute text(const std::string& name, const std::string& value) { return {name, cw::DType::float64, value}; }

class Coordinates : public ::testing::Test {
 protected:
  /// v over (time 3, lat 2) in a file: 0, 1, 2, ...
  void make(const std::string& name, const Numbers& days, const Numbers& latitudes,
            const std::string& calendar = "standard") const {
    const cw::Labels labels({"time", "lat"},
                            {cw::Coordinate(days, {text("units", "days since 2000-01-01"), text("calendar", calendar)}),
                             cw::Coordinate(latitudes, {text("units", "degrees_north")})},
                            "v", {text("units", "K")});
    const auto v = cw::from_vector<2>(Numbers{0, 1, 2, 3, 4, 5}, {3, 2}).with_labels(labels);
    cw::write_netcdf(cw::connect("local"), folder_ / name, v);
  }
  Outcome run(const std::vector<std::string>& arguments) const { return Command(folder_ / "", arguments).wait(); }
  Json result(const std::string& formula, const std::string& other = {}) const {
    std::vector<std::string> line{"eval", "--json", formula, "a.nc"};
    if (!other.empty()) line.insert(line.end(), {"--var", "u=v@" + other});
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out);
  }
  std::string refusal(const std::string& formula, const std::string& other) const {
    const Outcome outcome = run({"eval", "--json", formula, "a.nc", "--var", "u=v@" + other});
    EXPECT_EQ(outcome.code, 2) << outcome.out;
    return outcome.err;
  }
  TemporaryFolder folder_;
};

TEST_F(Coordinates, ThatDisagreeAreRefused) {
  make("a.nc", {0, 1, 2}, {10, -10});
  make("south.nc", {0, 1, 2}, {-10, 10});
  make("later.nc", {1, 2, 3}, {10, -10});
  make("noleap.nc", {0, 1, 2}, {10, -10}, "noleap");
  EXPECT_THAT(refusal("v - u", "south.nc"),
              AllOf(HasSubstr("'lat'"), HasSubstr("opposite directions"), HasSubstr("align(x, y)"),
                    HasSubstr("x.without_coordinate(\"lat\")")));
  EXPECT_THAT(refusal("v - u", "later.nc"), AllOf(HasSubstr("'time'"), HasSubstr("2000-01-02")));
  EXPECT_THAT(refusal("v - u", "noleap.nc"), HasSubstr("'standard' and 'noleap'"));
  EXPECT_THAT(refusal("where(v > 2, v, u)", "south.nc"), HasSubstr("opposite directions"));
  EXPECT_THAT(refusal("concatenate((v, u), 0)", "south.nc"), HasSubstr("opposite directions"));
}

TEST_F(Coordinates, AreAlignedOrLeftOutWhereALineSaysSo) {
  make("a.nc", {0, 1, 2}, {10, -10});
  make("south.nc", {0, 1, 2}, {-10, 10});
  make("later.nc", {1, 2, 3}, {10, -10});
  EXPECT_EQ(result("v - align(u, v)", "south.nc")["values"], Json::parse("[[-1,1],[-1,1],[-1,1]]"));
  EXPECT_EQ(result("v - u.without_coordinate('lat')", "south.nc")["values"], Json::parse("[[0,0],[0,0],[0,0]]"));
  EXPECT_EQ(result("v.align(u) - u.align(v)", "later.nc")["values"], Json::parse("[[2,2],[2,2]]"));
}

TEST_F(Coordinates, OfARunningMeanAreNoDates) {
  make("a.nc", {0, 1, 2}, {10, -10});
  const Json mean = result("(v[:-1] + v[1:]) / 2");
  EXPECT_FALSE(mean["coordinates"].contains("time"));
  EXPECT_TRUE(mean["coordinates"].contains("lat"));
  const Json named = result("((v[:-1] + v[1:]) / 2).with_labels(v[1:])");
  EXPECT_EQ(named["coordinates"]["time"], Json::parse("[1,2]"));
}

}  // namespace
