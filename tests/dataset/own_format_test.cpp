// What joins files, compares their coordinates and decodes them knows no format: here it does so with files of words,
// in a program that is linked without NetCDF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/dataset/source.hpp"
#include "tests/caught.hpp"
#include "tests/dataset/text_format.hpp"
#include "tests/temporary_folder.hpp"

namespace chunkwise_test {
namespace {

namespace cw = chunkwise;
using cw::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The format is known from here on, in all tests of this program.
void know_format() {
  static const bool once = (cw::dataset::add_format(text_format()), true);
  (void)once;
}

/// Two files of a packed variable along time, which each counts in its own way.
class GridFiles : public testing::Test {
 protected:
  GridFiles() {
    know_format();
    write("a.grid", "days since 2000-01-01", "0 1", "0 1 2 3 4 -1");
    write("b.grid", "hours since 2000-01-03", "0 24", "6 7 8 9 10 11");
  }
  void write(const std::string& name, const std::string& units, const std::string& times, const std::string& values,
             const std::string& x = "10 20 30") const {
    std::ofstream(folder / name) << "grid\ndimension time * 2\ndimension x 3\n"
                                 << "variable time float64 time\ntext time units " << units << "\nvalues time " << times
                                 << "\nvariable x float64 x\nvalues x " << x
                                 << "\nvariable t int16 time x\nnumber t scale_factor float64 0.5\n"
                                 << "number t _FillValue int16 -1\ntext t coordinates name area\nvalues t " << values
                                 << "\nletters name x abc\nvariable area float32 x\nvalues area 1.5 2.5 3.5\n";
  }
  [[nodiscard]] std::vector<std::string> paths() const { return {folder / "a.grid", folder / "b.grid"}; }

