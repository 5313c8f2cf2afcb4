// Datasets of arrays in C++: what takes all variables at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/dataset/difference.hpp"
#include "chunkwise/dataset/statistics.hpp"
#include "chunkwise/io/netcdf_edit.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

cw::UntypedArray array_of(const std::string& name, std::vector<double> values, double step = 1) {
  std::vector<double> places;
  for (std::size_t i = 0; i < values.size(); ++i) places.push_back(step * static_cast<double>(i));
  const auto count = static_cast<std::int64_t>(values.size());
  const cw::Labels labels({"x"}, {cw::Coordinate(places, {{"units", "m"}})}, name, {{"units", "K"}});
  cw::UntypedArray array = cw::from_vector<1>(std::move(values), cw::Shape{count}).handle();
  array.labels = labels;
  return array;
}

cw::Dataset two() {
  return cw::Dataset({{"a", array_of("a", {1, 2, 3})}, {"b", array_of("b", {4, 5, 6})}}, {{"title", "two"}});
}

std::vector<double> values_of(const cw::Dataset& dataset, const std::string& name) {
  const std::vector<cw::UntypedArray> wanted{dataset[name]};
  return cw::NdArray<double, 1>(cw::compute(cw::connect("local"), wanted).front()).mutable_copy();
}

TEST(Dataset, ArithmeticTakesAllVariables) {
  const cw::Dataset twice = two() + two();
  EXPECT_THAT(values_of(twice, "a"), ElementsAre(2, 4, 6));
  EXPECT_THAT(values_of(twice, "b"), ElementsAre(8, 10, 12));
  EXPECT_THAT(values_of((two() - 1) * two() / 2.0, "b"), ElementsAre(6, 10, 15));
  EXPECT_EQ(error_of([] { (void)(two() + two().drop({"b"})); }).code, cw::ErrorCode::name_mismatch);
}

TEST(Dataset, AFormulaIsThatOfEachVariable) {
  const cw::Dataset anomaly = two().each("ds - ds.mean('x')");
  EXPECT_THAT(anomaly.names(), ElementsAre("a", "b"));
  EXPECT_THAT(values_of(anomaly, "b"), ElementsAre(-1, 0, 1));
  EXPECT_THAT(values_of(two().each("ds + b"), "a"), ElementsAre(5, 7, 9));
  std::vector<std::string> told;
  const cw::Dataset mixed = two().with("c", cw::from_vector<1>(std::vector<double>{7, 8}, cw::Shape{2}).handle());
  EXPECT_THAT(mixed.each("ds[::-1].cumsum('x')", [&](const std::string& text) { told.push_back(text); }).names(),
              ElementsAre("a", "b"));
  EXPECT_THAT(told, ElementsAre(HasSubstr("'c' is left out: no dimension 'x'")));
  EXPECT_EQ(error_of([] { (void)two().each("ds.mean('y')"); }).code, cw::ErrorCode::not_found);
}

TEST(Dataset, VariablesAreSelectedRenamedAndMerged) {
  EXPECT_THAT(two().select({"b", "a"}).names(), ElementsAre("b", "a"));
  EXPECT_THAT(two().drop({"a"}).names(), ElementsAre("b"));
  EXPECT_THAT(two().rename("a", "c").names(), ElementsAre("c", "b"));
  EXPECT_THAT(two().rename("a", "c").arrays().front().labels.name(), "c");
  EXPECT_THAT(two().merge(two().select({"a"}).rename("a", "d")).names(), ElementsAre("a", "b", "d"));
  EXPECT_THAT(error_of([] { (void)two()["c"]; }).message, HasSubstr("no variable 'c'; there are: a, b"));
  EXPECT_EQ(error_of([] { (void)two().merge(two()); }).code, cw::ErrorCode::name_mismatch);
  EXPECT_EQ(error_of([] { (void)two().rename("a", "b"); }).code, cw::ErrorCode::invalid_argument);
  const cw::Dataset elsewhere({{"e", array_of("e", {1, 2, 3}, 2)}});
  EXPECT_THAT(error_of([&] { (void)two().merge(elsewhere); }).message, HasSubstr("along 'x'"));
}

TEST(Dataset, IsPrintedAsXarrayDoes) {
  std::ostringstream out;
  out << two();
  EXPECT_EQ(out.str(),
            "<chunkwise.Dataset>\n"
            "Dimensions:  (x: 3)\n"
            "Coordinates:\n"
            "  * x  (x) float64 0 1 2\n"
            "Data variables:\n"
            "    a  (x) float64, 24 bytes\n"
            "    b  (x) float64, 24 bytes\n"
            "Attributes:\n"
            "    title:  two\n");
}

TEST(Dataset, StatisticsDifferencesAndEditsAreThoseOfFiles) {
  const TemporaryFolder folder;
  const std::string path = folder / "two.nc", changed = folder / "changed.nc";
  const cw::BackendPtr backend = cw::connect("local");
  const std::vector<cw::UntypedArray> arrays = two().arrays();
  cw::write(backend, arrays, cw::netcdf_sinks(path, arrays.size()));
  const cw::Dataset read = cw::open_dataset(cw::NetcdfDataset({path}));
  EXPECT_THAT(read.names(), ElementsAre("a", "b"));
  const std::vector<cw::Statistics> rows = cw::statistics(backend, read, {"x"});
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[4].variable, "b");
  EXPECT_EQ(rows[4].mean, 5);
  EXPECT_EQ(cw::statistics(backend, read).front().max, 3);

  cw::NetcdfEdits edits;
  edits.set.push_back({"a", {"units", "degC"}});
  edits.rename_variables.emplace_back("b", "c");
  cw::edit_netcdf(path, changed, edits, false);
  const cw::Difference found = cw::difference(backend, cw::NetcdfDataset({path}), cw::NetcdfDataset({changed}));
  EXPECT_FALSE(found.same());
  EXPECT_THAT(found.remarks, ElementsAre("attribute of 'a': units = \"K\" in the first, units = \"degC\" in the second",
                                         "'b' is in the first alone", "'c' is in the second alone"));
  EXPECT_TRUE(cw::difference(backend, cw::NetcdfDataset({path}), cw::NetcdfDataset({path})).same());
  EXPECT_EQ(error_of([&] { cw::edit_netcdf(path, changed, edits, false); }).code, cw::ErrorCode::invalid_argument);
}

}  // namespace
