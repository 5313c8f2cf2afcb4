// What a picture says that the values of a formula are.
#include "runtime/cli/quantity.hpp"

#include <gtest/gtest.h>

#include <string>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/sample.hpp"
#include "runtime/cli/reads.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
namespace cli = chunkwise::cli;

class Quantity : public ::testing::Test {
 protected:
  void SetUp() override {
    cw::sample::WeatherOptions options;
    options.days = 1;
    options.latitudes = 5;
    options.longitudes = 8;
    (void)cw::sample::write_weather(folder_ / "data", options);
  }
  /// The quantity of a formula over t2m, which is "2 metre temperature" in K.
  [[nodiscard]] std::string of(const std::string& text) const {
    cli::FormulaOptions options;
    options.text = text;
    options.files.files = {folder_ / "data/*.nc"};
    options.number_axes = true;
    return cli::quantity_of(cli::read_formula(options, chunkwise::connect("local")), text);
  }
  chunkwise_test::TemporaryFolder folder_;
};

TEST_F(Quantity, IsTheVariableWhereTheResultIs) {
  for (const char* text : {"t2m[0]", "t2m[::-1, 2]", "mean(t2m, 0)", "max(t2m, 0)", "median(t2m, 0)", "last(t2m, 0)",
                           "sort(t2m, 0)[0]", "float32(t2m[0])", "concatenate((t2m[:1], t2m[2:]), 0)[0]"})
    EXPECT_EQ(of(text).substr(0, 19), "2 metre temperature") << text;
  EXPECT_EQ(of("mean(t2m, 0)"), "2 metre temperature, K");
}

/// The largest element: an aggregate of a user's own, of which nobody knows what it makes of a quantity.
struct Largest {
  static constexpr auto name = "tests.largest";
  static constexpr int version = 1;
  struct State {
    double largest = -1e300;
  };
  static void step(State& seen, double element) { seen.largest = element > seen.largest ? element : seen.largest; }
  static void merge(State& left, const State& right) { step(left, right.largest); }
  static double finish(const State& seen) noexcept { return seen.largest; }
};

TEST_F(Quantity, OfAUsersOwnAggregateIsItsText) {
  cli::FormulaOptions options;
  options.text = "float64(t2m)";
  options.files.files = {folder_ / "data/*.nc"};
  options.number_axes = true;
  cli::Formula formula = cli::read_formula(options, chunkwise::connect("local"));
  const cw::Array<double, 2> largest = cw::reduction<Largest>(cw::Array<double, 3>(formula.arrays.front()), 0);
  formula.arrays.front() = largest.handle();
  EXPECT_EQ(cli::quantity_of(formula, "largest(t2m)").substr(0, 12), "largest(t2m)");
  EXPECT_FALSE(cli::are_deviations(formula.arrays.front(), formula.opened));
}

TEST_F(Quantity, SaysWhatIsMadeOfTheVariable) {
  EXPECT_EQ(of("count(t2m, 0)"), "count of 2 metre temperature");
  EXPECT_EQ(of("argmax(t2m, 0)"), "argmax of 2 metre temperature");
  EXPECT_EQ(of("isnan(t2m[0])"), "isnan of 2 metre temperature");
  EXPECT_EQ(of("isnan(t2m)[0]"), "isnan of 2 metre temperature");
  EXPECT_EQ(of("std(t2m, 0)"), "standard deviation of 2 metre temperature, K");
  EXPECT_EQ(of("var(t2m, 0)"), "variance of 2 metre temperature, K2");
  EXPECT_EQ(of("argsort(t2m, 0)[0]"), "argsort of 2 metre temperature");
  EXPECT_EQ(of("count(mean(t2m, 0), 0)"), "count of 2 metre temperature");
}

TEST_F(Quantity, IsTheFormulaOrTheNameThatItGivesWhereNoWordsAreForIt) {
  EXPECT_EQ(of("t2m[0] * 2"), "t2m[0] * 2");
  EXPECT_EQ(of("t2m[0] > 280"), "t2m[0] > 280");
  EXPECT_EQ(of("t2m[0] - mean(t2m, 0)"), "t2m[0] - mean(t2m, 0), K");
  EXPECT_EQ(of("m = mean(t2m, 0); s = std(t2m, 0); (t2m[0] - m) / s;"), "(t2m[0] - m) / s");
  EXPECT_EQ(of("z = (t2m[0] - mean(t2m, 0)) / std(t2m, 0)"), "z");
}

TEST_F(Quantity, OfManyWaysToOneVariableIsFoundAtOnce) {
  std::string text = "a0 = t2m";
  for (int i = 1; i <= 20; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    text += "; a" + std::to_string(i) + " = concatenate((" + before + ", " + before + "[::-1]), 0)";
  }
  EXPECT_EQ(of(text + "; mean(a20, 0)").substr(0, 19), "2 metre temperature");
}

}  // namespace
