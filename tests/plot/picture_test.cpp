// Pictures are looked at again as pixels: what is drawn where, and in which colours.
#include "chunkwise/plot/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
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

}  // namespace
