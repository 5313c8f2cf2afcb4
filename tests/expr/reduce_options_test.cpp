// Options of reductions: which elements count, in which type, from which number on, and how many it takes.
#include "chunkwise/expr/reduce_options.hpp"

#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

const auto mask = [] { return make<Cube<bool>>(); };

static_assert(is<float, decltype(mean(make<Cube<float>>(), 0, where(mask())))>);
static_assert(is<double, decltype(sum(make<Cube<std::int8_t>>(), as_dtype<double>))>);
static_assert(is<std::int8_t, decltype(prod(make<Cube<float>>(), 1, as_dtype<std::int8_t>))>);
static_assert(is<double, decltype(nansum(make<Cube<int>>(), 1, min_count(2)))>);
static_assert(is<float, decltype(nansum(make<Cube<float>>(), 1, min_count(2), keepdims))>);
static_assert(is<std::int16_t, decltype(max(make<Cube<std::int16_t>>(), initial(0)))>);
static_assert(rank_of<decltype(any(make<Cube<float>>(), axes(0, 2), where(mask())))> == 1);
static_assert(rank_of<decltype(var(make<Cube<float>>(), 0, keepdims, where(mask()), ddof(1)))> == 3);

Array<double, 2> table(Numbers values) { return from_vector<2>(std::move(values), {3, 2}, {2, 1}); }

