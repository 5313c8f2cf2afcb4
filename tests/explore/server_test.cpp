// The explorer's server, asked by hand: what it answers, and whom and what it refuses.
#include "runtime/explore/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#ifdef CHUNKWISE_HAS_NETCDF
#include "chunkwise/netcdf.hpp"
#endif
#include "runtime/explore/contents.hpp"
#include "tests/caught.hpp"

namespace {

namespace cw = chunkwise;
namespace explorer = chunkwise::explorer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

cw::Coordinate coordinate(std::vector<double> values, const char* units) {
  return cw::Coordinate(values, {{"units", cw::DType::float64, std::string(units)}});
}

/// 3 times, 4 latitudes, 8 longitudes: element (t, y, x) is 100 t + 10 y + x, but for one that is missing.
cw::UntypedArray weather() {
  std::vector<double> values;
  for (int t = 0; t < 3; ++t)
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 8; ++x) values.push_back(100 * t + 10 * y + x);
  values[9] = std::numeric_limits<double>::quiet_NaN();  // (0, 1, 1)
  cw::UntypedArray array = cw::from_vector<3>(std::move(values), {3, 4, 8}).handle();
  array.labels = cw::Labels(
      {"time", "lat", "lon"},
      {coordinate({0, 6, 12}, "hours since 2015-01-01"), coordinate({67.5, 22.5, -22.5, -67.5}, "degrees_north"),
       coordinate({0, 45, 90, 135, 180, 225, 270, 315}, "degrees_east")},
      "t2m", {{"units", "K"}});
  return array;
}

/// 2 levels of 2 rows and 3 columns whose latitudes and longitudes differ from cell to cell.
cw::UntypedArray turned() {
  cw::UntypedArray array = cw::from_vector<3>(std::vector<double>(12, 1.0), {2, 2, 3}).handle();
  const auto companion = [](const char* name, const char* units, const std::vector<double>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(double));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return cw::Companion(name, cw::DType::float64, false, {{"y", 2, {0, 1, 2}}, {"x", 3, {0, 1, 3}}},
                         {{"units", units}}, cw::companion_values(std::move(bytes)));
  };
  array.labels = cw::Labels({"level", "y", "x"}, {{}, {}, {}}, "turned", {{"coordinates", "lat lon"}})
                     .with_companions({companion("lat", "degrees_north", {50, 51, 52, 48, 49, 50}),
                                       companion("lon", "degrees_east", {5, 8, 11, 6, 9, 12})});
  return array;
}

/// A server of these arrays and others, and a client.
class Explorer : public ::testing::Test {
 protected:
  explicit Explorer(explorer::ServerOptions options = {})
      : server_(
            cw::connect("local:2", {.memory_limit = 64'000'000}),
            std::make_shared<explorer::Contents>(
                explorer::OpenFiles{},
                std::vector<std::pair<std::string, cw::UntypedArray>>{
                    {"t2m", weather()},
                    {"turned", turned()},
                    {"small", cw::from_vector<2>(std::vector<double>{1e300, 2e300, 3e300, 4e300}, {2, 2}).handle()},
                    {"close", cw::from_vector<2>(std::vector<double>{1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3}, {2, 2}).handle()},
                    {"whole",
                     cw::from_vector<2>(std::vector<std::int16_t>{30000, 30000, 30000, 30000}, {2, 2}).handle()},
                    {"vast", cw::full<2>({200'000, 200'000}, 1.0).handle()}},
                false),
            std::move(options)),
        client_("127.0.0.1", server_.port()) {
    client_.set_read_timeout(60);
  }

