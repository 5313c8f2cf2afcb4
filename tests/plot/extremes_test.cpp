// Whatever the numbers are, there is a picture or an error that tells what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/plot/picture.hpp"
#include "tests/caught.hpp"
#include "tests/plot/pixels.hpp"

namespace {

namespace cw = chunkwise;
namespace plot = chunkwise::plot;
using chunkwise_test::error_of;
using chunkwise_test::Pixels;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Kind = plot::PictureOptions::Kind;

constexpr double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

struct Data {
  const char* name;
  std::vector<double> values;
};

std::vector<Data> all_data() {
  return {{"one", {1}},
          {"zero", {0}},
          {"minus zero", {-0.0, 0.0}},
          {"NaN", {nan, nan, nan}},
          {"one NaN", {nan}},
          {"infinite", {infinity, -infinity}},
          {"an infinity among numbers", {1, infinity, 2, -infinity, nan, 3.5}},
          {"alike", {7.25, 7.25, 7.25, 7.25}},
          {"the ends", {-most, most}},
          {"large", {-1e308, 1e308, 0}},
          {"the largest alike", {most, most}},
          {"subnormal", {0, least}},
          {"the least alike", {least, least}},
          {"subnormals", {-least, least, 3e-320, -1e-310}},
          {"neighbours", {1, std::nextafter(1.0, 2.0)}},
          {"large neighbours", {1e300, std::nextafter(1e300, most)}},
          {"far apart", {1e-300, 1e300, -1e-300}},
          {"whole", {0, 1, 2, 3, -5, 1e15}},
          {"large whole", {9007199254740993.0, 1e18, -1e18}},
          {"codes", {1, 2, 2, 1, 3, 3}},
          {"no values", {}}};
}

std::vector<std::optional<plot::Limits>> all_ranges() {
  return {std::nullopt,           plot::Limits{0, 1},          plot::Limits{-most, most},
          plot::Limits{0, least}, plot::Limits{-1e308, 1e308}, plot::Limits{1e300, 1e300 * (1 + 1e-15)},
          plot::Limits{1, 1},     plot::Limits{2, 1},          plot::Limits{nan, 1},
          plot::Limits{0, nan},   plot::Limits{-infinity, 1},  plot::Limits{0, infinity}};
}

std::string text_of(const plot::Limits& range) {
  char text[80];
  std::snprintf(text, sizeof text, ", %g to %g", range.low, range.high);
  return text;
}

/// Two rows of the same values, or a line of them.
cw::UntypedNdArray array_of(const std::vector<double>& values, int rank) {
  const auto n = static_cast<std::int64_t>(values.size());
  if (rank == 1) return cw::NdArray<double, 1>({n}, values).untyped();
  std::vector<double> rows = values;
  rows.insert(rows.end(), values.begin(), values.end());
  return cw::NdArray<double, 2>({2, n}, rows).untyped();
}

/// A picture of this size, or an error that speaks to a person. Returns true for a picture.
bool is_picture_or_error(const std::function<std::string()>& draw, plot::Size size, const std::string& where) {
  std::string bytes;
  try {
    bytes = draw();
  } catch (const cw::Error& error) {
    EXPECT_GT(std::string(error.what()).size(), 20U) << where;
    EXPECT_EQ(to_string(error.code()), std::string("invalid_argument")) << where << ": " << error.what();
    return false;
  }
  const Pixels pixels(bytes);
  EXPECT_EQ(pixels.width(), size.width) << where;
  EXPECT_EQ(pixels.height(), size.height) << where;
  return true;
}

TEST(Extremes, AnyValuesInAnyRangeAreAPictureOrAnError) {
  const plot::Size size{160, 90};
  int pictures = 0;
  for (const Data& data : all_data())
    for (const auto& range : all_ranges())
      for (const auto& [kind, rank] : {std::pair{Kind::histogram, 1}, {Kind::profile, 1}, {Kind::map, 2}})
        for (const auto colours : {std::optional<plot::Colours>(), {plot::Colours::red_blue}}) {
          const bool possible =
              !range || (range->low < range->high && std::isfinite(range->low) && std::isfinite(range->high));
          const std::string where = std::string(data.name) + ", kind " + std::to_string(static_cast<int>(kind)) +
                                    (range ? text_of(*range) : std::string());
          const bool drawn = is_picture_or_error(
              [&] {
                return plot::png(array_of(data.values, rank), {},
                                 {.kind = kind, .colours = colours, .limits = range, .size = size});
              },
              size, where);
          const bool enough = kind == Kind::histogram ? !data.values.empty() : data.values.size() > 1;
          EXPECT_EQ(drawn, possible && enough) << where;
          pictures += drawn ? 1 : 0;
        }
  EXPECT_GT(pictures, 500);
}

TEST(Extremes, AnyCoordinatesAreAPictureOrAnError) {
  const plot::Size size{120, 120};
  const std::vector<double> values{1, 2, 3, 4};
  for (const Data& data : all_data())
    for (const auto axis : {plot::Axis::number, plot::Axis::latitude, plot::Axis::longitude, plot::Axis::date}) {
      const std::vector<double>& x = data.values;
      const std::vector<double> field(x.size() * 2, 1.5);
      const std::vector<double> two{10, 20};
      const std::vector<double> line(x.size(), 2.5);
      is_picture_or_error([&] { return png(plot::Profile{.x = x, .y = line, .x_axis = axis}, size); }, size, data.name);
      is_picture_or_error(
          [&] { return png(plot::Profile{.x = x, .y = x, .x_axis = axis, .upright = true, .downwards = true}, size); },
          size, data.name);
      for (const bool down : {false, true}) {
        is_picture_or_error(
            [&] {
              return png(plot::Map{.values = field,
                                   .latitudes = two,
                                   .longitudes = x,
                                   .outline = field,
                                   .columns = axis,
                                   .rows_downwards = down},
                         size);
            },
            size, data.name);
        is_picture_or_error(
            [&] {
              return png(plot::Map{.values = field,
                                   .latitudes = x,
                                   .longitudes = two,
                                   .outline = {},
                                   .rows = axis,
                                   .rows_downwards = down},
                         size);
            },
            size, data.name);
      }
      const std::vector<double> places(x.size(), 45.0);
      is_picture_or_error(
          [&] {
            return png(plot::Map{.values = line, .latitudes = places, .longitudes = x, .outline = {}, .row_length = 1},
                       size);
          },
          size, data.name);
      is_picture_or_error(
          [&] {
            return png(
                plot::Map{.values = line, .latitudes = x, .longitudes = places, .outline = {}, .row_length = x.size()},
                size);
          },
          size, data.name);
    }
}

TEST(Extremes, AnySizeIsAPictureOrAnError) {
  const std::vector<double> values{1, 2, nan, 4, 5, 6};
  const auto field = cw::NdArray<double, 2>({2, 3}, values).untyped();
  const auto line = cw::NdArray<double, 1>({6}, values).untyped();
  const std::vector<std::pair<plot::Size, bool>> sizes{{{1, 1}, true},
                                                       {{2, 1}, true},
                                                       {{1, 32767}, true},
                                                       {{32767, 1}, true},
                                                       {{3000, 20}, true},
                                                       {{20, 3000}, true},
                                                       {{0, 0}, false},
                                                       {{0, 100}, false},
                                                       {{100, 0}, false},
                                                       {{-1, 100}, false},
                                                       {{32768, 1}, false},
                                                       {{1, 32768}, false},
                                                       {{32767, 32767}, false},
                                                       {{1 << 30, 1 << 30}, false},
                                                       {{2147483647, 2147483647}, false},
                                                       {{-2147483647, 1}, false}};
  for (const auto& [size, possible] : sizes)
    for (const auto& [kind, array] : {std::pair{Kind::histogram, line}, {Kind::profile, line}, {Kind::map, field}}) {
      const std::string where = std::to_string(size.width) + " x " + std::to_string(size.height);
      const plot::PictureOptions options{.kind = kind, .title = "A title", .label = "a label, K", .size = size};
      EXPECT_EQ(is_picture_or_error([&] { return plot::png(array, {}, options); }, size, where), possible) << where;
    }
  EXPECT_THAT(error_of([&] {
                (void)plot::png(line, {}, {.size = {0, 7}});
              }).message,
              HasSubstr("0 x 7 pixels; choose a size from 1 x 1"));
  EXPECT_THAT(error_of([&] {
                (void)plot::png(line, {}, {.size = {32767, 32767}});
              }).message,
              HasSubstr("at most 400 million"));
}

TEST(Extremes, AnyNumberOfIntervalsIsAHistogramOrAnError) {
  const std::vector<double> values{-1e308, 0, 1e308};
  for (const int bins : {-1, 0, 1, 2, 100'000, 100'001, 2147483647}) {
    const plot::Size size{80, 60};
    EXPECT_EQ(is_picture_or_error(
                  [&] {
                    return png(
                        plot::Histogram{.values = values, .title = {}, .subtitle = {}, .label = {}, .bins = bins},
                        size);
                  },
                  size, std::to_string(bins)),
              bins >= 0 && bins <= 100'000);
  }
}

TEST(Extremes, AnArrayThatHasNoMemoryIsAnError) {
  cw::UntypedNdArray none;
  none.shape = {2, 2};
  EXPECT_EQ(error_of([&] { (void)plot::png(none, cw::Labels(), {}); }).code, cw::ErrorCode::invalid_argument);
  const std::vector<double> values{1, 2, 3, 4};
  none.data = values.data();
  EXPECT_EQ(error_of([&] { (void)plot::png(none, cw::Labels(), {}); }).code, cw::ErrorCode::shape_mismatch);
}

TEST(Extremes, AnyTextIsShown) {
  const std::vector<std::string> texts{"\xff\xfe\x80",
                                       "caf\xe9",
                                       "a\nb\tc\x1b[31m",
                                       std::string("\0x", 2),
                                       std::string(5000, 'W'),
                                       "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xef\xbf\xbf",
                                       "温度 °C"};
  const auto field = cw::NdArray<double, 2>({2, 3}, {1, 2, 3, 4, 5, 6}).untyped();
  for (const std::string& text : texts) {
    const cw::Labels labels({text, "x"}, {{}, {}}, text, {{"units", cw::DType::float64, text}});
    for (const Kind kind : {Kind::map, Kind::histogram}) {
      const plot::PictureOptions options{.kind = kind, .title = text, .subtitle = text, .size = {200, 150}};
      EXPECT_TRUE(is_picture_or_error([&] { return plot::png(field, labels, options); }, options.size, text));
    }
  }
}

TEST(Extremes, AFrameWithoutAValueSaysSo) {
  const plot::Size size{800, 600};
  const auto dark = [&](const std::string& png) {
    const Pixels pixels(png);
    int count = 0;
    for (int y = 240; y < 380; ++y)
      for (int x = 200; x < 600; ++x) count += (pixels(x, y) & 0xff) < 0x60 ? 1 : 0;
    return count;
  };
  const auto draw = [&](double value, int rank, Kind kind) {
    return plot::png(array_of(std::vector<double>(40, value), rank), {},
                     {.kind = kind, .deviations = false, .size = size});
  };
  EXPECT_GT(dark(draw(nan, 2, Kind::map)), 100);
  EXPECT_GT(dark(draw(nan, 1, Kind::profile)), 100);
  EXPECT_GT(dark(draw(nan, 1, Kind::histogram)), 100);
  EXPECT_GT(dark(draw(infinity, 2, Kind::map)), 100);
  EXPECT_GT(dark(draw(infinity, 1, Kind::profile)), 100);
  EXPECT_GT(dark(draw(-infinity, 1, Kind::histogram)), 100);
}

TEST(Extremes, ARangeThatHoldsNoneOfALineSaysSo) {
  const auto dark = [&](std::vector<double> values, Kind kind) {
    const Pixels pixels(
        plot::png(array_of(values, 1), {}, {.kind = kind, .limits = plot::Limits{40, 50}, .size = {800, 600}}));
    int count = 0;
    for (int y = 240; y < 380; ++y)
      for (int x = 100; x < 780; ++x) count += (pixels(x, y) & 0xff) < 0x60 ? 1 : 0;
    return count;
  };
  EXPECT_GT(dark({20, 21, 25}, Kind::profile), 100);
  EXPECT_GT(dark({20, nan, 60}, Kind::profile), 100);
  EXPECT_GT(dark({20, 21, 60}, Kind::histogram), 100);
  EXPECT_LT(dark({20, 60, 20, 60}, Kind::profile), 100);  // the line goes through it
}

TEST(Extremes, InfinitiesAreCountedApartFromWhatIsMissing) {
  const auto subtitle = [](const std::vector<double>& values, const std::string& text, Kind kind) {
    return plot::png(array_of(values, 1), {}, {.kind = kind, .subtitle = text, .size = {500, 300}});
  };
  EXPECT_NE(subtitle({infinity, -infinity, 1, 2}, "", Kind::histogram),
            subtitle({nan, nan, 1, 2}, "", Kind::histogram));
  EXPECT_EQ(subtitle({1, infinity, 2, 3}, "a", Kind::profile),
            subtitle({1, nan, 2, 3}, "a; 1 infinite value is a gap", Kind::profile));
}

TEST(Extremes, APointBetweenGapsIsSeenAndALineStaysInItsChart) {
  constexpr std::uint32_t curve = 0x296b8f;
  const auto count = [&](const std::vector<double>& values, int from, int to) {
    const std::vector<double> x{0, 1, 2, 3, 4};
    const Pixels pixels(
        png(plot::Profile{.x = x, .y = values, .title = "t", .y_label = "v", .zero_line = false}, {800, 450}));
    int found = 0;
    for (int y = 0; y < pixels.height(); ++y)
      for (int at = from; at < to; ++at) found += chunkwise_test::alike(pixels(at, y), curve) ? 1 : 0;
    return found;
  };
  EXPECT_GE(count({nan, nan, 1, nan, nan}, 0, 800), 12);
  EXPECT_GT(count({1, 3, 2, 3, 1}, 0, 800), 500);
  EXPECT_EQ(count({1, 3, 2, 3, 1}, 0, 60), 0);
}

TEST(Extremes, ANoisyLineIsDrawnInTimeThatGrowsWithItsLength) {
  std::vector<double> values;
  std::uint32_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<double>(state >> 8U) / (1 << 24));
  }
  values[50'000] = 3;  // one of a hundred in its column of pixels
  for (const bool upright : {false, true}) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> x(values.size());
    std::iota(x.begin(), x.end(), 0.0);
    const Pixels pixels(png(plot::Profile{.x = x, .y = values, .upright = upright}, {1000, 450}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    int spike = 0;
    for (int i = 1; i < 300; ++i) {
      const std::uint32_t pixel = upright ? pixels(700 + i / 2, pixels.height() / 2 + 6) : pixels(515, 100 + i / 3);
      spike += pixel != 0xffffffU ? 1 : 0;
    }
    EXPECT_GT(spike, 20) << upright;
  }
}

}  // namespace
