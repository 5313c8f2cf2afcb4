#include "chunkwise/expr/along.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"
#include "tests/recorded.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

static_assert(is<std::int64_t, decltype(cumsum(make<Cube<std::int32_t>>(), 0))>);
static_assert(is<std::int64_t, decltype(cumsum(make<Cube<bool>>(), 0))>);
static_assert(is<std::uint64_t, decltype(cumprod(make<Cube<std::uint8_t>>(), 0))>);
static_assert(is<float, decltype(cumsum(make<Cube<float>>(), -1))>);
static_assert(is<std::int8_t, decltype(sort(make<Cube<std::int8_t>>(), 2))>);
static_assert(is<std::int64_t, decltype(argsort(make<Cube<float>>(), 1))>);
static_assert(is<double, decltype(median(make<Cube<std::int16_t>>(), 1))>);
static_assert(is<float, decltype(nanmedian(make<Cube<float>>(), 1))>);
static_assert(rank_of<decltype(cumsum(make<Cube<double>>(), 0))> == 3);
static_assert(rank_of<decltype(median(make<Cube<double>>(), 0))> == 2);
static_assert(rank_of<decltype(median(make<Cube<double>>(), 0, keepdims))> == 3);

template <class T>
std::uint64_t bits_of(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

TEST(Along, CumsumAddsFromTheFirstToTheLastInTheResultsType) {
  EXPECT_EQ(values(cumsum(vector_of<std::int8_t>({100, 100, -1, 100}), 0)),
            (std::vector<std::int64_t>{100, 200, 199, 299}));
  EXPECT_EQ(values(cumsum(counting<std::uint8_t, 2>({2, 3}), 0)), (std::vector<std::uint64_t>{0, 1, 2, 3, 5, 7}));
  EXPECT_EQ(values(cumsum(counting<std::uint8_t, 2>({2, 3}), -1)), (std::vector<std::uint64_t>{0, 1, 3, 3, 7, 12}));
  const auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(values(cumsum(vector_of<std::int64_t>({most, 1}), 0))[1], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(values(cumprod(vector_of<std::int32_t>({-2, 3, 1 << 30, 8}), 0)),
            (std::vector<std::int64_t>{-2, -6, -6 * (std::int64_t{1} << 30), -6 * (std::int64_t{1} << 33)}));
  // A float32 that is added to 2^24 is lost; float64 would keep it.
  EXPECT_EQ(values(cumsum(vector_of<float>({16777216.0F, 1.0F, 1.0F}), 0)),
            (std::vector<float>{16777216.0F, 16777216.0F, 16777216.0F}));
  EXPECT_EQ(bits_of(values(cumsum(vector_of<double>({-0.0}), 0))[0]), bits_of(-0.0));
}

TEST(Along, CumsumHasItsRecordedBits) {
  std::vector<double> x;
  for (int i = 0; i < 1000; ++i) x.push_back(1.0 / (i + 1) - 0.006);
  EXPECT_EQ(bits_of(values(cumsum(vector_of(x), 0)).back()), 0x3ff7c47d17d3983eU);
  const std::vector<float> y(x.begin(), x.end());
  EXPECT_EQ(bits_of(values(cumsum(vector_of(y), 0)).back()), 0x3fbe23adU);
  EXPECT_EQ(bits_of(values(median(vector_of(x), 0))[0]), 0xbf7064659f91771aU);
}

TEST(Along, NanCountsAsNothingInTheNanVariants) {
  const auto x = vector_of<double>({nan, 2, nan, 3});
  EXPECT_EQ(values(nancumsum(x, 0)), (std::vector<double>{0, 2, 2, 5}));
  EXPECT_EQ(values(nancumprod(x, 0)), (std::vector<double>{1, 2, 2, 6}));
  EXPECT_TRUE(std::isnan(values(cumsum(x, 0))[0]));
  EXPECT_TRUE(std::isnan(values(median(x, 0))[0]));
  EXPECT_EQ(values(nanmedian(x, 0)), (std::vector<double>{2.5}));
  EXPECT_TRUE(std::isnan(values(nanmedian(vector_of<double>({nan, nan}), 0))[0]));
}

TEST(Along, SortPutsNanLastAndOneZeroBeforeTheOther) {
  const auto sorted = values(sort(vector_of<double>({3, nan, 0.0, -0.0, -INFINITY, INFINITY, -1}), 0));
  const std::vector<double> wanted{-INFINITY, -1, -0.0, 0.0, 3, INFINITY};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(bits_of(sorted[i]), bits_of(wanted[i])) << i;
  EXPECT_TRUE(std::isnan(sorted[6]));
  EXPECT_EQ(values(sort(vector_of<std::uint8_t>({200, 3, 255, 0}), 0)), (std::vector<std::uint8_t>{0, 3, 200, 255}));
  EXPECT_EQ(values(argsort(vector_of<float>({2, NAN, 1, 2, NAN, 1}), 0)),
            (std::vector<std::int64_t>{2, 5, 0, 3, 1, 4}));
  EXPECT_EQ(values(sort(vector_of<std::int16_t>({3, -5, 9, 7}), 0)(-1)), (std::vector<std::int16_t>{9}));
}

TEST(Along, MedianIsTheMiddleOrHalfTheSumOfTheTwoInTheMiddle) {
  EXPECT_EQ(values(median(vector_of<std::int32_t>({5, 1, 4}), 0)), (std::vector<double>{4}));
  EXPECT_EQ(values(median(vector_of<std::int32_t>({5, 1, 4, 2}), 0)), (std::vector<double>{3}));
  EXPECT_EQ(values(median(counting<float, 2>({3, 4}), 1)), (std::vector<float>{1.5F, 5.5F, 9.5F}));
  EXPECT_EQ(values(median(counting<float, 2>({3, 4}), 0, keepdims)), (std::vector<float>{4, 5, 6, 7}));
  EXPECT_TRUE(std::isnan(values(median(vector_of<double>({}), 0))[0]));
  EXPECT_EQ(values(cumsum(vector_of<double>({}), 0)).size(), 0U);
}

TEST(Along, LinesDoNotDependOnChunks) {
  const auto check = [](auto function) {
    const auto whole = values(function(random<double, 3>({60, 7, 50}, 3, {60, 7, 50})));
    for (const Shape& chunks : {Shape{7, 3, 11}, Shape{1, 7, 50}, Shape{60, 1, 1}})
      EXPECT_EQ(values(function(random<double, 3>({60, 7, 50}, 3, chunks))), whole) << chunks;
  };
  check([](const auto& x) { return cumsum(x, 0); });
  check([](const auto& x) { return cumsum(x, 2); });
  check([](const auto& x) { return x - cumsum(x, 1) * 2.0; });
  check([](const auto& x) { return median(x, 0); });
  check([](const auto& x) { return x / median(x, 0); });
  check([](const auto& x) { return sort(cumsum(x, 0), 2)(range(50, 10, -3), all, 4); });
  check([](const auto& x) { return median(median(x, 0), 1); });
  check([](const auto& x) { return cumsum(x, 0)(-1); });
}

TEST(Along, LabelsStayWhereTheyMeanSomething) {
  const Coordinate time({0, 6, 12}, {{"units", "hours since 2000-01-01"}});
  const auto x = counting<double, 2>({3, 2}).with_labels(
      Labels({"time", "x"}, {time, {}}, "rain", {{"units", "mm"}, {"standard_name", "rain"}}));
  const auto units_of = [](const Labels& labels) -> std::string {
    for (const Attribute& attribute : labels.attributes())
      if (attribute.name == "units") return std::get<std::string>(attribute.value);
    return "";
  };
  EXPECT_EQ(cumsum(x, "time").labels().coordinate(0), time);
  EXPECT_EQ(units_of(cumsum(x, "time").labels()), "mm");
  EXPECT_EQ(units_of(cumprod(x, "time").labels()), "");
  EXPECT_FALSE(sort(x, "time").labels().coordinate(0));
  EXPECT_EQ(sort(x, "time").labels().dimension(0), "time");
  EXPECT_EQ(sort(x, "x").labels().coordinate(0), time);
  EXPECT_EQ(units_of(sort(x, "time").labels()), "mm");
  EXPECT_EQ(units_of(argsort(x, "time").labels()), "");
  const Labels middle = median(x, "time").labels();
  EXPECT_EQ(middle.dimension(0), "x");
  EXPECT_EQ(units_of(middle), "mm");
  EXPECT_EQ(std::get<std::string>(middle.attributes().back().value), "time: median");
  EXPECT_EQ(error_of([&] { (void)cumsum(x, "tim"); }).code, ErrorCode::not_found);
}

/// Each element less the first of its line.
struct SinceTheFirst {
  static constexpr auto name = "tests.since_the_first";
  static constexpr int version = 1;
  static constexpr bool keeps_coordinate = true;
  static void apply(std::span<const double> line, std::span<double> out) {
    for (std::size_t i = 0; i < line.size(); ++i) out[i] = line[i] - line[0];
  }
};
/// The largest less the smallest.
struct Spread {
  static constexpr auto name = "tests.spread";
  static constexpr int version = 1;
  static constexpr bool one_result = true;
  static void apply(std::span<float> line, std::span<std::int32_t> out) {
    std::sort(line.begin(), line.end());
    out[0] = static_cast<std::int32_t>(line.back() - line.front());
  }
};

TEST(Along, TakesAFunctionOfAUsersOwn) {
  const auto x = counting<std::int16_t, 2>({3, 4}, {2, 2});
  EXPECT_EQ(values(along<SinceTheFirst>(x, 0)), (std::vector<double>{0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8}));
  EXPECT_EQ(values(along<Spread>(x, 1)), (std::vector<std::int32_t>{3, 3, 3}));
  EXPECT_EQ(along<Spread>(x, 1, keepdims).shape(), (Shape{3, 1}));
  EXPECT_EQ(values(x * 0.5 - along<SinceTheFirst>(x, 1)).back(), 5.5 - 3);
  const auto named = x.with_labels(Labels({"y", "x"}, {Coordinate({1, 2, 3}, {}), {}}, "", {}));
  EXPECT_TRUE(along<SinceTheFirst>(named, "y").labels().coordinate(0));
}

TEST(Along, QuantilesLieBetweenTwoElementsByTheMethod) {
  const auto x = vector_of<double>({3, 1, 2, 5, 4});
  EXPECT_EQ(values(quantile(x, 0, 0)), (std::vector<double>{1}));
  EXPECT_EQ(values(quantile(x, 0.5, 0)), (std::vector<double>{3}));
  EXPECT_EQ(values(percentile(x, 90, 0)), (std::vector<double>{4.6}));
  EXPECT_EQ(values(quantile(x, 0.9, 0, QuantileMethod::lower)), (std::vector<double>{4}));
  EXPECT_EQ(quantile(counting<float, 2>({4, 3}), 0.25, 0, keepdims, QuantileMethod::hazen).shape(), (Shape{1, 3}));
  EXPECT_EQ(values(quantile(counting<float, 2>({4, 3}), 0.5, 0)), (std::vector<float>{4.5F, 5.5F, 6.5F}));
  const auto gaps = vector_of<double>({nan, 1, 2});
  EXPECT_TRUE(std::isnan(values(quantile(gaps, 0.5, 0))[0]));
  EXPECT_EQ(values(nanquantile(gaps, 0.5, 0)), (std::vector<double>{1.5}));
  EXPECT_EQ(values(nanpercentile(gaps, 100, 0)), (std::vector<double>{2}));
  EXPECT_TRUE(std::isnan(values(quantile(counting<double, 2>({0, 1}), 0.5, 0))[0]));
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(values(quantile(vector_of<double>({1, infinite}), 0, 0))[0], 1);
  EXPECT_EQ(values(quantile(vector_of<double>({infinite, infinite}), 0.3, 0))[0], infinite);
}

TEST(Along, AParameterWithoutAMeaningIsRefused) {
  const auto x = counting<double, 1>({3});
  const auto code = [](const auto& call) { return error_of(call).code; };
  for (const double q : {-0.1, 1.1, nan}) EXPECT_EQ(code([&] { (void)quantile(x, q, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)percentile(x, 100.5, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)quantile(x, 0.5, 0, static_cast<QuantileMethod>(13)); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)gradient(x, 0, 0.0); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)trapezoid(x, 0, nan); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)build::along(linewise::Quantile::code, x.node(), 0, false); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { (void)build::along(linewise::Median::code, x.node(), 0, false, {1}); }),
            ErrorCode::invalid_argument);
}

