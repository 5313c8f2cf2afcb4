// Pictures are looked at again as pixels: what is drawn where, and in which colours.
#include "chunkwise/plot/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "runtime/plot/cells.hpp"
#include "runtime/plot/field.hpp"
#include "tests/caught.hpp"
#include "tests/plot/pixels.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
namespace plot = chunkwise::plot;
using chunkwise_test::alike;
using chunkwise_test::Pixels;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = plot::PictureOptions::Kind;

cw::Coordinate coordinate(std::vector<double> values, const char* units) {
  return cw::Coordinate(values, {{"units", cw::DType::float64, std::string(units)}});
}

constexpr plot::Size size{800, 450};

/// The north is 1, the south -1.
cw::UntypedNdArray halves() {
  std::vector<double> values;
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 8; ++column) values.push_back(row < 2 ? 1 : -1);
  return cw::NdArray<double, 2>({4, 8}, values).untyped();
}
cw::Labels world() {
  return cw::Labels({"lat", "lon"},
                    {coordinate({67.5, 22.5, -22.5, -67.5}, "degrees_north"),
                     coordinate({0, 45, 90, 135, 180, 225, 270, 315}, "degrees_east")},
                    "t", {});
}

constexpr std::uint32_t darkest_red = 0x67001f, darkest_blue = 0x053061, missing_grey = 0xc7c7c7;

TEST(Picture, AMapHasNorthAbove) {
  const Pixels picture(plot::png(halves(), world(), {.size = size}));
  EXPECT_EQ(picture.width(), size.width);
  EXPECT_EQ(picture.height(), size.height);
  // Both signs: red above, blue below, without being told.
  EXPECT_PRED2(alike, picture(380, 130), darkest_red);
  EXPECT_PRED2(alike, picture(380, 330), darkest_blue);
}

TEST(Picture, AMapInAnyOrderOfAxesIsTheSame) {
  std::vector<double> turned;
  for (int column = 0; column < 8; ++column)
    for (int row = 0; row < 4; ++row) turned.push_back(row < 2 ? 1 : -1);
  const cw::Labels labels({"lon", "lat"}, {world().coordinate(1), world().coordinate(0)}, "t", {});
  EXPECT_EQ(plot::png(cw::NdArray<double, 2>({8, 4}, turned).untyped(), labels, {.size = size}),
            plot::png(halves(), world(), {.size = size}));
}

TEST(Picture, AMissingValueIsGrey) {
  std::vector<double> values(32, 1.0);
  for (std::size_t i = 16; i < 32; ++i) values[i] = std::numeric_limits<double>::quiet_NaN();
  const Pixels picture(plot::png(cw::NdArray<double, 2>({4, 8}, values).untyped(), world(), {.size = size}));
  EXPECT_PRED2(alike, picture(380, 330), missing_grey);
}

TEST(Picture, AxesOfOneElementDoNotCount) {
  const cw::Labels labels({"time", "lat", "lon"}, {{}, world().coordinate(0), world().coordinate(1)}, "t", {});
  const auto flat = halves();
  const cw::UntypedNdArray deep{flat.dtype, {1, 4, 8}, {32, 8, 1}, flat.owner, flat.data};
  EXPECT_EQ(plot::png(deep, labels, {.size = size}), plot::png(halves(), world(), {.size = size}));
}

TEST(Picture, TheRangeDecidesOnColours) {
  const Pixels picture(
      plot::png(halves(), world(), {.colours = plot::Colours::greys, .limits = plot::Limits{-1, 3}, .size = size}));
  EXPECT_PRED2(alike, picture(380, 330), 0x161616U);
  EXPECT_PRED2(alike, picture(380, 130), 0x888888U);
}

TEST(Picture, AProfileIsOfOneAxis) {
  const cw::Labels labels({"time"}, {coordinate({0, 1, 2, 3}, "days since 2020-01-01")}, "t", {});
  const auto line = cw::NdArray<float, 1>({4}, {1, 3, 2, 4}).untyped();
  const Pixels picture(plot::png(line, labels, {.size = size}));
  int blue = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) blue += alike(picture(x, y), 0x296b8f) ? 1 : 0;
  EXPECT_GT(blue, 500);  // the curve
}