  [[nodiscard]] std::string path(const std::string& rest) const { return "/" + server_.token() + "/" + rest; }
  httplib::Result get(const std::string& rest, const httplib::Headers& headers = {}) {
    return client_.Get(path(rest).c_str(), headers);
  }
  Json json(const std::string& rest, int status = 200) {
    const auto result = get(rest);
    EXPECT_TRUE(result) << rest;
    if (!result) return {};
    EXPECT_EQ(result->status, status) << rest << ": " << result->body.substr(0, 300);
    return Json::parse(result->body, nullptr, false);
  }
  std::vector<float> numbers(const std::string& rest) {
    const auto result = get(rest);
    EXPECT_TRUE(result && result->status == 200) << (result ? result->body.substr(0, 300) : rest);
    std::vector<float> values(result ? result->body.size() / sizeof(float) : 0);
    if (!values.empty()) std::memcpy(values.data(), result->body.data(), values.size() * sizeof(float));
    return values;
  }

  explorer::Server server_;
  httplib::Client client_;
};

using ExplorerViews = Explorer;
using ExplorerFormulas = Explorer;
using ExplorerStrangers = Explorer;
using ExplorerLimits = Explorer;

TEST_F(ExplorerViews, TellTheArraysWithTheirAxes) {
  const Json contents = json("api/contents");
  EXPECT_EQ(contents["variables"][0]["name"], "t2m");
  EXPECT_EQ(contents["variables"][0]["dimensions"][1]["size"], 4);
  const Json array = json("api/array?f=t2m");
  EXPECT_EQ(array["units"], "K");
  EXPECT_EQ(array["axes"][0]["kind"], "time");
  EXPECT_EQ(array["axes"][0]["texts"], Json({"2015-01-01 00:00", "2015-01-01 06:00", "2015-01-01 12:00"}));
  EXPECT_EQ(array["axes"][1]["kind"], "latitude");
  EXPECT_EQ(array["axes"][2]["kind"], "longitude");
}

TEST_F(ExplorerViews, ASliceIsFloat32WithItsShapeAndRange) {
  const auto result = get("api/slice?f=t2m&rows=1&columns=2&at=1,0,0");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->get_header_value("Chunkwise-Shape"), "4,8");
  EXPECT_EQ(result->get_header_value("Chunkwise-Block"), "1");
  EXPECT_EQ(result->get_header_value("Chunkwise-Low"), "100.0");
  EXPECT_EQ(result->get_header_value("Chunkwise-High"), "137.0");
  const std::vector<float> values = numbers("api/slice?f=t2m&rows=1&columns=2&at=1,0,0");
  ASSERT_EQ(values.size(), 32U);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x) EXPECT_EQ(values[static_cast<std::size_t>(8 * y + x)], 100 + 10 * y + x);
}

TEST_F(ExplorerViews, RowsAndColumnsMayBeAnyTwoAxes) {
  const std::vector<float> values = numbers("api/slice?f=t2m&rows=2&columns=0&at=0,3,0");
  ASSERT_EQ(values.size(), 24U);
  for (int x = 0; x < 8; ++x)
    for (int t = 0; t < 3; ++t) EXPECT_EQ(values[static_cast<std::size_t>(3 * x + t)], 100 * t + 30 + x);
}

TEST_F(ExplorerViews, AMissingValueIsNaN) {
  const auto result = get("api/slice?f=t2m&rows=1&columns=2&at=0,0,0");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->get_header_value("Chunkwise-Missing"), "1,0");
  EXPECT_TRUE(std::isnan(numbers("api/slice?f=t2m&rows=1&columns=2&at=0,0,0")[9]));
}

TEST_F(ExplorerViews, MeansOfBlocksLeaveOutWhatIsMissing) {
  const auto result = get("api/slice?f=t2m&rows=1&columns=2&at=0,0,0&max=4");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->get_header_value("Chunkwise-Shape"), "2,4");
  EXPECT_EQ(result->get_header_value("Chunkwise-Block"), "2");
  const std::vector<float> values = numbers("api/slice?f=t2m&rows=1&columns=2&at=0,0,0&max=4");
  EXPECT_EQ(values[0], static_cast<float>((0 + 1 + 10) / 3.0));
  EXPECT_EQ(values[1], (2 + 3 + 12 + 13) / 4.0F);
  EXPECT_EQ(values[7], (26 + 27 + 36 + 37) / 4.0F);
}