TEST(Along, ExtremesRunAndGapsAreFilled) {
  const auto x = vector_of<double>({nan, 2, 1, nan, 3});
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i] == b[i] || (a[i] != a[i] && b[i] != b[i])) << i;
  };
  same(values(ffill(x, 0)), {nan, 2, 1, 1, 3});
  same(values(bfill(x, 0)), {2, 2, 1, 3, 3});
  same(values(cummax(x(range(1, none)), 0)), {2, 2, nan, nan});
  same(values(cummin(x(range(1, none)), 0)), {2, 1, nan, nan});
  EXPECT_EQ(values(cummax(vector_of<std::int8_t>({-3, 5, 2, 7}), 0)), (std::vector<std::int8_t>{-3, 5, 5, 7}));
  // Side by side, in chunks.
  EXPECT_EQ(values(cummin(counting<float, 2>({3, 2}, {1, 1}), 0)), (std::vector<float>{0, 1, 0, 1, 0, 1}));
}

TEST(Along, ATrendIsTakenAwayAndASlopeFound) {
  EXPECT_EQ(values(detrend(vector_of<double>({1, 3, 5, 7}), 0)), (std::vector<double>{0, 0, 0, 0}));
  const std::vector<double> rest = values(detrend(vector_of<double>({1, 3, 5, 11}), 0));
  for (std::size_t i = 0; i < rest.size(); ++i)
    EXPECT_NEAR(rest[i], (std::vector{0.8, -0.4, -1.6, 1.2}[i]), 1e-14) << i;
  EXPECT_EQ(values(detrend(vector_of<double>({4}), 0)), (std::vector<double>{0}));
  EXPECT_EQ(values(gradient(vector_of<std::int16_t>({1, 2, 4, 7}), 0)), (std::vector<double>{1, 1.5, 2.5, 3}));
  EXPECT_EQ(values(gradient(vector_of<double>({1, 2, 4, 7}), 0, 0.5)), (std::vector<double>{2, 3, 5, 6}));
  EXPECT_TRUE(std::isnan(values(gradient(vector_of<double>({1}), 0))[0]));
  EXPECT_EQ(values(trapezoid(vector_of<double>({1, 2, 4}), 0)), (std::vector<double>{4.5}));
  EXPECT_EQ(values(trapezoid(vector_of<double>({1, 2, 4}), 0, 2)), (std::vector<double>{9}));
}