TEST(Picture, AHistogramTakesAnyRank) {
  const auto cube = cw::compute(cw::random<double, 3>({20, 20, 20}, 1)).untyped();
  const Pixels picture(
      plot::png(cube, {}, {.kind = Kind::histogram, .limits = plot::Limits{0, 2}, .bins = 2, .size = size}));
  // All values lie in the first of two intervals: its bar fills the left half.
  const int y = 300;
  EXPECT_NE(picture(200, y), 0xffffffU);
  EXPECT_EQ(picture(650, y), 0xffffffU);
}

TEST(Picture, WhatCannotBeDrawnIsRefusedBeforehand) {
  const auto message = [](const cw::Shape& shape, const plot::PictureOptions& options) {
    return chunkwise_test::error_of([&] { plot::require_drawable(shape, cw::Labels(), options); }).message;
  };
  EXPECT_THAT(message({4, 8, 2}, {}),
              HasSubstr("a map has 2 axes of more than one element, the array (4, 8, 2) has 3"));
  EXPECT_THAT(message({4, 8}, {.kind = Kind::profile}), HasSubstr("a profile has 1 axis"));
  EXPECT_THAT(message({}, {}), HasSubstr("a single number"));
  EXPECT_THAT(message({0, 4}, {}), HasSubstr("is empty"));
  EXPECT_THAT(message({4, 8}, {.limits = plot::Limits{1, 1}}), HasSubstr("lower end"));
}

TEST(Picture, AFileAppearsWhenItIsComplete) {
  const TemporaryFolder folder;
  plot::save(halves(), world(), folder / "map.png", {.size = size}, false);
  EXPECT_EQ(text_of_file(folder / "map.png"), plot::png(halves(), world(), {.size = size}));
  EXPECT_THROW(plot::save(halves(), world(), folder / "map.png", {.size = size}, false), cw::Error);
  EXPECT_THROW(plot::save(halves(), world(), folder / "none/map.png", {}), cw::Error);
  EXPECT_THAT(folder.names(), ElementsAre("map.png"));
}

/// The colour in the middle of each of the four quarters of a map that fills the sheet.
std::vector<std::uint32_t> quarters(const Pixels& picture) {
  return {picture(200, 150), picture(500, 150), picture(200, 300), picture(500, 300)};
}

cw::Labels labels_of(std::vector<std::string> names, std::vector<cw::Coordinate> coordinates, cw::Attributes its = {}) {
  return cw::Labels(std::move(names), std::move(coordinates), "v", std::move(its));
}

TEST(Picture, DepthGrowsDownwards) {
  const cw::Coordinate depth(std::vector<double>{10, 1000}, {{"units", cw::DType::float64, std::string("m")},
                                                             {"positive", cw::DType::float64, std::string("down")}});
  const cw::Coordinate north = coordinate({-10, 10}, "degrees_north");
  // 1 near the surface, 0.25 below, whichever axis comes first.
  const auto section = [&](const cw::NdArray<double, 2>& values, const cw::Labels& labels) {
    return quarters(Pixels(plot::png(values.untyped(), labels, {.colours = plot::Colours::greys, .size = size})));
  };
  const auto deep =
      section(cw::NdArray<double, 2>({2, 2}, {1, 1, 0.25, 0.25}), labels_of({"z", "lat"}, {depth, north}));
  EXPECT_GT(deep[0], deep[2]);
  EXPECT_GT(deep[1], deep[3]);
  EXPECT_EQ(section(cw::NdArray<double, 2>({2, 2}, {1, 0.25, 1, 0.25}), labels_of({"lat", "z"}, {north, depth})), deep);
}