TEST_F(ExplorerViews, LastBlocksAreShorter) {
  const std::vector<float> values = numbers("api/slice?f=t2m&rows=1&columns=2&at=1,0,0&max=3");
  ASSERT_EQ(values.size(), 6U);  // blocks of 3: 2 x 3
  EXPECT_EQ(values[2], (106 + 107 + 116 + 117 + 126 + 127) / 6.0F);
  EXPECT_EQ(values[5], (136 + 137) / 2.0F);
}

TEST_F(ExplorerViews, MeansOfNarrowIntegersDoNotWrap) {
  EXPECT_THAT(numbers("api/slice?f=whole&rows=0&columns=1&at=0,0&max=1"), ElementsAre(30000.0F));
}

TEST_F(ExplorerViews, SamplesAndPartsAreElements) {
  EXPECT_THAT(numbers("api/slice?f=t2m&rows=1&columns=2&at=2,0,0&max=2&method=sample"), ElementsAre(200.0F, 204.0F));
  EXPECT_THAT(numbers("api/slice?f=t2m&rows=1&columns=2&at=2,0,0&row_span=1:2&column_span=3:6"),
              ElementsAre(213.0F, 214.0F, 215.0F));
}

TEST_F(ExplorerViews, ValuesThatFloat32DoesNotHoldComeWithAScale) {
  for (const char* name : {"small", "close"}) {
    const auto result = get(std::string("api/slice?rows=0&columns=1&at=0,0&f=") + name);
    ASSERT_TRUE(result);
    const double offset = std::stod(result->get_header_value("Chunkwise-Offset"));
    const double scale = std::stod(result->get_header_value("Chunkwise-Scale"));
    const std::vector<float> values = numbers(std::string("api/slice?rows=0&columns=1&at=0,0&f=") + name);
    for (int i = 0; i < 4; ++i) {
      const double expected = std::string(name) == "small" ? (i + 1) * 1e300 : 1e9 + i;
      EXPECT_NEAR((offset + scale * values[static_cast<std::size_t>(i)]) / expected, 1, 1e-7);
      if (std::string(name) == "close") {
        EXPECT_EQ(offset + scale * values[static_cast<std::size_t>(i)], expected);
      }
    }
  }
}

TEST_F(ExplorerViews, LinesBoxesHistogramsAndElements) {
  EXPECT_EQ(json("api/line?f=t2m&along=0&at=0,1,1")["values"], Json({nullptr, 111.0, 211.0}));
  EXPECT_EQ(json("api/line?f=t2m&along=1&at=2,0,5")["values"], Json({205.0, 215.0, 225.0, 235.0}));
  // Rows at 67.5 and 22.5 degrees, weighted with the areas of their cells.
  const Json box = json("api/box?f=t2m&along=0&rows=1&columns=2&at=0,0,0&row_span=0:2&column_span=4:5");
  EXPECT_EQ(box["weighted"], true);
  const Json areas = json("api/line?f=cell_area(t2m)&along=0&at=0,4")["values"];
  const double north = areas[0], south = areas[1];
  EXPECT_LT(north, south);
  EXPECT_NEAR(box["values"][1].get<double>(), (104 * north + 114 * south) / (north + south), 1e-9);
  const Json histogram = json("api/histogram?f=t2m&rows=1&columns=2&at=1,0,0&low=100&high=140&bins=4");
  EXPECT_EQ(histogram["counts"], Json({8, 8, 8, 8}));
  EXPECT_EQ(json("api/element?f=t2m%2F3&at=1,0,0")["text"], "33.333333333333336");
}

