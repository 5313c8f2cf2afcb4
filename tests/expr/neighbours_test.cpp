// Windows of neighbours as further axes, and functions of a neighbourhood.
#include "chunkwise/expr/neighbours.hpp"

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// The largest of a neighbourhood less its middle.
struct Roughness {
  static constexpr auto name = "tests.roughness";
  static constexpr int version = 1;
  static constexpr bool one_result = true;
  static void apply(std::span<const double> around, std::span<double> out) {
    out[0] = *std::max_element(around.begin(), around.end()) - around[around.size() / 2];
  }
};

/// Each element less the first of its block.
struct FromTheFirst {
  static constexpr auto name = "tests.from_the_first";
  static constexpr int version = 1;
  static void apply(std::span<const double> block, std::span<double> out) {
    for (std::size_t i = 0; i < block.size(); ++i) out[i] = block[i] - block[0];
  }
};
/// The last element of a block.
struct LastOfBlock {
  static constexpr auto name = "tests.last_of_block";
  static constexpr int version = 1;
  static constexpr bool one_result = true;
  static void apply(std::span<const float> block, std::span<float> out) { out[0] = block.back(); }
};

TEST(Neighbours, WindowsAreAFurtherAxis) {
  const auto x = counting<double, 1>({5}, {2});
  const auto windows = sliding_window_view(x, 3, 0);
  EXPECT_EQ(windows.shape(), (Shape{3, 3}));
  EXPECT_EQ(values(windows), (Numbers{0, 1, 2, 1, 2, 3, 2, 3, 4}));
  EXPECT_EQ(values(max(windows, -1)), (Numbers{2, 3, 4}));
  EXPECT_EQ(error_of([&] { (void)sliding_window_view(x, 6, 0); }).code, ErrorCode::invalid_argument);
}

TEST(Neighbours, OfSeveralAxesLieInRowMajorOrder) {
  const auto x = counting<double, 2>({3, 4}, {2, 3});
  const auto around = neighbourhoods(x, axes(0, 1), 1, PadMode::edge);
  EXPECT_EQ(around.shape(), (Shape{3, 4, 9}));
  EXPECT_EQ(values(around(0, 0, all)), (Numbers{0, 0, 1, 0, 0, 1, 4, 4, 5}));
  EXPECT_EQ(values(around(1, 2, all)), (Numbers{1, 2, 3, 5, 6, 7, 9, 10, 11}));
  EXPECT_EQ(values(sum(neighbourhoods(x, axes(0, 1), 1, PadMode::constant), -1)(0, 0)), (Numbers{10}));
}

TEST(Neighbours, AFunctionOfANeighbourhoodKeepsShapeAndNames) {
  const auto x = counting<double, 2>({3, 4}, {2, 3}).with_labels(Labels({"y", "x"}));
  const auto result = map_overlap<Roughness>(x, axes("y", "x"), 1, PadMode::reflect);
  EXPECT_EQ(result.labels().dimension(0), "y");
  EXPECT_EQ(values(result), (Numbers{5, 5, 5, 4, 5, 5, 5, 4, 1, 1, 1, 0}));
  EXPECT_EQ(values(map_overlap<Roughness>(x, axes("x"), 2, PadMode::edge)),
            (Numbers{2, 2, 1, 0, 2, 2, 1, 0, 2, 2, 1, 0}));
}

TEST(MapBlocks, GivesEachBlockWhateverTheChunks) {
  const Labels labels({"y", "x"}, {Coordinate(Numbers{1, 2, 3, 4}, {}), Coordinate(Numbers{5, 6, 7, 8, 9, 10}, {})},
                      "t2m", {});
  const Numbers wanted{0, 1, 2, 0, 1, 2, 6, 7, 8, 6, 7, 8, 0, 1, 2, 0, 1, 2, 6, 7, 8, 6, 7, 8};
  for (const Shape& chunks : {Shape{4, 6}, Shape{3, 4}, Shape{1, 1}}) {
    const auto x = counting<double, 2>({4, 6}, chunks).with_labels(labels);
    const auto result = map_blocks<FromTheFirst>(x, axes("y", "x"), {2, 3});
    EXPECT_EQ(values(result), wanted);
    EXPECT_EQ(result.labels().coordinate(0).to_vector(), (Numbers{1, 2, 3, 4}));
    const auto last = map_blocks<LastOfBlock>(x, axes("y", "x"), {2, 3});
    EXPECT_EQ(values(last), (std::vector<float>{8, 11, 20, 23}));
    EXPECT_EQ(last.labels().dimension(1), "x");
    EXPECT_FALSE(last.labels().coordinate(1));
    // The order of the axes is that of the elements in a block.
    const std::vector<int> along{1, 0};
    const std::vector<std::int64_t> sizes{3, 2};
    EXPECT_EQ(values((Array<double, 3>(blocks(x.handle(), along, sizes))(0, 1, all))), (Numbers{3, 9, 4, 10, 5, 11}));
  }
  const auto cube = counting<double, 3>({2, 3, 4}, {1, 2, 3});
  EXPECT_EQ(values(map_blocks<FromTheFirst>(cube, axes(1), {3})(1, all, 2)), (Numbers{0, 4, 8}));
  EXPECT_EQ(map_blocks<LastOfBlock>(cube, axes(2, 0), {2, 1}).shape(), (Shape{2, 3, 2}));
}

TEST(MapBlocks, RefusesBlocksThatDoNotDivideAnExtent) {
  const auto x = counting<double, 2>({4, 6});
  const Caught error = error_of([&] { (void)map_blocks<FromTheFirst>(x, axes(1), {4}); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("axis 1 has an extent of 6, which blocks of 4 do not divide")) << error.message;
  EXPECT_EQ(error_of([&] { (void)map_blocks<FromTheFirst>(x, axes(1), {0}); }).code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise_test
