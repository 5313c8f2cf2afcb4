// What a formula reads, as pictures tell it.
#include "runtime/cli/reads.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/sample.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/places.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
namespace cli = chunkwise::cli;

/// Three days of January 2015 in three files, four times a day.
class Reads : public ::testing::Test {
 protected:
  void SetUp() override {
    cw::sample::WeatherOptions options;
    options.days = 3;
    options.latitudes = 5;
    options.longitudes = 8;
    options.start_date = "2015-01-01";
    (void)cw::sample::write_weather(folder_ / "data", options);
  }
  [[nodiscard]] cli::Formula read(const std::string& text) const {
    cli::FormulaOptions options;
    options.text = text;
    options.files.files = {folder_ / "data/*.nc"};
    options.number_axes = true;
    return cli::read_formula(options);
  }
  [[nodiscard]] std::string origin(const std::string& text) const {
    const cli::Formula formula = read(text);
    return cli::origin_of(formula.arrays.front(), formula.opened);
  }
  [[nodiscard]] bool deviates(const std::string& text) const {
    const cli::Formula formula = read(text);
    return cli::are_deviations(formula.arrays.front(), formula.opened);
  }
  chunkwise_test::TemporaryFolder folder_;
};

TEST_F(Reads, TheTimesOfAPictureAreThoseThatItsFormulaReads) {
  EXPECT_EQ(origin("t2m[5]"), "3 files, 2015-01-02 06:00");
  EXPECT_EQ(origin("(t2m * 2 - 273.15)[5, ::2]"), "3 files, 2015-01-02 06:00");
  EXPECT_EQ(origin("t2m[4:8].mean(0)"), "3 files, 2015-01-02 00:00 to 2015-01-02 18:00");
  EXPECT_EQ(origin("t2m[::-1][0]"), "3 files, 2015-01-03 18:00");
  EXPECT_EQ(origin("mean(t2m, 0)"), "3 files, 2015-01-01 00:00 to 2015-01-03 18:00");
  EXPECT_EQ(origin("t2m[5] - mean(t2m, 0)"), "3 files, 2015-01-02 06:00 and 2015-01-01 00:00 to 2015-01-03 18:00");
  EXPECT_EQ(origin("concatenate((t2m[0:1], t2m[11:12]), 0)[1]"), "3 files, 2015-01-03 18:00");
}

TEST_F(Reads, DeviationsAreToldByTheFormula) {
  EXPECT_TRUE(deviates("t2m[5] - mean(t2m, 0)"));
  EXPECT_TRUE(deviates("(t2m - mean(t2m, 0)) / std(t2m, 0)"));
  EXPECT_TRUE(deviates("mean(2 * (t2m[1:] - t2m[:-1]), 0)[::2]"));
  EXPECT_FALSE(deviates("t2m[5]"));
  EXPECT_FALSE(deviates("t2m - 273.15"));
  EXPECT_FALSE(deviates("std(t2m - mean(t2m, 0), 0)"));
  EXPECT_FALSE(deviates("sqrt(t2m)"));
}

TEST(Places, CellsHaveThePlacesOfTheirPart) {
  const std::string file = CHUNKWISE_SHARED_DATA "/series_nemo/nemo_1m_20150101-20150201_grid-T.nc";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "there is no " << file;
  const cw::BackendPtr backend = cw::connect("local");
  const auto read = [&](const std::string& text) {
    cli::FormulaOptions options;
    options.text = text;
    options.files.files = {file};
    options.number_axes = true;
    return cli::read_formula(options);
  };
  for (const std::string part : {"200:260, 100:200", "260:200:-2, ::7", ":, :"}) {
    const cli::Formula formula = read("tos[0, " + part + "] * 2");
    const cli::Places places = cli::places_of(backend, formula.arrays.front(), formula.opened);
    const auto expect = [&](const std::string& variable, const std::vector<double>& numbers) {
      const auto values = cw::compute(backend, read(variable + "[" + part + "]").arrays).front();
      ASSERT_EQ(values.dtype, cw::DType::float32);
      ASSERT_EQ(static_cast<std::int64_t>(numbers.size()), values.shape.elements());
      const auto* const first = static_cast<const float*>(values.data);
      for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], static_cast<double>(first[i])) << part;
    };
    expect("nav_lat", places.latitudes);
    expect("nav_lon", places.longitudes);
  }
  // Of a mean over rows nobody knows the place.
  const cli::Formula mean = read("mean(tos[0], 0)");
  EXPECT_TRUE(cli::places_of(backend, mean.arrays.front(), mean.opened).latitudes.empty());
}

}  // namespace