TEST_F(ExplorerViews, ARoundedSliceIsWithinHalfAStep) {
  const std::string query = "api/slice?f=t2m%2F3&rows=1&columns=2&at=0,0,0";
  const auto result = get(query + "&bits=16");
  ASSERT_TRUE(result && result->status == 200);
  EXPECT_EQ(result->get_header_value("Chunkwise-Bits"), "16");
  const double offset = std::stod(result->get_header_value("Chunkwise-Offset"));
  const double scale = std::stod(result->get_header_value("Chunkwise-Scale"));
  const std::vector<float> exact = numbers(query);
  ASSERT_EQ(result->body.size(), exact.size() * 2);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    std::uint16_t number = 0;
    std::memcpy(&number, result->body.data() + 2 * i, 2);
    EXPECT_EQ(number == 65535, std::isnan(exact[i])) << i;
    if (number != 65535) {
      EXPECT_NEAR(offset + scale * number, exact[i], 0.51 * scale) << i;
    }
  }
  // No step stands for infinity, and none is needed for one value.
  EXPECT_EQ(get("api/slice?f=small*1e300&rows=0&columns=1&at=0,0&bits=16")->get_header_value("Chunkwise-Bits"), "32");
  const auto one = get("api/slice?f=small*0%2B7&rows=0&columns=1&at=0,0&bits=16");
  EXPECT_EQ(one->get_header_value("Chunkwise-Offset"), "7.0");
  EXPECT_EQ(one->body, std::string(8, '\0'));
  EXPECT_EQ(json("api/slice?f=t2m&rows=1&columns=2&at=0,0,0&bits=8", 400)["code"], "invalid_argument");
}

TEST_F(ExplorerViews, CellsOfACurvilinearGridHaveTheirPlaces) {
  const auto result = get("api/cells?f=turned");
  ASSERT_TRUE(result && result->status == 200) << result->body;
  EXPECT_EQ(result->get_header_value("Chunkwise-Axes"), "1,2");
  EXPECT_EQ(result->get_header_value("Chunkwise-Shape"), "2,3");
  const std::vector<float> places = numbers("api/cells?f=turned*2");  // formulas keep the grid
  EXPECT_THAT(places, ElementsAre(50, 51, 52, 48, 49, 50, 5, 8, 11, 6, 9, 12));
  EXPECT_EQ(json("api/cells?f=t2m", 404)["error"], "the array has no curvilinear grid");
  EXPECT_EQ(json("api/cells?f=small", 404)["error"], "the array has no curvilinear grid");
}

#ifdef CHUNKWISE_HAS_NETCDF
TEST_F(ExplorerViews, AFieldIsSavedAsANetcdfFile) {
  const auto result = get("api/netcdf?f=t2m&rows=1&columns=2&at=1,0,0");
  ASSERT_TRUE(result && result->status == 200) << result->body;
  const std::string path = ::testing::TempDir() + "chunkwise_explorer_field.nc";
  std::ofstream(path, std::ios::binary) << result->body;
  const auto field = cw::compute(cw::open_netcdf<double, 2>(path, "t2m"));
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x) EXPECT_EQ(field(y, x), 100 + 10 * y + x);
  std::remove(path.c_str());
  // One of more elements than a page saves is refused.
  EXPECT_EQ(json("api/netcdf?f=vast&rows=0&columns=1&at=0,0", 400)["code"], "invalid_argument");
}
#endif

TEST_F(Explorer, TellsThePlanOfARequestItsPlaceInTimeAndWhatWentWrong) {
  (void)numbers("api/slice?f=t2m-mean(t2m,0)&rows=1&columns=2&at=1,0,0");
  const Json requests = json("api/status.json")["requests"];
  const Json& ended = requests["ended"][0];
  EXPECT_EQ(ended["what"], "slice of t2m-mean(t2m,0)");
  EXPECT_EQ(ended["has_plan"], true);
  EXPECT_GE(ended["lane"], 0);
  EXPECT_LE(ended["began"].get<double>() + ended["seconds"].get<double>(), requests["now"].get<double>());
  const Json plan = json("api/plan?request=" + std::to_string(ended["number"].get<int>()));
  EXPECT_THAT(plan["dot"].get<std::string>(), HasSubstr("digraph"));
  EXPECT_FALSE(plan["stages"].empty());
  EXPECT_EQ(json("api/plan?request=999999", 404)["code"], "not_found");
  EXPECT_TRUE(requests["lines"].empty());
  (void)json("api/slice?f=t2m&rows=1&columns=2&at=9,0,0", 400);
  EXPECT_THAT(json("api/status.json")["requests"]["lines"].back()["text"].get<std::string>(),
              HasSubstr("slice: index 9 is outside axis 0"));
  EXPECT_EQ(json("api/log?worker=w", 404)["code"], "not_found");
}

