#include "runtime/plan/cut.hpp"

#include <map>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(PieceShape, CutsTheFirstAxesAndKeepsTheLastWhole) {
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {1, 1, 1}, 10'000'000), (Shape{10, 100, 1000}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {1, 1, 1}, 250'000), (Shape{2, 100, 1000}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {1, 1, 1}, 4096), (Shape{1, 4, 1000}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {1, 1, 1}, 300), (Shape{1, 1, 300}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {1, 1, 1}, 1), (Shape{1, 1, 1}));
  EXPECT_EQ(plan::piece_shape({}, {}, 1), (Shape{}));
}

TEST(PieceShape, IsMadeOfWholeBlocks) {
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {4, 1, 1}, 500'000), (Shape{4, 100, 1000}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {4, 1, 1}, 900'000), (Shape{8, 100, 1000}));
  EXPECT_EQ(plan::piece_shape({10, 100, 1000}, {16, 1, 1}, 500'000), (Shape{10, 50, 1000}));
}

TEST(PieceShape, NeverHoldsMoreElementsThanAskedUnlessABlockDoes) {
  const std::vector<Shape> boxes{{100, 1000, 1000}, {7, 13, 50}, {1, 500, 3}, {64, 64, 64}};
  const std::vector<Shape> blocks{{1, 1, 1}, {100, 10, 10}, {3, 7, 50}, {1, 64, 64}, {5, 1, 2}, {1, 4, 1}};
  for (const Shape& box : boxes)
    for (const Shape& block : blocks)
      for (const std::int64_t elements : {1, 10, 100, 4096, 30'000, 262'144, 10'000'000}) {
        const Shape piece = plan::piece_shape(box, block, elements);
        std::int64_t one_block = 1;
        for (int axis = 0; axis < 3; ++axis) {
          one_block *= std::min(block[axis], box[axis]);
          EXPECT_GE(piece[axis], 1);
          EXPECT_LE(piece[axis], box[axis]);
          EXPECT_TRUE(piece[axis] % std::min(block[axis], box[axis]) == 0 || piece[axis] == box[axis]);
        }
        EXPECT_LE(piece.elements(), std::max(elements, one_block))
            << to_string(box) << to_string(block) << elements << to_string(piece);
      }
}

TEST(ForEachPiece, CoversEveryIndexOnceInRowMajorOrder) {
  const Region box{{3, 1, 8}, {0, 1, 5}, {10, 1, 4}};
  for (const Shape& piece : {Shape{4, 5, 4}, Shape{1, 2, 4}, Shape{100, 100, 100}, Shape{1, 1, 1}, Shape{3, 2, 3}}) {
    std::map<std::array<std::int64_t, 3>, int> seen;
    std::array<std::int64_t, 3> last{-1, -1, -1};
    plan::for_each_piece(box, piece, [&](const Region& part) {
      const std::array first{part[0].start, part[1].start, part[2].start};
      EXPECT_LT(last, first);
      last = first;
      for (int axis = 0; axis < 3; ++axis) {
        EXPECT_EQ(part[axis].step, 1);
        EXPECT_LE(part[axis].count, piece[axis]);
      }
      for (std::int64_t i = 0; i < part[0].count; ++i)
        for (std::int64_t j = 0; j < part[1].count; ++j)
          for (std::int64_t k = 0; k < part[2].count; ++k)
            ++seen[{part[0].start + i, part[1].start + j, part[2].start + k}];
    });
    EXPECT_EQ(seen.size(), 160U);
    for (const auto& [at, count] : seen) EXPECT_EQ(count, 1);
    EXPECT_EQ(seen.begin()->first, (std::array<std::int64_t, 3>{3, 0, 10}));
  }
}

TEST(ForEachPiece, TheFirstPieceIsShorterWhereTheBoxStartsInsideABlock) {
  std::vector<std::int64_t> counts;
  plan::for_each_piece(Region{{3, 1, 8}}, {4}, [&](const Region& part) { counts.push_back(part[0].count); });
  EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 4, 3}));
}

TEST(ForEachPiece, AnEmptyBoxHasNone) {
  plan::for_each_piece(Region{{3, 1, 0}}, {4}, [](const Region&) { FAIL(); });
  int visits = 0;
  plan::for_each_piece(Region{}, {}, [&](const Region&) { ++visits; });
  EXPECT_EQ(visits, 1);
}

TEST(ChunkAround, IsTheOneThatHasAllOfTheRegion) {
  const ChunkGrid grid = ChunkGrid::regular({10, 7}, {4, 7});
  EXPECT_EQ(plan::chunk_around(grid, {{4, 1, 4}, {2, 3, 2}}), (ChunkIndex{1, 0}));
  EXPECT_EQ(plan::chunk_around(grid, {{7, -1, 4}, {6, -6, 2}}), (ChunkIndex{1, 0}));
  EXPECT_EQ(plan::chunk_around(grid, {{9, 5, 1}, {0, 1, 7}}), (ChunkIndex{2, 0}));
  EXPECT_FALSE(plan::chunk_around(grid, {{3, 1, 2}, {0, 1, 7}}));
  EXPECT_FALSE(plan::chunk_around(grid, {{4, -1, 2}, {0, 1, 7}}));
  EXPECT_FALSE(plan::chunk_around(grid, {{4, 1, 0}, {0, 1, 7}}));
  EXPECT_FALSE(plan::chunk_around(grid, {{4, 1, 1}}));
  EXPECT_EQ(plan::chunk_around(ChunkGrid{}, Region{}), ChunkIndex{});
  EXPECT_EQ(plan::relative({{7, -1, 4}, {2, 3, 2}}, {{4, 1, 4}, {0, 1, 7}}), (Region{{3, -1, 4}, {2, 3, 2}}));
}

}  // namespace
}  // namespace chunkwise_test
