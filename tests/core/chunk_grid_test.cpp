#include "chunkwise/core/chunk_grid.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/caught.hpp"

namespace chunkwise {
namespace {

std::vector<std::int64_t> sizes_of(const AxisChunks& axis) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < axis.count(); ++i) sizes.push_back(axis.size(i));
  return sizes;
}

using Sizes = std::vector<std::int64_t>;

TEST(AxisChunks, LastPieceIsShorterWhenTheExtentDoesNotDivide) {
  const AxisChunks axis = AxisChunks::regular(10, 4);
  EXPECT_EQ(sizes_of(axis), (Sizes{4, 4, 2}));
  EXPECT_EQ(axis.offset(3), 10);
  EXPECT_EQ(axis.largest(), 4);
}

TEST(AxisChunks, AnExtentOfZeroHasNoPiece) {
  EXPECT_EQ(AxisChunks::regular(0, 5).count(), 0);
  EXPECT_EQ(AxisChunks::regular(0, 5), AxisChunks::of_sizes({}));
  EXPECT_EQ(AxisChunks::regular(0, 5).largest(), 0);
}

TEST(AxisChunks, PiecesLargerThanTheAxisAreTheAxis) {
  EXPECT_EQ(AxisChunks::regular(10, 400), AxisChunks::regular(10, 10));
}

TEST(AxisChunks, RegularSizesAreRecognised) {
  EXPECT_TRUE(AxisChunks::of_sizes({4, 4, 2}).is_regular());
  EXPECT_EQ(AxisChunks::of_sizes({4, 4, 2}), AxisChunks::regular(10, 4));
  EXPECT_EQ(AxisChunks::of_sizes({7}), AxisChunks::regular(7, 7));
  EXPECT_FALSE(AxisChunks::of_sizes({4, 2, 4}).is_regular());
  EXPECT_FALSE(AxisChunks::of_sizes({2, 4}).is_regular());
}

TEST(AxisChunks, APieceOfNothingIsRefused) {
  EXPECT_THROW(AxisChunks::of_sizes({3, 0, 1}), Error);
  EXPECT_THROW(AxisChunks::regular(3, 0), Error);
  EXPECT_THROW(AxisChunks::regular(-1, 1), Error);
}

TEST(AxisChunks, FindsThePieceOfEveryIndex) {
  for (const AxisChunks& axis : {AxisChunks::regular(10, 4), AxisChunks::of_sizes({1, 5, 2, 2})})
    for (std::int64_t i = 0; i < axis.extent(); ++i) {
      const std::int64_t piece = axis.find(i);
      EXPECT_LE(axis.offset(piece), i);
      EXPECT_LT(i, axis.offset(piece + 1));
    }
}

TEST(AxisChunks, ASliceKeepsTheBoundariesOfItsPieces) {
  const AxisChunks axis = AxisChunks::regular(10, 4);
  EXPECT_EQ(sizes_of(axis.slice({3, 1, 6})), (Sizes{1, 4, 1}));
  EXPECT_EQ(sizes_of(axis.slice({0, 3, 4})), (Sizes{2, 1, 1}));
  EXPECT_EQ(sizes_of(axis.slice({9, -1, 10})), (Sizes{2, 4, 4}));
  EXPECT_EQ(sizes_of(axis.slice({7, -2, 4})), (Sizes{2, 2}));
  EXPECT_EQ(sizes_of(axis.slice({5, 1, 1})), (Sizes{1}));
  EXPECT_EQ(sizes_of(axis.slice({5, 1, 0})), (Sizes{}));
}

TEST(AxisChunks, APieceWithoutASelectedIndexIsDropped) {
  EXPECT_EQ(sizes_of(AxisChunks::of_sizes({1, 5, 1, 1, 3}).slice({0, 7, 2})), (Sizes{1, 1}));
}

TEST(AxisChunks, EverySliceIsWhatCountingIndexByIndexGives) {
  std::mt19937 random(20160101);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  for (int trial = 0; trial < 5000; ++trial) {
    Sizes sizes;
    AxisChunks axis;
    if (below(2) == 0) {
      for (std::int64_t n = 1 + below(6); n > 0; --n) sizes.push_back(1 + below(5));
      axis = AxisChunks::of_sizes(sizes);
    } else
      axis = AxisChunks::regular(1 + below(30), 1 + below(9));
    AxisRange range{below(axis.extent()), 1 + below(7), 0};
    if (below(2) == 0) range.step = -range.step;
    const std::int64_t most =
        range.step > 0 ? (axis.extent() - 1 - range.start) / range.step + 1 : range.start / -range.step + 1;
    range.count = below(most + 1);
    Sizes expected;
    std::int64_t last = -1;
    for (std::int64_t i = 0; i < range.count; ++i) {
      const std::int64_t piece = axis.find(range.start + i * range.step);
      if (piece != last) expected.push_back(0);
      last = piece;
      ++expected.back();
    }
    const AxisChunks slice = axis.slice(range);
    ASSERT_EQ(sizes_of(slice), expected) << "trial " << trial;
    ASSERT_EQ(slice, AxisChunks::of_sizes(expected)) << "trial " << trial;
  }
}

