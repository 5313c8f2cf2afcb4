#include "chunkwise/expr/reduce.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

static_assert(is<std::int64_t, decltype(sum(make<Cube<std::int8_t>>()))>);
static_assert(is<std::int64_t, decltype(sum(make<Cube<bool>>()))>);
static_assert(is<std::uint64_t, decltype(sum(make<Cube<std::uint8_t>>()))>);
static_assert(is<float, decltype(sum(make<Cube<float>>()))>);
static_assert(is<double, decltype(mean(make<Cube<std::int8_t>>()))>);
static_assert(is<float, decltype(mean(make<Cube<float>>()))>);
static_assert(is<float, decltype(stddev(make<Cube<float>>()))>);
static_assert(is<double, decltype(var(make<Cube<bool>>()))>);
static_assert(is<std::int8_t, decltype(min(make<Cube<std::int8_t>>()))>);
static_assert(is<bool, decltype(max(make<Cube<bool>>()))>);
static_assert(is<std::int64_t, decltype(count(make<Cube<float>>()))>);
static_assert(is<float, decltype(nansum(make<Cube<float>>()))>);
static_assert(is<std::int64_t, decltype(prod(make<Cube<std::int8_t>>()))>);
static_assert(is<std::int64_t, decltype(prod(make<Cube<bool>>()))>);
static_assert(is<std::uint64_t, decltype(prod(make<Cube<std::uint16_t>>()))>);
static_assert(is<float, decltype(nanprod(make<Cube<float>>()))>);
static_assert(is<bool, decltype(any(make<Cube<float>>()))>);
static_assert(is<bool, decltype(all(make<Cube<std::int32_t>>()))>);
static_assert(is<std::int64_t, decltype(argmin(make<Cube<bool>>()))>);
static_assert(is<std::int64_t, decltype(argmax(make<Cube<float>>()))>);
static_assert(is<std::int64_t, decltype(nanargmax(make<Cube<double>>()))>);
static_assert(is<std::int16_t, decltype(first(make<Cube<std::int16_t>>()))>);
static_assert(is<bool, decltype(last(make<Cube<bool>>()))>);
static_assert(is<float, decltype(nanlast(make<Cube<float>>()))>);
static_assert(rank_of<decltype(mean(make<Cube<double>>()))> == 0);
static_assert(rank_of<decltype(mean(make<Cube<double>>(), 1))> == 2);
static_assert(rank_of<decltype(mean(make<Cube<double>>(), axes(0, -1)))> == 1);
static_assert(rank_of<decltype(mean(make<Cube<double>>(), axes(0, 1, 2)))> == 0);
static_assert(rank_of<decltype(mean(make<Cube<double>>(), keepdims))> == 3);
static_assert(rank_of<decltype(mean(make<Cube<double>>(), 1, keepdims))> == 3);
static_assert(rank_of<decltype(var(make<Cube<double>>(), axes(0, 1), ddof(1), keepdims))> == 3);

TEST(Reduce, OverEverythingIsANumber) {
  const auto x = counting<double, 3>({2, 3, 4}, {1, 2, 3});
  EXPECT_EQ(compute(local(), sum(x)), 276);
  EXPECT_EQ(compute(local(), mean(x)), 11.5);
  EXPECT_DOUBLE_EQ(compute(local(), var(x)), (24 * 24 - 1) / 12.0);
  EXPECT_DOUBLE_EQ(compute(local(), stddev(x)), std::sqrt((24 * 24 - 1) / 12.0));
  EXPECT_EQ(compute(local(), min(x)), 0);
  EXPECT_EQ(compute(local(), max(x)), 23);
  EXPECT_EQ(compute(local(), count(x)), 24);
}

TEST(Reduce, OverOneAxisOrSeveral) {
  const auto x = counting<std::int32_t, 3>({2, 3, 4}, {1, 2, 3});
  EXPECT_EQ(values(sum(x, 0)), (std::vector<std::int64_t>{12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34}));
  EXPECT_EQ(values(sum(x, 1)), (std::vector<std::int64_t>{12, 15, 18, 21, 48, 51, 54, 57}));
  EXPECT_EQ(values(sum(x, -1)), (std::vector<std::int64_t>{6, 22, 38, 54, 70, 86}));
  EXPECT_EQ(values(sum(x, axes(0, 2))), (std::vector<std::int64_t>{60, 92, 124}));
  EXPECT_EQ(values(sum(x, axes(2, 0))), (std::vector<std::int64_t>{60, 92, 124}));
  EXPECT_EQ(values(sum(x, axes(0, 1))), (std::vector<std::int64_t>{60, 66, 72, 78}));
  EXPECT_EQ(values(max(x, axes(1, -1))), (std::vector<std::int32_t>{11, 23}));
  EXPECT_EQ(values(mean(x, 1)), (std::vector<double>{4, 5, 6, 7, 16, 17, 18, 19}));
}

