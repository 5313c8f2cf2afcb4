#include "chunkwise/io/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "chunkwise/core/ndarray.hpp"

namespace {

namespace cw = chunkwise;
using Json = nlohmann::json;

std::string json_of(const cw::UntypedNdArray& array, const cw::Labels& labels = {}) {
  std::ostringstream out;
  cw::write_json(out, array, labels);
  return out.str();
}
std::string csv_of(const cw::UntypedNdArray& array, const cw::Labels& labels = {}) {
  std::ostringstream out;
  cw::write_csv(out, array, labels);
  return out.str();
}

TEST(JsonText, SaysWhatTheArrayIs) {
  const cw::Labels labels({"latitude", ""}, {cw::Coordinate({90.0, -90.0}, {}), {}}, "t2m",
                          {{"units", cw::DType::float64, std::string("K")}});
  EXPECT_EQ(json_of(cw::NdArray<double, 2>({2, 2}, {1, 2.5, -0.0, 1e300}).untyped(), labels),
            R"({"name":"t2m","dtype":"float64","shape":[2,2],"dimensions":["latitude",null],)"
            R"("coordinates":{"latitude":[90.0,-90.0]},"attributes":{"units":"K"},)"
            R"("values":[[1.0,2.5],[-0.0,1e+300]]})"
            "\n");
}

TEST(JsonText, AttributesNameNothingThatIsNotThere) {
  const cw::Labels labels({"latitude"}, {cw::Coordinate({90.0, -90.0}, {})}, "t2m",
                          {{"coordinates", "latitude height"}, {"grid_mapping", "crs"}, {"units", "K"}});
  EXPECT_EQ(Json::parse(json_of(cw::NdArray<double, 1>({2}, {1, 2}).untyped(), labels))["attributes"],
            Json::parse(R"({"coordinates":"latitude","units":"K"})"));
}

TEST(JsonText, ANumberStandsAlone) {
  EXPECT_EQ(json_of(cw::NdArray<bool, 0>(cw::Shape{}, {true}).untyped()),
            "{\"dtype\":\"bool\",\"shape\":[],\"dimensions\":[],\"values\":true}\n");
}

TEST(JsonText, NoAxisIsLost) {
  EXPECT_EQ(Json::parse(json_of(cw::NdArray<int, 3>({2, 0, 3}, {}).untyped()))["values"], Json::parse("[[],[]]"));
}

TEST(JsonText, IntegersKeepTheirDigits) {
  EXPECT_NE(json_of(cw::NdArray<std::int64_t, 1>({1}, {std::numeric_limits<std::int64_t>::min()}).untyped())
                .find("[-9223372036854775808]"),
            std::string::npos);
  EXPECT_NE(json_of(cw::NdArray<std::uint64_t, 1>({1}, {std::numeric_limits<std::uint64_t>::max()}).untyped())
                .find("[18446744073709551615]"),
            std::string::npos);
}

TEST(JsonText, WhatIsNoNumberIsAText) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Json::parse(json_of(cw::NdArray<double, 1>({3}, {std::nan(""), inf, -inf}).untyped()))["values"],
            Json({"NaN", "Infinity", "-Infinity"}));
}

template <class T>
T read_back(const std::string& text, std::size_t begin) {
  T value{};
  std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return value;
}

RC_GTEST_PROP(JsonText, DoublesReadBackToTheSameBits, (std::uint64_t bits)) {
  const auto value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  const std::string text = json_of(cw::NdArray<double, 0>(cw::Shape{}, {value}).untyped());
  RC_ASSERT(std::bit_cast<std::uint64_t>(read_back<double>(text, text.find("values") + 8)) == bits);
  // And by another's parser, for which a number without a point would be an integer.
  RC_ASSERT(std::bit_cast<std::uint64_t>(Json::parse(text)["values"].get<double>()) == bits);
}

RC_GTEST_PROP(CsvText, FloatsReadBackToTheSameBits, (std::uint32_t bits)) {
  const auto value = std::bit_cast<float>(bits);
  RC_PRE(std::isfinite(value));
  const std::string text = csv_of(cw::NdArray<float, 0>(cw::Shape{}, {value}).untyped());
  RC_ASSERT(std::bit_cast<std::uint32_t>(read_back<float>(text, text.find('\n') + 1)) == bits);
}

TEST(CsvText, ATableHasAColumnForEachAxis) {
  const cw::Labels labels({"time", ""}, {cw::Coordinate({0.5, 1.5}, {}), {}}, "a, \"b\"", {});
  EXPECT_EQ(csv_of(cw::NdArray<int, 2>({2, 2}, {1, 2, 3, 4}).untyped(), labels),
            "time,axis_1,\"a, \"\"b\"\"\"\n0.5,0,1\n0.5,1,2\n1.5,0,3\n1.5,1,4\n");
}

