// What a formula reads, as pictures tell it.
#include "runtime/cli/reads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/sample.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/indices.hpp"
#include "runtime/cli/places.hpp"
#include "tests/netcdf/reference_files.hpp"
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
    return cli::read_formula(options, chunkwise::connect("local"));
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

cli::Formula read_of(const std::string& text, const std::string& file, const std::vector<std::string>& names = {}) {
  cli::FormulaOptions options;
  options.text = text;
  options.files.files = {file};
  options.names = names;
  options.number_axes = true;
  return cli::read_formula(options, chunkwise::connect("local"));
}

TEST(Indices, AreKnownOfPartsAndNeverDecideWhichArraysMeet) {
  using Indices = std::vector<std::int64_t>;
  const chunkwise_test::TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::vector<double>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    const cw::Labels labels({"y"}, {}, "v", {});
    cw::write_netcdf(cw::connect("local"), folder / name, cw::from_vector<1>(values, {count}).with_labels(labels));
  };
  write("a.nc", {0, 1, 2, 3, 4, 5, 6, 7});
  write("b.nc", {10, 20, 30, 40});
  const auto array_of = [&](const std::string& text, const std::vector<std::string>& names = {}) {
    return read_of(text, folder / "a.nc", names).arrays.front();
  };
  const cw::UntypedArray part = array_of("2 * v[::-2]");
  EXPECT_EQ(cli::indices_of(part, 0, 8), (Indices{7, 5, 3, 1}));
  EXPECT_EQ(cli::with_indices_as_coordinates(part).coordinate(0).to_vector(), (std::vector<double>{7, 5, 3, 1}));
  EXPECT_EQ(cli::indices_of(array_of("v[1:] - v[:-1]"), 0, 8), std::nullopt);
  EXPECT_EQ(cli::indices_of(array_of("concatenate((v[6:], v[:2]), 0)"), 0, 8), (Indices{6, 7, 0, 1}));
  // Of different lengths: positions count, as they do where nothing is drawn.
  const cw::UntypedArray both = array_of("v[2:6] - u", {"u=v@" + (folder / "b.nc")});
  EXPECT_EQ(cli::indices_of(both, 0, 8), (Indices{2, 3, 4, 5}));
  EXPECT_EQ(cli::indices_of(both, 0, 4), (Indices{0, 1, 2, 3}));
  EXPECT_FALSE(cli::with_indices_as_coordinates(both).coordinate(0));
}

TEST(Reading, ACompanionThatIsAResultIsOneOnce) {
  const chunkwise_test::TemporaryFolder folder;
  const std::vector<double> bounds{0, 1, 1, 2};
  const auto bytes = std::as_bytes(std::span(bounds));
  const cw::Labels labels = cw::Labels({"z"}, {cw::Coordinate({0.5, 1.5}, {{"bounds", "z_bnds"}})}, "v", {})
                                .with_companions({{"z_bnds",
                                                   cw::DType::float64,
                                                   false,
                                                   {{"z", 2, {0, 1, 2}, false}, {"nb", 2, {0, 1, 2}, false}},
                                                   {},
                                                   cw::companion_values({bytes.begin(), bytes.end()})}});
  for (const char* file : {"a.nc", "b.nc"})
    cw::write_netcdf(cw::connect("local"), folder / file,
                     cw::from_vector<1>(std::vector<double>{1, 2}, {2}).with_labels(labels));
  const auto companions = [&](const std::string& text, const std::vector<std::string>& names = {}) {
    const cli::Formula formula = read_of(text, folder / "a.nc", names);
    return std::ranges::count(formula.arrays.front().labels.companions(), "z_bnds",
                              [](const auto& companion) { return companion.name(); });
  };
  EXPECT_EQ(companions("v"), 1);
  EXPECT_EQ(companions("v; z_bnds"), 0);
  EXPECT_EQ(companions("v + 1; z_bnds"), 0);
  // Other values under the same name.
  EXPECT_EQ(companions("v; z_bnds = z_bnds * 2"), 1);
  EXPECT_EQ(companions("v; z_bnds", {"z_bnds=z_bnds@" + (folder / "b.nc")}), 1);
}

TEST(Reading, TimesAreNamedByTheirCalendar) {
  const chunkwise_test::TemporaryFolder folder;
  const auto text = [](const std::string& name, const std::string& value) {
    return cw::Attribute{name, cw::DType::float64, value};
  };
  const cw::Labels labels(
      {"time"}, {cw::Coordinate({0, 1}, {text("units", "days since 2000-02-28"), text("calendar", "noleap")})}, "v",
      {});
  cw::write_netcdf(cw::connect("local"), folder / "a.nc",
                   cw::from_vector<1>(std::vector<double>{1, 2}, {2}).with_labels(labels));
  const cli::Formula formula = read_of("v", folder / "a.nc");
  EXPECT_EQ(cli::origin_of(formula.arrays.front(), formula.opened), "a.nc, 2000-02-28 to 2000-03-01");
}

TEST(Reading, TimesOfAnyOrderAreTheEarliestAndTheLatest) {
  const chunkwise_test::TemporaryFolder folder;
  const auto origin = [&](const std::vector<double>& days, const std::string& formula) {
    const cw::Labels labels({"time"}, {cw::Coordinate(days, {{"units", "days since 2000-01-01"}})}, "v", {});
    const std::string file = folder / (formula + std::to_string(days.size()) + ".nc");
    cw::write_netcdf(cw::connect("local"), file,
                     cw::from_vector<1>(std::vector<double>(days.size(), 1.0), {static_cast<std::int64_t>(days.size())})
                         .with_labels(labels));
    const cli::Formula read = read_of(formula, file);
    const std::string text = cli::origin_of(read.arrays.front(), read.opened);
    return text.substr(text.find(", ") + 2);
  };
  EXPECT_EQ(origin({0, 5, 3, 8, 1}, "mean(v)"), "2000-01-01 to 2000-01-09");
  EXPECT_EQ(origin({0, 5, 3, 8, 1}, "v[1:3]"), "2000-01-04 to 2000-01-06");
  EXPECT_EQ(origin({3, 2, 1, 0}, "v"), "2000-01-01 to 2000-01-04");
  // A quarter of a second apart.
  EXPECT_EQ(origin({1, 1 + 0.25 / 86400}, "v + 1"), "2000-01-02 00:00 to 2000-01-02 00:00:00.25");
  // Of a billion years no calendar tells.
  EXPECT_EQ(origin({0, 365250000000}, "v"), "0 to 365250000000 days since 2000-01-01");
}

TEST(Places, CellsHaveThePlacesOfTheirPart) {
  const std::string file = chunkwise_test::reference_files(chunkwise_test::reference_names().back())
                               .path("series_nemo/nemo_1m_20150101-20150201_grid-T.nc");
  const cw::BackendPtr backend = cw::connect("local");
  const auto read = [&](const std::string& text) {
    cli::FormulaOptions options;
    options.text = text;
    options.files.files = {file};
    options.number_axes = true;
    return cli::read_formula(options, chunkwise::connect("local"));
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