TEST(ReduceOptions, ElementsCountWhereTheMaskIsTrue) {
  const auto x = table({1, 2, 3, 4, 5, 6});
  const auto large = x > 2;
  EXPECT_EQ(values(sum(x, 0, where(large))), (Numbers{8, 10}));
  EXPECT_EQ(values(mean(x, 0, where(large))), (Numbers{4, 5}));
  EXPECT_EQ(values(prod(x, 1, where(large))), (Numbers{1, 12, 30}));
  EXPECT_EQ(values(var(x, 0, where(large), ddof(1))), (Numbers{2, 2}));
  EXPECT_EQ(values(count(x, 1, where(large))), (std::vector<std::int64_t>{0, 2, 2}));
  EXPECT_EQ(values(any(x > 5, 1, where(large))), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(values(all(x > 5, 1, where(large))), (std::vector<bool>{true, false, false}));
  EXPECT_TRUE(same_numbers(values(mean(x, 1, where(large))), {nan, 3.5, 5.5}));
}

TEST(ReduceOptions, ExactSumsAndMeansTakeAMask) {
  const auto x = table({1, 2, 3, nan, 5, 6});
  const auto odd = x != 2;
  EXPECT_TRUE(same_numbers(values(sum(x, 0, exact, where(odd))), {9, nan}));
  EXPECT_TRUE(same_numbers(values(mean(x, 0, exact, where(odd))), {3, nan}));
  EXPECT_EQ(values(nansum(x, 0, exact, where(odd))), (Numbers{9, 6}));
  EXPECT_EQ(values(nanmean(x, 0, exact, where(odd))), (Numbers{3, 6}));
  const auto counts = counting<int, 1>({4});
  EXPECT_EQ(values(sum(counts, exact, where(counts > 1)))[0], 5);
  EXPECT_EQ(values(mean(counts, exact, where(counts > 1)))[0], 2.5);
  EXPECT_EQ(values(mean(cast<float>(counts), exact, where(counts > 1)))[0], 2.5F);
  // As by math.fsum; one 1 after the other is rounded off.
  const auto large = vector_of<double>({0x1p53, 1, 7, 1});
  EXPECT_EQ(values(sum(large, exact, where(large != 7)))[0], 0x1p53 + 2);
}

TEST(ReduceOptions, AMaskIsStretchedToTheArrayAndNoFurther) {
  const auto x = table({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(values(sum(x, 0, where(vector_of<bool>({true, false})))), (Numbers{9, 0}));
  const auto wide = counting<double, 2>({4, 2}) > 0;
  EXPECT_EQ(error_of([&] { (void)sum(x, where(wide)); }).code, ErrorCode::shape_mismatch);
  const auto deep = counting<double, 3>({1, 3, 2}) > 0;
  // The compiler refuses it; where axes are known when the program runs, it is an error.
  const Caught error = error_of([&] {
    ReductionOptions options;
    options.where = Array(deep).handle();
    (void)reduce_with(aggregate::Sum::code, Array(x).handle(), 3U, false, 0, options);
  });
  EXPECT_TRUE(error.says("where has the shape (1, 3, 2)")) << error.message;
}

TEST(ReduceOptions, NaNThatTheMaskLeavesOutDoesNotCount) {
  const auto x = table({nan, 2, 3, nan, 5, 6});
  const auto there = !isnan(x);
  EXPECT_EQ(values(sum(x, 0, where(there))), (Numbers{8, 8}));
  EXPECT_EQ(values(stddev(x, 0, where(there))), (Numbers{1, 2}));
  EXPECT_EQ(values(max(x, 0, where(there), initial(0))), (Numbers{5, 6}));
  const auto later = vector_of<bool>({true, false}) || x > 2;
  EXPECT_TRUE(same_numbers(values(var(x, 0, where(later))), {nan, 0}));
  EXPECT_TRUE(same_numbers(values(mean(x, 0, where(later))), {nan, 6}));
  EXPECT_EQ(values(nanmean(x, 0, where(later))), (Numbers{4, 6}));
}

TEST(ReduceOptions, TheSmallestOfNothingIsWhatItStartsFrom) {
  const auto x = table({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(values(min(x, 0, initial(2))), (Numbers{1, 2}));
  EXPECT_EQ(values(min(x, 0, where(x > 9), initial(7.5))), (Numbers{7.5, 7.5}));
  EXPECT_EQ(values(max(x(range(0, 0), all), 0, initial(-1))), (Numbers{-1, -1}));
  EXPECT_TRUE(error_of([&] { (void)min(x, where(x > 9)); }).says("'min' of a part of the elements has no value"));
  EXPECT_TRUE(same_numbers(values(nanmin(x, 0, where(x > 5))), {nan, 6}));
}

TEST(ReduceOptions, OfBoolWhatItStartsFromIsBool) {
  const auto x = vector_of<bool>({false, false});
  EXPECT_EQ(values(max(x, 0, initial(1))), std::vector<bool>{true});
  EXPECT_EQ(values(max(x, 0, initial(false))), std::vector<bool>{false});
  EXPECT_EQ(values(min(x, 0, where(x), initial(1))), std::vector<bool>{true});
  EXPECT_EQ(values(max(x(range(0, 0)), 0, initial(1))), std::vector<bool>{true});
  EXPECT_EQ(values(sum(x, 0, as_dtype<bool>, initial(1))), std::vector<bool>{true});
  EXPECT_EQ(values(sum(x, 0, initial(2)))[0], 2);
  const Caught refused = error_of([&] { (void)max(x, 0, initial(2)); });
  EXPECT_EQ(refused.code, ErrorCode::out_of_range);
  EXPECT_TRUE(refused.says("'max' gives bool, and initial is neither 0 nor 1"));
}

TEST(ReduceOptions, TheTypeIsThatOfElementsAndOfTheResult) {
  const auto bytes = counting<std::uint8_t, 1>({100});
  EXPECT_EQ(values(sum(bytes, as_dtype<std::uint8_t>))[0], static_cast<std::uint8_t>(99 * 100 / 2));
  EXPECT_EQ(values(mean(bytes, as_dtype<float>))[0], 49.5F);
  EXPECT_EQ(values(sum(vector_of<double>({0.5, 0.7, 1.5}), as_dtype<std::int32_t>))[0], 1);
  EXPECT_EQ(values(prod(bytes(range(1, 6)), as_dtype<double>, initial(0.5)))[0], 60);
}

TEST(ReduceOptions, NaNIsSkippedBeforeElementsBecomeIntegers) {
  const auto x = table({2, nan, nan, 2.5, 3, nan});
  EXPECT_EQ(values(nanprod(x, 0, as_dtype<std::int64_t>)), (std::vector<std::int64_t>{6, 2}));
  EXPECT_EQ(values(nansum(x, 0, as_dtype<std::int64_t>)), (std::vector<std::int64_t>{5, 2}));
  EXPECT_EQ(values(nanprod(x, 1, as_dtype<bool>)), (std::vector<bool>{true, true, true}));
  EXPECT_EQ(values(nanprod(x, 0, as_dtype<std::uint8_t>, where(x < 3))), (std::vector<std::uint8_t>{2, 2}));
  EXPECT_TRUE(same_numbers(values(nansum(x, 0, as_dtype<std::int64_t>, min_count(2))), {5, nan}));
}

TEST(ReduceOptions, FewerElementsThanAreNeededGiveNaN) {
  const auto x = table({nan, 2, 3, nan, 5, nan});
  EXPECT_TRUE(same_numbers(values(nansum(x, 0, min_count(2))), {8, nan}));
  EXPECT_TRUE(same_numbers(values(nanprod(x, 1, min_count(1))), {2, 3, 5}));
  EXPECT_TRUE(same_numbers(
      values(sum(counting<int, 2>({2, 2}), 0, where(vector_of<bool>({true, false})), min_count(1))), {2, nan}));
}

TEST(ReduceOptions, OfGroupsAreThoseOfEachGroup) {
  const auto x = table({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(values(sum(x, by(0, std::vector{0, 1, 0}), where(x > 1))), (Numbers{5, 8, 3, 4}));
  EXPECT_TRUE(same_numbers(values(nansum(x, by(0, std::vector{0, 1, 0}), min_count(2))), {6, 8, nan, nan}));
}

TEST(ReduceOptions, OptionsThatAnAggregateDoesNotTakeAreRefused) {
  const UntypedArray x = table({1, 2, 3, 4, 5, 6}).handle();
  ReductionOptions options;
  options.initial = Scalar(1.0);
  EXPECT_TRUE(error_of([&] {
                (void)reduce_with(aggregate::Mean::code, x, 3, false, 0, options);
              }).says("'mean' takes no initial"));
  options = {};
  options.dtype = DType::int8;
  EXPECT_EQ(error_of([&] { (void)reduce_with(aggregate::Mean::code, x, 3, false, 0, options); }).code,
            ErrorCode::type_mismatch);
  options = {};
  options.min_count = -1;
  EXPECT_TRUE(
      error_of([&] { (void)reduce_with(aggregate::Sum::code, x, 3, false, 0, options); }).says("min_count of -1"));
}

TEST(ReduceOptions, LabelsAreThoseOfTheReduction) {
  const auto x = table({1, 2, 3, 4, 5, 6}).with_labels(Labels({"time", "y"}, {}, "t2m", {{"units", "K"}}));
  const auto m = mean(x, "time", where(x > 2));
  EXPECT_EQ(m.labels().dimension(0), "y");
  EXPECT_EQ(to_string(m.labels()), to_string(mean(x, "time").labels()));
}

}  // namespace
}  // namespace chunkwise_test
