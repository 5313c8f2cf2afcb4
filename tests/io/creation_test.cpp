#include "chunkwise/io/creation.hpp"

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

TEST(Creation, LinspaceEndsWhereItWasToldTo) {
  EXPECT_EQ(values(linspace(0, 1, 5)), (Numbers{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(values(linspace(0, 0.7, 8)).back(), 0.7);
  EXPECT_EQ(values(linspace(0, 1, 4, false)), (Numbers{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(values(linspace(3, 9, 1)), (Numbers{3}));
  EXPECT_EQ(linspace(0, 1, 0).shape(), Shape{0});
  EXPECT_EQ(values(linspace<int>(-1, 1, 4)), (std::vector<int>{-1, -1, 0, 1}));
  EXPECT_EQ(error_of([] { (void)linspace(0, 1, -1); }).code, ErrorCode::invalid_argument);
}

TEST(Creation, LinspaceInPartsIsThePartsOfLinspace) {
  const auto all_of_it = values(linspace(-0.1, 0.7, 1001));
  const auto part = values(linspace(-0.1, 0.7, 1001)(range(1000, 3, -7)));
  for (std::size_t i = 0; i < part.size(); ++i) EXPECT_EQ(part[i], all_of_it[1000 - 7 * i]);
}

TEST(Creation, WhatIsLikeAnotherHasItsShapeNamesAndChunks) {
  const auto x =
      counting<float, 2>({4, 6}, {3, 2}).with_labels(Labels({"latitude", "longitude"}, {}, "t2m", {{"units", "K"}}));
  const auto like = full_like(x, 2);
  static_assert(is<float, decltype(like)>);
  EXPECT_EQ(like.labels().dimension(1), "longitude");
  EXPECT_TRUE(like.labels().attributes().empty());
  EXPECT_EQ(like.node()->grid, x.node()->grid);
  EXPECT_EQ(values(sum(like + x * 0.0F))[0], 48.0F);
  EXPECT_EQ(values(sum(ones_like(x)))[0], 24.0F);
  EXPECT_EQ(values(max(zeros_like(x)))[0], 0.0F);
  EXPECT_EQ(error_of([] { (void)full_like(counting<std::uint8_t, 1>({2}), 300); }).code, ErrorCode::out_of_range);
}

TEST(Creation, EyeHasAnyDiagonalAndAnyPart) {
  EXPECT_EQ(values(eye<int>(2, 3, 1)), (std::vector<int>{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(values(eye<int>(3, 2, -1)), (std::vector<int>{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(values(eye(2000)(1500, range(1499, 1502))), (Numbers{0, 1, 0}));
  EXPECT_EQ(values(sum(eye(2, 2, 9)))[0], 0.0);
  EXPECT_EQ(error_of([] { (void)eye(-1); }).code, ErrorCode::invalid_argument);
}

TEST(Creation, MeshgridLaysVectorsOverEachOther) {
  const auto longitude =
      linspace(0, 2, 3).with_labels(Labels({"longitude"}, {Coordinate(Numbers{0, 1, 2}, {})}, "", {}));
  const auto latitude = linspace(10, 20, 2).with_labels(Labels({"latitude"}));
  const auto [x, y] = meshgrid(longitude, latitude);
  ASSERT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(x), (Numbers{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(values(y), (Numbers{10, 10, 10, 20, 20, 20}));
  EXPECT_EQ(x.labels().coordinate(1).to_vector(), (Numbers{0, 1, 2}));
  const auto [first, second] = meshgrid(Indexing::ij, longitude, cast<float>(latitude));
  EXPECT_EQ(first.shape(), (Shape{3, 2}));
  static_assert(is<float, decltype(second)>);
  EXPECT_EQ(values(indices({2, 2})(1)), (std::vector<std::int64_t>{0, 1, 0, 1}));
}

TEST(Creation, WhatIsMadeTakesNoMemoryUntilItIsWanted) {
  const auto vast = ones<double, 2>({1'000'000'000, 1'000'000});
  EXPECT_EQ(values(sum(vast(range(0, 1000), range(0, 10))))[0], 10000.0);
  EXPECT_EQ(values(eye(100'000'000)(99'999'999, 99'999'999))[0], 1.0);
}

}  // namespace
}  // namespace chunkwise_test