TEST_F(ExplorerFormulas, AreShownAsVariablesAre) {
  const std::vector<float> values = numbers("api/slice?f=t2m-mean(t2m,0)&rows=1&columns=2&at=1,0,0");
  EXPECT_EQ(values[0], 0.0F);
  EXPECT_TRUE(std::isnan(values[9]));
}

TEST_F(ExplorerFormulas, ErrorsTellThePlace) {
  const Json error = json("api/check?f=t2m%20-%20men(t2m)", 404);
  EXPECT_THAT(error["error"].get<std::string>(), HasSubstr("did you mean"));
  EXPECT_EQ(error["place"], 6);
  // Umlauts take two bytes, and one column.
  EXPECT_EQ(json("api/check?f=%22%C3%A4%22%20%2B%20nope", 404)["place"], 0);
  EXPECT_EQ(json("api/check?f=t2m%20%2B", 400)["place"], 5);
  const std::string longer = "t2m" + std::string(40, ' ') + "%2B" + std::string(40, ' ') + "nope";
  std::string encoded;
  for (const char c : longer) encoded += c == ' ' ? std::string("%20") : std::string(1, c);
  EXPECT_EQ(json("api/check?f=" + encoded, 404)["place"], 84);
}

TEST_F(ExplorerFormulas, ThatHaveToFindSomethingOutAreCheckedWhenTheyAreDrawn) {
  EXPECT_EQ(json("api/check?f=t2m[t2m%3E200]")["later"], true);
  EXPECT_EQ(json("api/array?f=t2m[t2m%3E200]")["axes"][0]["size"], 31);
}

TEST_F(ExplorerFormulas, SeveralResultsAreRefused) {
  EXPECT_THAT(json("api/array?f=t2m;small", 400)["error"].get<std::string>(), HasSubstr("shows one array"));
}

TEST_F(ExplorerFormulas, WordsAreNamesAndFunctions) {
  const Json words = json("api/words");
  EXPECT_THAT(words["names"].get<std::vector<std::string>>(), ::testing::Contains("t2m"));
  bool has_mean = false;
  for (const Json& function : words["functions"]) has_mean = has_mean || function["name"] == "mean";
  EXPECT_TRUE(has_mean);
}

TEST_F(ExplorerStrangers, HaveNoToken) {
  for (const char* other : {"/", "/api/contents", "/index.html", "/00000000000000000000000000000000/api/contents", "//",
                            "/../etc/passwd"}) {
    const auto result = client_.Get(other);
    ASSERT_TRUE(result) << other;
    EXPECT_EQ(result->status, 404) << other;
    EXPECT_THAT(result->body, Not(HasSubstr(server_.token())));
  }
  std::string wrong = path("api/contents");
  wrong[1] = wrong[1] == '0' ? '1' : '0';
  EXPECT_EQ(client_.Get(wrong.c_str())->status, 404);
}

TEST_F(ExplorerStrangers, ComeFromOtherPages) {
  const std::string host = "127.0.0.1:" + std::to_string(server_.port());
  EXPECT_EQ(get("api/contents", {{"Host", "evil.example:" + std::to_string(server_.port())}})->status, 421);
  EXPECT_EQ(get("api/contents", {{"Host", "127.0.0.1"}})->status, 421);
  EXPECT_EQ(get("api/contents", {{"Host", host}, {"Origin", "http://evil.example"}})->status, 403);
  EXPECT_EQ(get("api/contents", {{"Host", host}, {"Sec-Fetch-Site", "cross-site"}})->status, 403);
  EXPECT_EQ(get("api/contents", {{"Host", host}, {"Origin", "http://" + host}})->status, 200);
}