TEST(Reduce, AxesMayBeRunTimeNumbersOrNames) {
  const auto x = counting<double, 3>({2, 3, 4}).with_labels(Labels({"time", "latitude", "longitude"}));
  const std::string name = "latitude";
  EXPECT_EQ(values(sum(x, "latitude")), values(sum(x, 1)));
  EXPECT_EQ(values(sum(x, std::string_view(name))), values(sum(x, 1)));
  EXPECT_EQ(values(sum(x, runtime_axis(-2))), values(sum(x, 1)));
  EXPECT_EQ(values(sum(x, axes("longitude", 0))), values(sum(x, axes(0, 2))));
  EXPECT_EQ(values(sum(x, axes(runtime_axis(2), "time"))), values(sum(x, axes(0, 2))));
}

TEST(Reduce, ARunTimeAxisThatIsNotThereIsAnErrorWithTheRank) {
  const auto x = counting<double, 2>({2, 3});
  const Caught caught = error_of([&] { (void)sum(x, runtime_axis(2)); });
  EXPECT_EQ(caught.code, ErrorCode::out_of_range);
  EXPECT_TRUE(caught.says("axis 2") && caught.says("2 axes")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)sum(x, axes(0, -3)); }).code, ErrorCode::out_of_range);
}

TEST(Reduce, AnAxisNamedTwiceIsAnError) {
  const auto x = counting<double, 2>({2, 3}).with_labels(Labels({"time", "place"}));
  for (const auto& twice : {axes(1, 1), axes(1, -1), axes("place", "place"), axes(1, "place")}) {
    const Caught caught = error_of([&] { (void)sum(x, twice); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
    EXPECT_TRUE(caught.says("axis 1") && caught.says("twice")) << caught.message;
  }
}

TEST(Reduce, KeepdimsKeepsTheAxisWithExtentOne) {
  const auto x = counting<double, 3>({2, 3, 4});
  EXPECT_EQ(sum(x, keepdims).shape(), (Shape{1, 1, 1}));
  EXPECT_EQ(sum(x, 1, keepdims).shape(), (Shape{2, 1, 4}));
  EXPECT_EQ(values(sum(x, 1, keepdims)), values(sum(x, 1)));
  EXPECT_EQ(values(sum(x, axes(0, 2), keepdims)), values(sum(x, axes(0, 2))));
  EXPECT_EQ(values(x - mean(x, 1, keepdims)), values(x - mean(x, 1)(all, newaxis)));
}

TEST(Reduce, DdofIsTakenFromTheDivisor) {
  const auto x = vector_of<double>({1, 2, 4, 9});
  EXPECT_DOUBLE_EQ(compute(local(), var(x)), 38.0 / 4);
  EXPECT_DOUBLE_EQ(compute(local(), var(x, ddof(1))), 38.0 / 3);
  EXPECT_DOUBLE_EQ(compute(local(), stddev(x, 0, ddof(2))), std::sqrt(38.0 / 2));
  EXPECT_DOUBLE_EQ(compute(local(), nanvar(x, 0, ddof(1), keepdims)(0)), 38.0 / 3);
  EXPECT_EQ(compute(local(), var(x, ddof(4))), INFINITY);
  EXPECT_TRUE(std::isnan(compute(local(), nanvar(x, ddof(4)))));
}

TEST(Reduce, OfRankZeroIsTheElement) {
  const auto x = counting<double, 1>({5})(3);
  EXPECT_EQ(compute(local(), sum(x)), 3);
  EXPECT_EQ(compute(local(), mean(x)), 3);
  EXPECT_EQ(compute(local(), stddev(x)), 0);
  EXPECT_EQ(compute(local(), min(x)), 3);
  EXPECT_EQ(compute(local(), count(x)), 1);
}

TEST(Reduce, OfNoElementsIsWhatNothingHas) {
  const auto x = from_vector<2>(std::vector<double>{}, {0, 3});
  EXPECT_EQ(values(sum(x, 0)), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(values(count(x, 0)), (std::vector<std::int64_t>{0, 0, 0}));
  for (const double value : values(mean(x, 0))) EXPECT_TRUE(std::isnan(value));
  for (const double value : values(stddev(x, 0))) EXPECT_TRUE(std::isnan(value));
  EXPECT_TRUE(values(sum(x, 1)).empty());
  EXPECT_EQ(compute(local(), sum(x)), 0);
  EXPECT_EQ(compute(local(), nansum(x)), 0);
  EXPECT_TRUE(std::isnan(compute(local(), nanmean(x))));
}

TEST(Reduce, SmallestOfNothingIsAnErrorWithTheShape) {
  const auto x = from_vector<2>(std::vector<double>{}, {0, 3});
  const Caught caught = error_of([&] { (void)compute(local(), min(x, 0)); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("min") && caught.says("(0, 3)")) << caught.message;
  EXPECT_EQ(error_of([&] { (void)compute(local(), nanmax(x)); }).code, ErrorCode::invalid_argument);
  EXPECT_TRUE(values(max(x, 1)).empty());
}

TEST(Reduce, ReductionsOfFormulasAndPartsAndReductions) {
  const auto x = counting<double, 2>({4, 6}, {3, 4});
  EXPECT_EQ(compute(local(), sum(x * x)), 4324);
  EXPECT_EQ(compute(local(), sum(x(range(none, none, 2), range(none, none, -3)))), 4 * (5 + 2) / 2 + 2 * 12);
  EXPECT_EQ(compute(local(), max(mean(x, 1))), 20.5);
  EXPECT_EQ(compute(local(), mean(x - mean(x))), 0);
  EXPECT_EQ(values(sum(x - mean(x, 0), 0)), (std::vector<double>(6, 0.0)));
}

TEST(Reduce, SeveralReductionsComputedTogetherAreTheOnesComputedAlone) {
  const auto x = random<double, 2>({70, 50}, 3, {16, 50});
  const auto [a, b, c, d, e, f] =
      compute(local(), mean(x, 0), stddev(x, 0), sum(x), min(x, 1), mean(x * 2, 0), count(x, 0));
  EXPECT_EQ(a, compute(local(), mean(x, 0)));
  EXPECT_EQ(b, compute(local(), stddev(x, 0)));
  EXPECT_EQ(c, compute(local(), sum(x)));
  EXPECT_EQ(d, compute(local(), min(x, 1)));
  EXPECT_EQ(e, compute(local(), mean(x * 2, 0)));
  EXPECT_EQ(f, compute(local(), count(x, 0)));
}

TEST(Aggregates, ProductsWrapIn64BitsAndRoundOnce) {
  EXPECT_EQ(compute(local(), prod(vector_of<std::int8_t>({100, 100, 2}))), 20000);
  EXPECT_EQ(compute(local(), prod(vector_of<std::int64_t>({std::int64_t{1} << 62, 6}))), std::int64_t{1} << 63);
  EXPECT_EQ(compute(local(), prod(vector_of<std::uint32_t>({4000000000U, 4000000000U}))), 16000000000000000000U);
  EXPECT_EQ(compute(local(), prod(vector_of<bool>({true, true}))), 1);
  // In float32 the product of the first two would already be infinite.
  EXPECT_EQ(compute(local(), prod(vector_of<float>({1e30F, 1e30F, 1e-30F}))), 1e30F);
  const auto x = vector_of<double>({2, NAN, 3});
  EXPECT_TRUE(std::isnan(compute(local(), prod(x))));
  EXPECT_EQ(compute(local(), nanprod(x)), 6);
}

TEST(Aggregates, AnyAndAllAskWhatIsNotZero) {
  EXPECT_FALSE(compute(local(), any(vector_of<double>({0, -0.0}))));
  EXPECT_TRUE(compute(local(), any(vector_of<double>({0, NAN}))));
  EXPECT_TRUE(compute(local(), all(vector_of<double>({1e-300, NAN}))));
  EXPECT_FALSE(compute(local(), all(vector_of<std::uint8_t>({1, 0, 3}))));
  const auto x = counting<std::int32_t, 2>({3, 4}, {2, 3});
  EXPECT_EQ(values(any(x > 9, 1)), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(values(all(x > 0, 0)), (std::vector<bool>{false, true, true, true}));
}

TEST(Aggregates, ArgmaxTakesTheFirstOfEqualElements) {
  const auto x = vector_of<double>({1, 5, 3, 5, 1, -0.0, 0.0});
  EXPECT_EQ(compute(local(), argmax(x)), 1);
  EXPECT_EQ(compute(local(), argmin(x)), 5);
  const auto same = vector_of<std::uint64_t>(std::vector<std::uint64_t>(1000, UINT64_MAX));
  EXPECT_EQ(compute(local(), argmin(same)), 0);
  EXPECT_EQ(compute(local(), argmax(same)), 0);
  EXPECT_EQ(compute(local(), argmax(vector_of<bool>({false, true, true}))), 1);
  EXPECT_EQ(compute(local(), argmin(vector_of<std::int8_t>({3, -128, -128}))), 1);
}

TEST(Aggregates, NanIsTheExtremeForArgmaxAndSkippedByNanargmax) {
  const auto x = vector_of<double>({1, NAN, 7, NAN, -7});
  EXPECT_EQ(compute(local(), argmax(x)), 1);
  EXPECT_EQ(compute(local(), argmin(x)), 1);
  EXPECT_EQ(compute(local(), nanargmax(x)), 2);
  EXPECT_EQ(compute(local(), nanargmin(x)), 4);
  const auto none = vector_of<float>({NAN, NAN});
  EXPECT_EQ(compute(local(), argmax(none)), 0);
  EXPECT_EQ(compute(local(), nanargmax(none)), -1);
  EXPECT_EQ(compute(local(), nanargmin(none)), -1);
}

TEST(Aggregates, PositionsCountTheReducedAxesInRowMajorOrderWhateverTheChunks) {
  std::vector<double> elements(6 * 5 * 4, 0.0);
  const auto at = [](int i, int j, int k) { return static_cast<std::size_t>((i * 5 + j) * 4 + k); };
  elements[at(1, 4, 3)] = elements[at(2, 0, 0)] = elements[at(2, 0, 3)] = 9;
  for (const Shape& chunks : {Shape{6, 5, 4}, Shape{1, 1, 1}, Shape{6, 2, 1}, Shape{4, 3, 3}, Shape{1, 5, 2}}) {
    SCOPED_TRACE(to_string(chunks));
    const auto x = from_vector<3>(elements, {6, 5, 4}, chunks);
    EXPECT_EQ(compute(local(), argmax(x)), static_cast<std::int64_t>(at(1, 4, 3)));
    EXPECT_EQ(values(argmax(x, axes(0, 1))), (std::vector<std::int64_t>{10, 0, 0, 9}));
    EXPECT_EQ(values(argmax(x, axes(0, 2))), (std::vector<std::int64_t>{8, 0, 0, 0, 7}));
    EXPECT_EQ(values(argmax(x, axes(1, 2))), (std::vector<std::int64_t>{0, 19, 0, 0, 0, 0}));
    EXPECT_EQ(values(argmax(x(2), 1)), (std::vector<std::int64_t>{0, 0, 0, 0, 0}));
    EXPECT_EQ(values(argmax(x(all, 0), 0)), (std::vector<std::int64_t>{2, 0, 0, 2}));
    EXPECT_EQ(values(argmax(x(range(none, none, -1), 0), 0)), (std::vector<std::int64_t>{3, 0, 0, 3}));
    EXPECT_EQ(argmax(x, 1, keepdims).shape(), (Shape{6, 1, 4}));
    EXPECT_EQ(values(argmax(x, axes(0, 1), keepdims)), values(argmax(x, axes(0, 1))));
  }
}

TEST(Aggregates, FirstAndLastAreTheElementsAtTheEndsOfTheReducedAxes) {
  for (const Shape& chunks : {Shape{4, 6}, Shape{3, 2}, Shape{1, 5}}) {
    SCOPED_TRACE(to_string(chunks));
    const auto x = counting<std::int16_t, 2>({4, 6}, chunks);
    EXPECT_EQ(compute(local(), first(x)), 0);
    EXPECT_EQ(compute(local(), last(x)), 23);
    EXPECT_EQ(values(first(x, 0)), values(x(0)));
    EXPECT_EQ(values(last(x, 0)), values(x(-1)));
    EXPECT_EQ(values(first(x, 1)), values(x(all, 0)));
    EXPECT_EQ(values(last(x, 1)), values(x(all, -1)));
    const auto gaps = where(cast<double>(x) < 14.5, NAN, where(cast<double>(x) > 20.5, NAN, cast<double>(x)));
    EXPECT_EQ(compute(local(), nanfirst(gaps)), 15);
    EXPECT_EQ(compute(local(), nanlast(gaps)), 20);
    EXPECT_TRUE(std::isnan(compute(local(), first(gaps))));
    EXPECT_TRUE(std::isnan(values(nanlast(gaps, 1))[0]));
    EXPECT_EQ(values(nanlast(gaps, 0))[5], 17);
  }
}

TEST(Aggregates, OfNoElementsIsWhatNothingHasOrAnErrorWithTheShape) {
  const auto x = from_vector<2>(std::vector<double>{}, {0, 3});
  EXPECT_EQ(values(prod(x, 0)), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(values(any(x, 0)), (std::vector<bool>{false, false, false}));
  EXPECT_EQ(values(all(x, 0)), (std::vector<bool>{true, true, true}));
  EXPECT_TRUE(values(argmax(x, 1)).empty());
  const Caught argument = error_of([&] { (void)argmax(x, 0); });
  EXPECT_EQ(argument.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(argument.says("argmax over no elements") && argument.says("(0, 3)")) << argument.message;
  EXPECT_TRUE(error_of([&] { (void)nanfirst(x); }).says("nanfirst over no elements"));
}

TEST(Aggregates, OfRankZeroAreOfTheOneElement) {
  const auto x = counting<double, 1>({5})(3);
  EXPECT_EQ(compute(local(), argmax(x)), 0);
  EXPECT_EQ(compute(local(), last(x)), 3);
  EXPECT_EQ(compute(local(), prod(x)), 3);
  EXPECT_TRUE(compute(local(), all(x)));
}

TEST(Aggregates, AxesMayBeNames) {
  const auto x = random<double, 2>({70, 50}, 3, {16, 50}).with_labels(Labels({"time", "place"}));
  EXPECT_EQ(values(argmin(x, "time")), values(argmin(x, 0)));
  EXPECT_EQ(values(last(x, axes("place", "time"))), values(last(x)));
  EXPECT_EQ(argmin(x, "time").labels().dimension(0), "place");
}

TEST(Aggregates, SharedReadsOfSeveralGiveWhatEachGivesAlone) {
  const auto x = random<double, 2>({70, 50}, 3, {16, 20});
  const auto [a, b, c, d, e] = compute(local(), argmax(x, 0), mean(x, 0), argmin(x, 0), prod(x, 0), last(x, 0));
  EXPECT_EQ(a, compute(local(), argmax(x, 0)));
  EXPECT_EQ(b, compute(local(), mean(x, 0)));
  EXPECT_EQ(c, compute(local(), argmin(x, 0)));
  EXPECT_EQ(d, compute(local(), prod(x, 0)));
  EXPECT_EQ(e, compute(local(), last(x, 0)));
}

TEST(Reduce, AnEmptyNameIsNoAxis) {
  const auto x = counting<double, 2>({3, 4}).with_labels(Labels({"a", ""}));
  const char* const null = nullptr;
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { (void)mean(x, ""); }, [&] { (void)mean(x, std::string_view()); },
           [&] { (void)mean(x, std::string()); }, [&] { (void)mean(x, null); }, [&] { (void)mean(x, axes("a", "")); },
           [&] { (void)mean(x, axes(null)); }, [&] { (void)x.without_coordinate(""); },
           [&] {
             (void)concatenate(std::vector{x, x}, "");
           }}) {
    const Caught caught = error_of(call);
    EXPECT_EQ(caught.code, ErrorCode::not_found);
    EXPECT_TRUE(caught.says("no dimension ''")) << caught.message;
  }
}

TEST(Reduce, AStringNamesAnAxis) {
  const auto x = counting<double, 2>({3, 4}).with_labels(Labels({"a", "b"}));
  const std::string name = "b";
  EXPECT_EQ(values(mean(x, name)), values(mean(x, 1)));
  EXPECT_EQ(values(mean(x, std::string("a"))), values(mean(x, 0)));
  EXPECT_EQ(compute(local(), mean(x, axes(name, "a"))), compute(local(), mean(x)));
}

}  // namespace
}  // namespace chunkwise_test