TEST(Picture, CodesAndMasksAreNotSmoothed) {
  const cw::Coordinate rows(std::vector<double>{0, 1}, {}), columns(std::vector<double>{0, 1}, {});
  const auto colours = [&](const cw::UntypedNdArray& array, const cw::Attributes& attributes) {
    const Pixels picture(plot::png(array, labels_of({"a", "b"}, {rows, columns}, attributes), {.size = size}));
    std::set<std::uint32_t> found;
    for (int y = 100; y < 350; ++y)
      for (int x = 100; x < 650; ++x) found.insert(picture(x, y));
    return found.size();
  };
  constexpr std::size_t few = 60;  // the cells, and the lines of the grid and their texts on them
  EXPECT_LE(colours(cw::NdArray<bool, 2>({2, 2}, {true, false, false, true}).untyped(), {}), few);
  EXPECT_LE(colours(cw::NdArray<std::int32_t, 2>({2, 2}, {1, 7, 3, 1}).untyped(), {}), few);
  EXPECT_LE(colours(cw::NdArray<double, 2>({2, 2}, {1, 2, 2, 4}).untyped(),
                    {{"flag_values", cw::DType::int8, std::vector<std::int64_t>{1, 2, 4}},
                     {"flag_meanings", cw::DType::float64, std::string("sea land ice")},
                     {"units", cw::DType::float64, std::string("K")}}),
            few);
  EXPECT_GT(colours(cw::NdArray<double, 2>({2, 2}, {1.5, 7.5, 3.5, 1.5}).untyped(), {}), 100U);
}

TEST(Picture, DeviationsAreKnownByNameAndNotByTheCut) {
  const auto named = [](const char* name, const char* units) {
    return plot::are_deviations(cw::Labels({}, {}, name, {{"units", cw::DType::float64, std::string(units)}}));
  };
  EXPECT_EQ(named("sst_anomaly", "K"), std::optional(true));
  EXPECT_EQ(named("t2m", "degC"), std::optional(false));
  EXPECT_EQ(named("q", "kg"), std::nullopt);
  // The same value has the same colour, whatever lies beside it.
  const auto middle = [](double other) {
    const auto field = cw::NdArray<double, 2>({2, 2}, {0, other, 0, other}).untyped();
    const cw::Labels labels(
        {"lat", "lon"}, {coordinate({-10, 10}, "degrees_north"), coordinate({0, 20}, "degrees_east")}, "anomaly", {});
    return Pixels(plot::png(field, labels, {.size = size}))(250, 200);
  };
  EXPECT_PRED2(alike, middle(0.3), middle(-0.3));
}

TEST(Picture, LongitudesBeginBehindTheirWidestGap) {
  // 0.5, 325.5, 345.5 is a strip of 35 degrees and not the world: its western column lies at the left.
  const cw::Coordinate east = coordinate({0.5, 325.5, 345.5}, "degrees_east");
  const cw::Coordinate north = coordinate({-10, 10}, "degrees_north");
  const auto draw = [&](const cw::Coordinate& longitudes, const std::vector<double>& values) {
    return plot::png(cw::NdArray<double, 2>({2, 3}, values).untyped(), labels_of({"lat", "lon"}, {north, longitudes}),
                     {.size = size});
  };
  EXPECT_EQ(draw(east, {3.5, 1.5, 2.5, 3.5, 1.5, 2.5}),
            draw(coordinate({-34.5, -14.5, 0.5}, "degrees_east"), {1.5, 2.5, 3.5, 1.5, 2.5, 3.5}));
  EXPECT_EQ(draw(coordinate({340, 0, 20}, "degrees_east"), {1.5, 2.5, 3.5, 1.5, 2.5, 3.5}),
            draw(coordinate({-20, 0, 20}, "degrees_east"), {1.5, 2.5, 3.5, 1.5, 2.5, 3.5}));
}

TEST(Picture, CellsOfACurvilinearGridLieAtTheirPlaces) {
  // The rows of the array are columns of the map.
  std::vector<double> values, latitudes, longitudes;
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) {
      longitudes.push_back(i * 10);
      latitudes.push_back(j * 10 - 35);
      values.push_back(i < 4 ? 0.25 : 1.5);
    }
  plot::PictureOptions options{.colours = plot::Colours::greys, .size = size};
  options.latitudes = latitudes;
  options.longitudes = longitudes;
  const Pixels picture(plot::png(cw::NdArray<double, 2>({8, 8}, values).untyped(), {}, options));
  EXPECT_PRED2(alike, picture(250, 150), 0x161616U);
  EXPECT_PRED2(alike, picture(250, 330), 0x161616U);
  EXPECT_PRED2(alike, picture(480, 150), 0xfafafaU);
  options.longitudes.pop_back();
  EXPECT_THAT(chunkwise_test::error_of([&] {
                plot::require_drawable({8, 8}, {}, options);
              }).message,
              HasSubstr("as many latitudes as longitudes"));
}