/// Quantiles by all methods, slopes, areas and running extremes, as NumPy has them (line_cases.py).
TEST(Along, LinesAreWhatNumpyMakesOfThem) {
  const auto json = nlohmann::json::parse(std::ifstream(CHUNKWISE_TESTS_DIR "/expr/line_cases.json"));
  ASSERT_GT(json.at("cases").size(), 500U);
  const Shape shape{7, 10};
  for (const auto& one : json.at("cases")) {
    const std::string name = one.at("of");
    const auto bytes = std::make_shared<const std::vector<std::byte>>(bytes_from(json.at("variables").at(name)));
    const NodePtr x =
        build::source(memory_source({dtype_from(name), shape, row_major_strides(shape), bytes, bytes->data()}, {3, 4}));
    LineCode code{};
    for (const linewise::Description& description : linewise::descriptions)
      if (description.name == one.at("function").get<std::string>()) code = description.code;
    const NodePtr node = build::along(code, x, one.at("axis"), false, one.at("parameters").get<std::vector<double>>());
    ASSERT_EQ(name_of(node->dtype), one.at("dtype").get<std::string>()) << one;
    const UntypedNdArray result = local()->run(Graph{{node}}, std::vector<Target>(1), {}).front();
    const std::vector<std::byte> wanted = bytes_from(one.at("bytes"));
    ASSERT_EQ(wanted.size(), static_cast<std::size_t>(node->shape.elements()) * size_of(node->dtype));
    dispatch(node->dtype, [&](auto zero) {
      using T = decltype(zero);
      for (std::int64_t i = 0; i < node->shape.elements(); ++i) {
        T ours{}, theirs{};
        std::memcpy(&ours, static_cast<const std::byte*>(result.data) + static_cast<std::size_t>(i) * sizeof(T),
                    sizeof(T));
        std::memcpy(&theirs, wanted.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
        if constexpr (std::is_floating_point_v<T>) {
          // NumPy adds areas in another order, and takes another way to the same place between two elements.
          const T most = std::abs(theirs) * 8 * std::numeric_limits<T>::epsilon() + std::numeric_limits<T>::min();
          EXPECT_TRUE(std::abs(ours - theirs) <= most || ours == theirs || (ours != ours && theirs != theirs))
              << ours << " and " << theirs << " at " << i << " of " << one.at("function") << one.at("parameters")
              << name;
        } else {
          EXPECT_EQ(ours, theirs) << i << " of " << one.at("function") << name;
        }
      }
    });
  }
}

}  // namespace
}  // namespace chunkwise_test