TEST_F(ExplorerStrangers, OpenNoFile) {
  for (const char* rest :
       {"../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "page_files.cpp", "api/file"}) {
    const auto result = get(rest);
    ASSERT_TRUE(result) << rest;
    EXPECT_EQ(result->status, 404) << rest;
  }
  // A formula names what was given, and no file.
  EXPECT_EQ(json("api/array?f=%22%2Fetc%2Fpasswd%22", 404)["code"], "not_found");
}

TEST_F(ExplorerStrangers, GetThePolicyWithEachAnswer) {
  for (const char* rest : {"", "explore.js", "api/contents", "nothing"}) {
    const auto result = get(rest);
    ASSERT_TRUE(result) << rest;
    EXPECT_THAT(result->get_header_value("Content-Security-Policy"), HasSubstr("script-src 'self'"));
    EXPECT_THAT(result->get_header_value("Content-Security-Policy"), Not(HasSubstr("unsafe")));
    EXPECT_EQ(result->get_header_value("X-Content-Type-Options"), "nosniff");
  }
  EXPECT_THAT(get("")->body, HasSubstr("explore.js"));
}

TEST_F(ExplorerStrangers, AskOnlyWithGet) {
  EXPECT_EQ(client_.Post(path("api/contents").c_str(), "x", "text/plain")->status, 405);
  EXPECT_EQ(client_.Delete(path("api/contents").c_str())->status, 405);
  EXPECT_EQ(get("api/contents", {{"Range", "bytes=0-0,0-0,0-0"}})->status, 400);
}

TEST_F(ExplorerLimits, RequestsThatDoNotFitAreErrors) {
  for (const char* rest :
       {"api/slice",
        "api/slice?f=t2m",
        "api/slice?f=t2m&rows=1&columns=2",
        "api/slice?f=t2m&rows=1&columns=1&at=0,0,0",
        "api/slice?f=t2m&rows=1&columns=7&at=0,0,0",
        "api/slice?f=t2m&rows=-1&columns=2&at=0,0,0",
        "api/slice?f=t2m&rows=1&columns=2&at=3,0,0",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0",
        "api/slice?f=t2m&rows=1&columns=2&at=a,b,c",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&max=0",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&max=99999999999999999999",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&row_span=3:1",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&row_span=0:5",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&row_span=-9223372036854775808:9223372036854775807",
        "api/slice?f=t2m&rows=1&columns=2&at=0,0,0&method=guess",
        "api/line?f=t2m&along=3&at=0,0,0",
        "api/line?f=t2m&along=0&at=0,0,8",
        "api/box?f=t2m&along=1&rows=1&columns=2&at=0,0,0",
        "api/histogram?f=t2m&rows=1&columns=2&at=0,0,0&low=0&high=1&bins=100000",
        "api/histogram?f=t2m&rows=1&columns=2&at=0,0,0&low=nan&high=1&bins=3",
        "api/histogram?f=t2m&rows=1&columns=2&at=0,0,0&low=2&high=1&bins=3",
        "api/element?f=t2m&at=0,0",
        "api/array?f="}) {
    const Json answer = json(rest, 400);
    EXPECT_FALSE(answer["error"].get<std::string>().empty()) << rest;
  }
}

TEST_F(ExplorerLimits, AFormulaOfAMegabyteIsRefused) {
  const auto result = get("api/check?f=" + std::string(1'000'000, '1'));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 414);
  EXPECT_THAT(json("api/check?f=" + std::string(5000, '1'), 400)["error"].get<std::string>(), HasSubstr("4096"));
  // Whoever sends without an end is not listened to without an end.
  const auto endless = get("api/check?f=" + std::string(20'000'000, '1'));
  EXPECT_TRUE(!endless || endless->status == 414);
  EXPECT_EQ(json("api/array?f=t2m")["dtype"], "float64");
}