TEST(AxisChunks, SlicingAWholeAxisOfManyPiecesMakesNoList) {
  const AxisChunks axis = AxisChunks::regular(std::int64_t{1} << 55, 16);
  EXPECT_EQ(axis.slice({0, 1, axis.extent()}), axis);
  EXPECT_EQ(axis.slice({16, 2, axis.extent() / 2 - 8}), AxisChunks::regular(axis.extent() / 2 - 8, 8));
  EXPECT_EQ(axis.slice({axis.extent() - 1, -1, axis.extent()}), axis);
  EXPECT_EQ(axis.slice({5, 32, 1000}), AxisChunks::regular(1000, 1));
}

TEST(ChunkGrid, RankZeroIsOneChunk) {
  const ChunkGrid grid = ChunkGrid::automatic(Shape{});
  EXPECT_EQ(grid.chunks(), 1);
  EXPECT_EQ(grid.region({}).elements(), 1);
  EXPECT_EQ(to_string(grid), "1 chunk");
}

TEST(ChunkGrid, AnEmptyArrayHasNoChunk) {
  EXPECT_EQ(ChunkGrid::single(Shape{3, 0}).chunks(), 0);
  EXPECT_EQ(ChunkGrid::automatic(Shape{3, 0}).chunks(), 0);
  EXPECT_EQ(to_string(ChunkGrid::single(Shape{3, 0})), "0 chunks");
}

TEST(ChunkGrid, AChunkShapeOfZeroMeansTheWholeAxis) {
  EXPECT_EQ(ChunkGrid::regular(Shape{544, 721, 1440}, Shape{4, 0, -1}).largest(), (Shape{4, 721, 1440}));
  EXPECT_THROW((void)ChunkGrid::regular(Shape{544, 721}, Shape{4}), Error);
}

TEST(ChunkGrid, LastChunkIsShorterWhenTheShapeDoesNotDivide) {
  const ChunkGrid grid = ChunkGrid::regular(Shape{10, 7}, Shape{4, 7});
  EXPECT_EQ(grid.chunks(), 3);
  EXPECT_EQ(grid.region({2, 0}), (Region{{8, 1, 2}, {0, 1, 7}}));
  EXPECT_EQ(grid.shape(), (Shape{10, 7}));
}

TEST(ChunkGrid, AutomaticChunksAreContiguousPiecesOfAtMostEightMebiElements) {
  constexpr std::int64_t most = std::int64_t{1} << 23;
  EXPECT_EQ(ChunkGrid::automatic(Shape{100, 200}).chunks(), 1);
  EXPECT_EQ(ChunkGrid::automatic(Shape{544, 721, 1440}).largest(), (Shape{8, 721, 1440}));
  EXPECT_EQ(ChunkGrid::automatic(Shape{3, 2, most}).largest(), (Shape{1, 1, most}));
  EXPECT_EQ(ChunkGrid::automatic(Shape{3, 2 * most}).largest(), (Shape{1, most}));
  EXPECT_EQ(ChunkGrid::automatic(Shape{7, 5, 4, 1 << 20}).largest(), (Shape{1, 2, 4, 1 << 20}));
  EXPECT_EQ(ChunkGrid::automatic(Shape{most + 1}).chunks(), 2);
}

TEST(ChunkGrid, PrintsItsNumberAndShape) {
  EXPECT_EQ(to_string(ChunkGrid::regular(Shape{544, 721, 1440}, Shape{4, 721, 1440})), "136 chunks of (4, 721, 1440)");
  EXPECT_EQ(to_string(ChunkGrid::regular(Shape{10, 7}, Shape{4, 7})), "3 chunks of at most (4, 7)");
  EXPECT_EQ(to_string(ChunkGrid::single(Shape{10})), "1 chunk of (10,)");
  EXPECT_EQ(to_string(ChunkGrid{AxisChunks::of_sizes({2, 5, 1})}), "3 chunks of at most (5,)");
}

TEST(ChunkGrid, AChunkThatIsNotThereIsAnError) {
  const ChunkGrid grid{AxisChunks::of_sizes({2, 5, 1}), AxisChunks::regular(4, 2)};
  for (const ChunkIndex& index : {ChunkIndex{3, 0}, ChunkIndex{0, 2}, ChunkIndex{-1, 0}, ChunkIndex{0}}) {
    const auto caught = chunkwise_test::error_of([&] { (void)grid.region(index); });
    EXPECT_EQ(caught.code, ErrorCode::out_of_range);
    EXPECT_TRUE(caught.says("6 chunks")) << caught.message;
  }
}

}  // namespace
}  // namespace chunkwise