TEST(CsvText, ColumnsHaveDifferentNames) {
  const auto header = [](const cw::Labels& labels) {
    const std::string text = csv_of(cw::NdArray<int, 2>({1, 1}, {7}).untyped(), labels);
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(header(cw::Labels({"lat", "lon"}, {}, "lat", {})), "lat,lon,value");
  EXPECT_EQ(header(cw::Labels({"value", "lat"}, {}, "lat", {})), "value,lat,value_");
  EXPECT_EQ(header(cw::Labels({"value", "lon"}, {}, "", {})), "value,lon,value_");
  EXPECT_EQ(header(cw::Labels({"axis_1", ""}, {}, "t", {})), "axis_1,axis_1_,t");
}

TEST(CsvText, ANameWithALineBreakStaysOnOneLine) {
  EXPECT_EQ(csv_of(cw::NdArray<int, 1>({1}, {7}).untyped(), cw::Labels({"x"}, {}, "a\nb\x1b[2J", {})),
            "x,a\\x0ab\\x1b[2J\n0,7\n");
}

TEST(CsvText, RowsOfThreeAxesCountUp) {
  std::vector<int> values(2 * 3 * 2);
  for (int i = 0; i < 12; ++i) values[static_cast<std::size_t>(i)] = i;
  const std::string text = csv_of(cw::NdArray<int, 3>({2, 3, 2}, values).untyped());
  EXPECT_NE(text.find("\n0,2,1,5\n1,0,0,6\n"), std::string::npos);
}

std::string text_of(const cw::UntypedNdArray& array) {
  std::ostringstream out;
  cw::write_text(out, array);
  return out.str();
}

TEST(WholeText, LeavesNothingOutAndRoundsNothing) {
  std::vector<double> values(3000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) / 3;
  const std::string text = text_of(cw::NdArray<double, 1>({3000}, values).untyped());
  EXPECT_EQ(text.find("..."), std::string::npos);
  std::istringstream in(text.substr(1));
  for (const double value : values) {
    std::string word;
    in >> word;
    ASSERT_EQ(std::strtod(word.c_str(), nullptr), value) << word;
  }
}

TEST(WholeText, KeepsTheEnds) {
  using Limits = std::numeric_limits<double>;
  const cw::NdArray<double, 2> x({2, 3}, {-0.0, Limits::denorm_min(), Limits::max(), Limits::infinity(),
                                          -Limits::infinity(), Limits::quiet_NaN()});
  EXPECT_EQ(text_of(x.untyped()),
            "[[                -0.e+000                  5.e-324\n   1.7976931348623157e+308]\n"
            " [                     inf                     -inf\n                       nan]]\n");
  EXPECT_EQ(text_of(cw::NdArray<float, 0>(cw::Shape{}, {-0.0F}).untyped()), "-0.0\n");
}

TEST(AllFormats, KeepZeroesSignsSubnormalsAndInfinities) {
  using Limits = std::numeric_limits<float>;
  const std::vector<float> ends{-0.0F,         Limits::denorm_min(), -Limits::denorm_min(),
                                Limits::max(), Limits::infinity(),   -Limits::infinity()};
  const cw::NdArray<float, 1> x({6}, ends);
  EXPECT_NE(json_of(x.untyped()).find(R"([-0.0,1e-45,-1e-45,3.4028235e+38,"Infinity","-Infinity"])"), std::string::npos)
      << json_of(x.untyped());
  EXPECT_EQ(csv_of(x.untyped()), "axis_0,value\n0,-0.0\n1,1e-45\n2,-1e-45\n3,3.4028235e+38\n4,inf\n5,-inf\n");
  const cw::Labels labels(
      {"x"}, {cw::Coordinate({-0.0, 5e-324, INFINITY, -INFINITY, 1e308, -1e308}, {})}, "v",
      {{"a", -0.0}, {"b", 5e-324}, {"c", static_cast<double>(INFINITY)}, {"d", -Limits::infinity()}});
  EXPECT_NE(json_of(x.untyped(), labels)
                .find(R"({"x":[-0.0,5e-324,"Infinity","-Infinity",1e+308,-1e+308]},)"
                      R"("attributes":{"a":-0.0,"b":5e-324,"c":"Infinity","d":"-Infinity"})"),
            std::string::npos)
      << json_of(x.untyped(), labels);
}

}  // namespace