TEST_F(ExplorerLimits, AResultThatIsTooLargeIsRefused) {
  const Json error =
      json("api/slice?f=sin(vast)&rows=0&columns=1&at=0,0&max=8192&row_span=0:4000&column_span=0:4000", 413);
  EXPECT_EQ(error["code"], "memory_limit");
}

TEST_F(ExplorerLimits, ARunEndsIfNobodyWaitsForIt) {
  // Sums of 4e10 elements take minutes.
  const int sock = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(server_.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(sock, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET " + path("api/slice?f=sin(vast)&rows=0&columns=1&at=0,0&max=16") +
                              " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_.port()) + "\r\n\r\n";
  ASSERT_EQ(::send(sock, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  const auto requests = [&] { return json("api/status.json")["requests"]; };
  const auto until = [&](const auto& holds) {
    for (int i = 0; i < 300 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return holds();
  };
  EXPECT_TRUE(until([&] { return requests()["running"].size() == 1; }));
  ::close(sock);
  EXPECT_TRUE(until([&] { return requests()["running"].empty(); }));
  EXPECT_EQ(requests()["ended"][0]["cancelled"], true);
}

TEST_F(ExplorerLimits, AHundredConnectionsKeepNobodyWaiting) {
  std::vector<std::unique_ptr<httplib::Client>> tabs;
  for (int i = 0; i < 100; ++i) {
    tabs.push_back(std::make_unique<httplib::Client>("127.0.0.1", server_.port()));
    tabs.back()->set_keep_alive(true);
    const auto result = tabs.back()->Get(path("api/array?f=t2m").c_str());
    ASSERT_TRUE(result && result->status == 200) << i;
  }
  EXPECT_EQ(json("api/array?f=t2m")["units"], "K");
}

TEST_F(Explorer, StatusIsAStreamOfEvents) {
  std::string text;
  client_.Get(path("api/status").c_str(), [&](const char* data, std::size_t size) {
    text.append(data, size);
    return text.size() < 10 || text.find("\n\ndata: ") == std::string::npos;
  });
  ASSERT_TRUE(text.starts_with("data: ")) << text;
  const Json status = Json::parse(text.substr(6, text.find("\n\n") - 6));
  EXPECT_EQ(status["backend"], "local:2");
  EXPECT_GT(status["resident"], 1000);
}

/// A server that asks for a secret.
class ExplorerSecret : public Explorer {
 protected:
  ExplorerSecret()
      : Explorer([] {
          explorer::ServerOptions options;
          options.secret = "open sesame";
          return options;
        }()) {}
};

TEST_F(ExplorerSecret, IsAskedForBeforeTheAddressIsTold) {
  EXPECT_THAT(server_.address(), Not(HasSubstr(server_.token())));
  const auto entrance = client_.Get("/");
  ASSERT_TRUE(entrance);
  EXPECT_THAT(entrance->body, HasSubstr("asks for its secret"));
  EXPECT_THAT(entrance->body, Not(HasSubstr(server_.token())));
  const std::string form = "application/x-www-form-urlencoded";
  EXPECT_EQ(client_.Post("/enter", "secret=open", form.c_str())->status, 403);
  EXPECT_EQ(client_.Post("/enter", "secret=", form.c_str())->status, 403);
  const auto entered = client_.Post("/enter", "secret=open+sesame", form.c_str());
  ASSERT_TRUE(entered);
  EXPECT_EQ(entered->status, 303);
  EXPECT_EQ(entered->get_header_value("Location"), path(""));
  const auto elsewhere =
      client_.Post("/enter", {{"Origin", "http://evil.example"}}, "secret=open+sesame", form.c_str());
  EXPECT_EQ(elsewhere->status, 403);
  EXPECT_EQ(client_.Post("/enter", std::string(1'000'000, 'x'), form.c_str())->status, 413);
}

}  // namespace
