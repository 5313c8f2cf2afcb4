#include "chunkwise/expr/reduce.hpp"

#include <cmath>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

template <class E>
E make();
template <class T, class E>
constexpr bool is = std::same_as<value_type_of<E>, T>;
template <class T>
using Cube = Array<T, 3>;

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

}  // namespace
}  // namespace chunkwise_test
