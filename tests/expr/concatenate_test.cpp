#include "chunkwise/expr/concatenate.hpp"

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(Concatenate, JoinsAlongAnyAxis) {
  const auto a = counting<double, 2>({2, 3});
  const auto b = from_vector<2>(std::vector<double>{10, 11, 12}, {1, 3});
  EXPECT_EQ(values(concatenate(std::vector{a, b}, 0)), (std::vector<double>{0, 1, 2, 3, 4, 5, 10, 11, 12}));
  EXPECT_EQ(values(concatenate(std::vector{b, a}, -2)), (std::vector<double>{10, 11, 12, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values(concatenate(std::vector{a, a}, 1)), (std::vector<double>{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}));
  EXPECT_EQ(concatenate(std::vector{a, b, a}, 0).shape(), (Shape{5, 3}));
}

TEST(Concatenate, TakesTheAxisAsANameOrARunTimeNumber) {
  const auto a = counting<double, 2>({2, 3}).with_labels(Labels({"time", "place"}));
  EXPECT_EQ(concatenate(std::vector{a, a}, "place").shape(), (Shape{2, 6}));
  EXPECT_EQ(concatenate(std::vector{a, a}, runtime_axis(-1)).shape(), (Shape{2, 6}));
  EXPECT_EQ(error_of([&] { (void)concatenate(std::vector{a, a}, runtime_axis(2)); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)concatenate(std::vector{a, a}, "height"); }).code, ErrorCode::not_found);
}

TEST(Concatenate, TakesExpressionsOfOneType) {
  const auto a = counting<double, 2>({2, 3});
  std::vector<decltype(a * 2)> parts;
  for (int i = 0; i < 3; ++i) parts.push_back(a * i);
  EXPECT_EQ(values(sum(concatenate(parts, 0))), (std::vector<double>{45}));
  EXPECT_EQ(values(concatenate(std::vector{a(0), a(1)}, 0)), (std::vector<double>{0, 1, 2, 3, 4, 5}));
}

TEST(Concatenate, OneArrayAndEmptyArraysJoin) {
  const auto a = counting<double, 1>({3});
  const auto nothing = from_vector<1>(std::vector<double>{}, {0});
  EXPECT_EQ(values(concatenate(std::vector{a}, 0)), (std::vector<double>{0, 1, 2}));
  const auto joined = concatenate(std::vector{nothing, a, nothing, nothing, a, nothing}, 0);
  EXPECT_EQ(values(joined), (std::vector<double>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(values(joined(range(none, none, -1)) + 0), (std::vector<double>{2, 1, 0, 2, 1, 0}));
  EXPECT_EQ(compute(local(), joined(3)), 0);
  EXPECT_EQ(compute(local(), sum(joined)), 6);
  EXPECT_TRUE(values(concatenate(std::vector{nothing, nothing}, 0)).empty());
}

TEST(Concatenate, PartsThatSpanSeveralArraysComeFromEach) {
  std::vector<Array<std::int64_t, 2>> parts;
  std::int64_t next = 0;
  for (const std::int64_t extent : {3, 1, 4, 0, 2}) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < extent * 2; ++i) numbers.push_back(next++);
    parts.push_back(from_vector<2>(std::move(numbers), {extent, 2}, {2, 2}));
  }
  const auto joined = concatenate(parts, 0);
  const auto same = counting<std::int64_t, 2>({10, 2});
  for (const std::int64_t step : {1, 2, 3, 7, -1, -2, -3, -7})
    for (std::int64_t start = 0; start < 10; ++start)
      for (const std::int64_t stop : {0, 3, 4, 8, 10}) {
        const auto rows = range(start, stop, step);
        const auto expected = values(same(rows));
        EXPECT_EQ(values(joined(rows)), expected) << start << " " << stop << " " << step;
        EXPECT_EQ(values(joined(rows), without_pass("push_indices")), expected);
        EXPECT_EQ(values((joined + 1)(rows)-1, without_pass("push_indices")), expected);
      }
}

TEST(Concatenate, AThousandArraysJoin) {
  std::vector<Array<float, 2>> parts;
  for (int i = 0; i < 1000; ++i) parts.push_back(full<2>({2, 5}, static_cast<float>(i)));
  const auto joined = concatenate(std::move(parts), 0);
  EXPECT_EQ(joined.shape(), (Shape{2000, 5}));
  EXPECT_EQ(compute(local(), mean(joined)), 499.5F);
  EXPECT_EQ(compute(local(), joined(1234, 2)), 617.0F);
}

TEST(Concatenate, NoArrayIsAnError) {
  const Caught caught = error_of([] { (void)concatenate(std::vector<Array<double, 1>>{}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("at least one")) << caught.message;
}

TEST(Concatenate, AShapeThatDoesNotFitIsNamedByItsPositionWhenItIsBuilt) {
  const auto a = counting<double, 2>({2, 3});
  const auto b = counting<double, 2>({2, 4});
  const Caught caught = error_of([&] { (void)concatenate(std::vector{a, a, b}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(caught.says("array 2") && caught.says("(2, 4)") && caught.says("(2, 3)") && caught.says("axis 0"))
      << caught.message;
  EXPECT_EQ(concatenate(std::vector{a, a, b}, 1).shape(), (Shape{2, 10}));
}

TEST(Concatenate, NamesThatDoNotFitAreNamedByTheirPosition) {
  const auto a = counting<double, 2>({2, 3}).with_labels(Labels({"time", "place"}));
  const auto b = counting<double, 2>({2, 3}).with_labels(Labels({"time", "station"}));
  const Caught caught = error_of([&] { (void)concatenate(std::vector{a, b}, 0); });
  EXPECT_EQ(caught.code, ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("part 1") && caught.says("station") && caught.says("place")) << caught.message;
}

}  // namespace
}  // namespace chunkwise_test