  TemporaryFolder folder;
};

std::vector<double> values_of(const cw::UntypedArray& array) {
  const cw::UntypedNdArray result = cw::compute(cw::connect("local:1"), {&array, 1}).front();
  const auto* first = static_cast<const double*>(result.data);
  return {first, first + result.shape.elements()};
}

TEST_F(GridFiles, AreJoinedAndDecodedWithoutNetcdf) {
  const cw::NetcdfDataset dataset(paths());
  EXPECT_THAT(dataset.variables(), ElementsAre("t", "area"));
  const cw::NetcdfDataset::Joined joined = dataset.open("t");
  EXPECT_EQ(joined.dimension, "time");
  EXPECT_EQ(joined.array.node->dtype, cw::DType::float64);
  const std::vector<double> values = values_of(joined.array);
  ASSERT_EQ(values.size(), 12U);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i == 5)
      EXPECT_TRUE(std::isnan(values[i])) << "the fill value";
    else
      EXPECT_EQ(values[i], 0.5 * static_cast<double>(i)) << i;
}

TEST_F(GridFiles, HaveCoordinatesThatCountInOneUnit) {
  const cw::NetcdfParts parts = cw::open_netcdf_parts(paths(), "t", std::nullopt);
  EXPECT_THAT(parts.labels.coordinate(0).to_vector(), ElementsAre(0, 24, 48, 72)) << "hours from the first file's day";
  EXPECT_THAT(parts.labels.coordinate(1).to_vector(), ElementsAre(10, 20, 30));
}

TEST_F(GridFiles, BringTheVariablesThatTheirAttributesName) {
  const cw::NetcdfParts parts = cw::open_netcdf_parts(paths(), "t", std::nullopt);
  ASSERT_EQ(parts.labels.companions().size(), 2U);
  const cw::Companion& name = parts.labels.companions()[0];
  EXPECT_TRUE(name.is_text());
  EXPECT_EQ(name.read()->at(2), std::byte{'c'});
  const cw::Companion& area = parts.labels.companions()[1];
  EXPECT_EQ(area.name(), "area");
  float second = 0;
  std::memcpy(&second, area.read()->data() + sizeof second, sizeof second);
  EXPECT_EQ(second, 2.5F);
}

/// A format whose files are written over by somebody while they are opened, who has not come far yet.
bool is_short_lived(const cw::dataset::Descriptor& file, std::uint64_t) {
  char magic[5] = {};
  return file.read(0, magic, sizeof magic) == sizeof magic && std::memcmp(magic, "short", sizeof magic) == 0;
}
std::shared_ptr<const cw::dataset::File> open_short_lived(cw::dataset::FileIdentity identity,
                                                          std::shared_ptr<const cw::dataset::Descriptor>, bool) {
  std::ofstream(identity.path) << "sh";
  throw cw::Error(ErrorCode::corrupt, identity.shown + " ends too early");
}
std::string no_problem() { return {}; }
constexpr cw::dataset::Format short_lived{"short", "short", "", &is_short_lived, &open_short_lived, &no_problem};

TEST_F(GridFiles, ThatAreWrittenOverWhileTheyAreOpenedHaveChangedAndAreNotDamaged) {
  cw::dataset::add_format(short_lived);
  const std::string path = folder / "a.short";
  std::ofstream(path) << "short";
  const Caught error = error_of([&] { (void)cw::open_netcdf_parts({path}, "t", std::nullopt); });
  EXPECT_EQ(error.code, ErrorCode::changed);
  EXPECT_TRUE(error.says(path) && error.says("changed while it was opened")) << error.message;
}

TEST_F(GridFiles, WithOtherCoordinatesAreRefused) {
  write("b.grid", "hours since 2000-01-03", "0 24", "6 7 8 9 10 11", "10 20 31");
  const Caught error = error_of([&] { (void)cw::open_netcdf_parts(paths(), "t", std::nullopt); });
  EXPECT_EQ(error.code, ErrorCode::name_mismatch);
  EXPECT_TRUE(error.says("31") && error.says("b.grid")) << error.message;
}

TEST_F(GridFiles, TravelByTheNameOfTheirFormat) {
  cw::dataset::register_kinds();
  const cw::SourcePtr source = cw::open_netcdf_parts({folder / "a.grid"}, "t", std::nullopt).parts.front();
  const cw::SourceDescription description = source->description();
  EXPECT_EQ(description.kind, "grid");
  const cw::SourcePtr there = cw::open_source(description, {[](const std::string& path) { return path; }, false});
  EXPECT_EQ(there->identity(), source->identity());
  std::int16_t element = 0;
  there->read({{1, 1, 1}, {1, 1, 1}}, &element);
  EXPECT_EQ(element, 4);
}

TEST_F(GridFiles, ThatChangeAreVoid) {
  const cw::SourcePtr source = cw::open_netcdf_parts({folder / "a.grid"}, "t", std::nullopt).parts.front();
  std::ofstream(folder / "a.grid", std::ios::app) << "\n";
  std::int16_t element = 0;
  EXPECT_EQ(error_of([&] { source->read({{1, 1, 1}, {1, 1, 1}}, &element); }).code, ErrorCode::changed);
}

TEST(Formats, AFileThatNoneRecognisesIsToldWhatItIsNot) {
  know_format();
  const TemporaryFolder folder;
  std::ofstream(folder / "a.txt") << "nothing of the kind";
  EXPECT_THAT(what_of([&] { (void)cw::inspect_netcdf(folder / "a.txt"); }, ErrorCode::corrupt),
              HasSubstr("a.txt is not a grid file: it does not begin with that word"));
}

TEST(Formats, HaveNamesOfTheirOwn) {
  know_format();
  EXPECT_EQ(error_of([] { cw::dataset::add_format(text_format()); }).code, ErrorCode::invalid_argument);
  EXPECT_THAT(cw::dataset::formats(), ElementsAre(&text_format()));
}

/// Before any other test has made a format known: in a process of its own.
TEST(FormatsDeathTest, AProgramWithoutOneSaysWhatToLink) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";  // begins the program anew
  EXPECT_EXIT(
      {
        try {
          (void)cw::inspect_netcdf("a.nc");
        } catch (const cw::Error& error) {
          std::exit(error.code() == ErrorCode::unsupported &&
                            std::string(error.what()).find("chunkwise::netcdf") != std::string::npos
                        ? 7
                        : 1);
        }
        std::exit(1);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace chunkwise_test
