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

}  // namespace
}  // namespace chunkwise_test