TEST(Picture, AGapBetweenLongitudesIsNoData) {
  const plot::Positions gap({0, 10, 20, 30, 200, 210, 220}, plot::Axis::longitude);
  EXPECT_TRUE(gap.locate(290).in_gap);
  EXPECT_FALSE(gap.locate(15).in_gap);
  EXPECT_FALSE(gap.locate(224).in_gap);
  EXPECT_FALSE(gap.locate(-4).in_gap);
  // An outlier is a strip of a usual width.
  const plot::Positions far({10, 11, 12, 13, 14, 200}, plot::Axis::longitude);
  EXPECT_EQ(far.edges().low, -160.5);
  EXPECT_EQ(far.edges().high, 14.5);
  EXPECT_TRUE(far.locate(-100).in_gap);
  EXPECT_TRUE(
      plot::Positions({0, 86400, 2 * 86400, 90 * 86400, 91 * 86400}, plot::Axis::date).locate(40 * 86400).in_gap);
  // Levels may lie ever farther apart.
  EXPECT_FALSE(plot::Positions({0, 1, 2, 3, 500}, plot::Axis::number).locate(100).in_gap);
}

TEST(Picture, LongitudesOfMoreThanOneTurnAllHaveTheirPlace) {
  std::vector<double> turns;
  for (int i = 0; i < 72; ++i) turns.push_back(i * 10);
  const plot::Positions positions(turns, plot::Axis::longitude);
  EXPECT_EQ(positions.edges().high, 715);
  EXPECT_EQ(positions.locate(10).before, 1U);
  EXPECT_EQ(positions.locate(370).before, 37U);
  // The first longitude again at the end makes one turn.
  turns.resize(37);
  EXPECT_TRUE(plot::Positions(turns, plot::Axis::longitude).go_round());
}

TEST(Picture, DepthsAndPressuresBeginAtTheSurface) {
  const cw::Coordinate north = coordinate({-10, 10}, "degrees_north");
  const auto draw = [&](const std::vector<double>& levels) {
    return plot::png(cw::NdArray<double, 2>({3, 2}, {1.5, 1.5, 2.5, 2.5, 9.5, 9.5}).untyped(),
                     labels_of({"p", "lat"}, {cw::Coordinate(levels, {{"units", "Pa"}}), north}), {.size = size});
  };
  // Colours go on changing nearly down to the lower edge, which lies near the last level.
  const Pixels picture(draw({1000, 10000, 100000}));
  std::set<std::uint32_t> lower;
  for (int y = 340; y < 380; ++y) lower.insert(picture(300, y));
  EXPECT_GT(lower.size(), 10U);
}

TEST(Picture, LabelsOfTheHorizontalAxisLieOnTheSheet) {
  // Nothing is drawn on the outermost pixels, although the labels are wide.
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) values.push_back(1e16 + 2 * i);
  const Pixels picture(png(plot::Histogram{.values = values, .title = {}, .subtitle = {}, .label = {}}, size));
  for (int y = 0; y < picture.height(); ++y) {
    EXPECT_EQ(picture(0, y), 0xffffffU);
    EXPECT_EQ(picture(picture.width() - 1, y), 0xffffffU);
  }
}

/// Cells at place(row, column), which is a latitude and a longitude.
struct Cells {
  template <class PlaceOf>
  Cells(int rows, int columns, const PlaceOf& place) {
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const auto [latitude, longitude] = place(i, j);
        latitudes.push_back(latitude);
        longitudes.push_back(longitude);
        values.push_back(0.25 + (i * 7 + j * 3) % 5);
      }
    map.values = values;
    map.latitudes = latitudes;
    map.longitudes = longitudes;
    map.row_length = static_cast<std::size_t>(columns);
    map.colours = plot::Colours::greys;
  }
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  std::vector<double> values, latitudes, longitudes;
  plot::Map map;
};

