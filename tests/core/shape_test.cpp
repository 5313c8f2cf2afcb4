#include "chunkwise/core/shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chunkwise/core/region.hpp"
#include "runtime/core/unravel.hpp"

namespace chunkwise {
namespace {

using testing::HasSubstr;

TEST(Shape, RankZeroHasOneElement) {
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ(to_string(Shape{}), "()");
}

TEST(Shape, PrintsAsPythonPrintsATuple) {
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{544, 721, 1440}), "(544, 721, 1440)");
}

TEST(Shape, StridesAreRowMajor) {
  EXPECT_EQ(row_major_strides(Shape{4, 3, 2}), (PerAxis<std::int64_t>{6, 2, 1}));
  EXPECT_EQ(row_major_strides(Shape{}), PerAxis<std::int64_t>{});
}

TEST(Shape, BroadcastAlignsAtTheLastAxis) {
  EXPECT_EQ(broadcast(Shape{4, 3, 2}, Shape{3, 2}), (Shape{4, 3, 2}));
  EXPECT_EQ(broadcast(Shape{2}, Shape{4, 3, 2}), (Shape{4, 3, 2}));
  EXPECT_EQ(broadcast(Shape{4, 1, 2}, Shape{3, 1}), (Shape{4, 3, 2}));
  EXPECT_EQ(broadcast(Shape{}, Shape{7}), (Shape{7}));
  EXPECT_EQ(broadcast(Shape{1}, Shape{0}), (Shape{0}));
}

TEST(Shape, ExtentsThatDifferDoNotBroadcast) {
  try {
    (void)broadcast(Shape{4, 3}, Shape{2});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape_mismatch);
    EXPECT_THAT(error.what(), HasSubstr("(4, 3)"));
    EXPECT_THAT(error.what(), HasSubstr("(2,)"));
  }
}

TEST(Shape, AnAxisCountsFromEitherEnd) {
  EXPECT_EQ(normalize_axis(0, 3), 0);
  EXPECT_EQ(normalize_axis(-1, 3), 2);
  EXPECT_THROW((void)normalize_axis(3, 3), Error);
  EXPECT_THROW((void)normalize_axis(-4, 3), Error);
}

TEST(Shape, HoldsEightAxesAndNoMore) {
  Shape shape(PerAxis<std::int64_t>::filled(max_rank, 2));
  EXPECT_EQ(shape.elements(), 256);
  EXPECT_THROW(shape.push_back(2), Error);
}

TEST(Shape, AxesComeAndGo) {
  Shape shape{4, 3};
  shape.insert(1, 9);
  EXPECT_EQ(shape, (Shape{4, 9, 3}));
  shape.erase(0);
  EXPECT_EQ(shape, (Shape{9, 3}));
}

TEST(Unravel, TakesTheLastAxisFastest) {
  const PerAxis<std::int64_t> counts{2, 3, 1, 4};
  EXPECT_EQ(unravel(0, counts), (PerAxis<std::int64_t>{0, 0, 0, 0}));
  EXPECT_EQ(unravel(7, counts), (PerAxis<std::int64_t>{0, 1, 0, 3}));
  EXPECT_EQ(unravel(23, counts), (PerAxis<std::int64_t>{1, 2, 0, 3}));
  EXPECT_EQ(unravel(0, {}), PerAxis<std::int64_t>{});
  EXPECT_EQ(unravel(0, {0, 3}), (PerAxis<std::int64_t>{0, 0}));
}

TEST(Region, PrintsAsSlices) {
  EXPECT_EQ(to_string(Region{{0, 1, 4}, {100, 2, 50}, {9, -1, 3}}), "[0:4, 100:200:2, 9:6:-1]");
  EXPECT_EQ(Region::whole(Shape{2, 3}).shape(), (Shape{2, 3}));
}

}  // namespace
}  // namespace chunkwise