/// The pixels that no cell covers although cells lie around them.
int holes(const Cells& cells) {
  constexpr int width = 700, height = 400;
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(width) * height, 0xffffff);
  const plot::Coverage covered = plot::coverage(cells.map);
  const plot::Frame frame{{0, 0, width, height}, covered.east, covered.north};
  EXPECT_TRUE(plot::paint_cells({pixels.data(), width, width, height}, cells.map, frame, plot::Paint(cells.map)));
  const auto is_white = [&](int x, int y) {
    return (pixels[static_cast<std::size_t>(y * width + x)] & 0xffffff) == 0xffffff;
  };
  const auto any = [&](int x, int y, int right, int down) {
    for (; x >= 0 && y >= 0 && x < width && y < height; x += right, y += down)
      if (!is_white(x, y)) return true;
    return false;
  };
  int found = 0, whites = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      if (!is_white(x, y)) continue;
      ++whites;
      if (any(x, y, 1, 0) && any(x, y, -1, 0) && any(x, y, 0, 1) && any(x, y, 0, -1)) ++found;
    }
  EXPECT_LT(whites, width * height * 3 / 4);
  return found;
}

TEST(Picture, CellsOfACurvilinearGridLeaveNoHoles) {
  using Place = std::pair<double, double>;
  EXPECT_EQ(holes(Cells(2, 2, [](int i, int j) { return Place{50 + i + 0.2 * j, 10.0 + j}; })), 0);
  // Once round the world, on slanted meridians.
  EXPECT_EQ(holes(Cells(18, 36,
                        [](int i, int j) {
                          return Place{i * 10 - 85 + 0.2 * (j % 2), j * 10 + 0.37 * i};
                        })),
            0);
  EXPECT_EQ(holes(Cells(12, 12,
                        [](int i, int j) {
                          return Place{0.3 * i * i - 10 + 0.5 * j, 0.4 * j * j + 0.7 * i};
                        })),
            0);
  // A step four times as wide as those beside it.
  EXPECT_EQ(holes(Cells(9, 9, [](int i, int j) { return Place{i + (i > 4 ? 3 : 0), j + 0.1 * i}; })), 0);
}

TEST(Picture, TheFrameHoldsWholeCells) {
  const Cells cells(2, 2, [](int i, int j) { return std::pair{5.0 * i, 20.0 + j}; });
  const plot::Coverage covered = plot::coverage(cells.map);
  EXPECT_NEAR(covered.north.low, -2.5, 0.01);
  EXPECT_NEAR(covered.north.high, 7.5, 0.01);
  EXPECT_NEAR(covered.east.low, 19.5, 0.01);
  EXPECT_NEAR(covered.east.high, 21.5, 0.01);
}

TEST(Picture, CellsAtOnePlaceSaySo) {
  const Cells cells(3, 3, [](int, int) { return std::pair{50.0, 10.0}; });
  const Pixels picture(png(cells.map, size));
  int dark = 0;
  for (int y = 225; y < 250; ++y)
    for (int x = 250; x < 550; ++x) dark += picture(x, y) < 0x606060 ? 1 : 0;
  EXPECT_GT(dark, 50);
}

TEST(Picture, CoastlinesAreDrawnWhereTheMachineHasThem) {
  plot::PictureOptions options{.coastlines = plot::PictureOptions::Coastlines::required};
  options.size = size;
  const auto array = cw::NdArray<double, 2>({2, 2}, {1.5, 2.5, 3.5, 4.5}).untyped();
  EXPECT_THAT(chunkwise_test::error_of([&] { (void)plot::png(array, {}, options); }).message,
              HasSubstr("coastlines need a map of latitudes and longitudes"));
  const std::string without = plot::png(halves(), world(), {.size = size});
  if (!plot::has_coastlines()) {
    EXPECT_THAT(chunkwise_test::error_of([&] { (void)plot::png(halves(), world(), options); }).message,
                HasSubstr("gmt-gshhg-low"));
    GTEST_SKIP() << "this machine has no coastlines";
  }
  EXPECT_NE(plot::png(halves(), world(), options), without);
}

TEST(PicturesAreSaved, ANullPointerInPlaceOfAPathIsAnError) {
  const char* const none = nullptr;
  for (const chunkwise_test::Caught& error : {chunkwise_test::error_of([&] { plot::save(halves(), world(), none); }),
                                              chunkwise_test::error_of([&] { plot::save(plot::Profile{}, none); })}) {
    EXPECT_EQ(error.code, cw::ErrorCode::invalid_argument);
    EXPECT_TRUE(error.says("null pointer")) << error.message;
  }
}

}  // namespace
