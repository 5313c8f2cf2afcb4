// Products of matrices and vectors, and triangles.
#include "chunkwise/expr/matrices.hpp"

#include <array>
#include <limits>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

static_assert(rank_of<decltype(matmul(make<Cube<float>>(), make<Array<float, 2>>()))> == 3);
static_assert(rank_of<decltype(matmul(make<Array<float, 1>>(), make<Array<float, 1>>()))> == 0);
static_assert(is<std::int8_t, decltype(vecdot(make<Cube<std::int8_t>>(), make<Cube<std::int8_t>>()))>);
static_assert(is<bool, decltype(matmul(make<Cube<bool>>(), make<Cube<bool>>()))>);

const auto a = counting<double, 2>({2, 3}, {1, 2});
const auto b = counting<double, 2>({3, 2}, {2, 1});
const auto v = counting<double, 1>({3}, {2});

TEST(Matrices, AProductIsTheSumOfProductsOverTheInnerAxis) {
  EXPECT_EQ(values(matmul(a, b)), (Numbers{10, 13, 28, 40}));
  EXPECT_EQ(values(matmul(a, v)), (Numbers{5, 14}));
  EXPECT_EQ(values(matmul(v, b)), (Numbers{10, 13}));
  EXPECT_EQ(values(matmul(v, v)), (Numbers{5}));
  EXPECT_EQ(values(vecdot(a, a)), (Numbers{5, 50}));
  EXPECT_EQ(values(vecdot(a, a, 0)), (Numbers{9, 17, 29}));
  EXPECT_EQ(values(outer(v, v)), (Numbers{0, 0, 0, 0, 1, 2, 0, 2, 4}));
}

TEST(Matrices, OtherAxesOfAProductBroadcast) {
  const auto many = counting<double, 3>({2, 2, 3}, {1, 2, 3});
  EXPECT_EQ(values(matmul(many, b)), (Numbers{10, 13, 28, 40, 46, 67, 64, 94}));
  EXPECT_EQ(values(matmul(a, counting<double, 3>({1, 3, 1}))), (Numbers{5, 14}));
  EXPECT_EQ(values(vecdot(v, a)), values(matmul(a, v)));
  EXPECT_EQ(values(vecdot(many, v)), values(matmul(many, v)));
}

TEST(Matrices, ATensorProductSumsOverPairsOfAxes) {
  EXPECT_EQ(values(tensordot(a, b, axes(1), axes(0))), values(matmul(a, b)));
  EXPECT_EQ(values(tensordot(a, a, axes(0, 1), axes(0, 1))), (Numbers{55}));
  EXPECT_EQ(values(tensordot(a, b, axes(0, 1), axes(1, 0))), (Numbers{0 * 0 + 1 * 2 + 2 * 4 + 3 * 1 + 4 * 3 + 5 * 5}));
  const auto x = counting<double, 3>({2, 3, 4}, {1, 2, 3});
  const auto y = counting<double, 3>({4, 2, 3}, {3, 1, 2});
  const auto z = tensordot(x, y, axes(2), axes(0));
  EXPECT_EQ(z.shape(), (Shape{2, 3, 2, 3}));
  double sum = 0;
  for (int k = 0; k < 4; ++k) sum += (12 + 8 + k) * (k * 6 + 3 + 2);
  EXPECT_EQ(compute(local(), z(1, 2, 1, 2)), sum);
  EXPECT_EQ(error_of([&] { (void)tensordot(x, y, axes(0), axes(0)); }).code, ErrorCode::shape_mismatch);
}

TEST(Matrices, AProductHasTheValueOfItsSumInAnyTilesAndOfAnyShape) {
  for (const auto& [n, k, m] :
       {std::array{1, 1, 70}, std::array{70, 5, 130}, std::array{3, 100, 65}, std::array{130, 33, 64}}) {
    std::vector<float> left, right;
    for (int i = 0; i < n * k; ++i) left.push_back(static_cast<float>(i % 97) * 0.37F - 11);
    for (int i = 0; i < k * m; ++i) right.push_back(static_cast<float>(i % 89) * 0.21F - 7);
    const auto product = values(matmul(from_vector<2>(left, {n, k}), from_vector<2>(right, {k, m})));
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < m; ++j) {
        double sum = 0;
        for (int l = 0; l < k; ++l)
          sum += static_cast<double>(left[static_cast<std::size_t>(i * k + l)] *
                                     right[static_cast<std::size_t>(l * m + j)]);
        ASSERT_EQ(product[static_cast<std::size_t>(i * m + j)], static_cast<float>(sum)) << i << ", " << j;
      }
  }
}

TEST(Matrices, IntegersWrapInTheirOwnTypeAndBoolIsAny) {
  const auto bytes = from_vector<1>(std::vector<std::int8_t>{100, 100}, {2});
  EXPECT_EQ(values(matmul(bytes, bytes)), (std::vector<std::int8_t>{static_cast<std::int8_t>(20000)}));
  const auto any = matmul(a > 2, v > 1);
  EXPECT_EQ(values(cast<double>(any)), (Numbers{0, 1}));
}

TEST(Matrices, MatricesThatDoNotFitAreRefused) {
  const Caught error = error_of([] { (void)matmul(a, a); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("the last extent of the first is 3, and the second has so many rows: 2")) << error.message;
  // An extent of 1 does not stretch.
  EXPECT_EQ(error_of([] { (void)matmul(a, counting<double, 2>({1, 2})); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([] { (void)vecdot(a, counting<double, 2>({2, 1})); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([] { (void)vecdot(a, counting<double, 1>({1})); }).code, ErrorCode::shape_mismatch);
}

TEST(Matrices, NamesOfTheInnerAxisAreOne) {
  const auto x = a.with_labels(Labels({"time", "space"}, {}, "x", {}));
  const auto y = b.with_labels(Labels({"space", "mode"}, {}, "y", {}));
  const auto product = matmul(x, y);
  EXPECT_EQ(product.labels().dimension(0), "time");
  EXPECT_EQ(product.labels().dimension(1), "mode");
  EXPECT_EQ(error_of([&] {
              (void)matmul(x, b.with_labels(Labels({"level", "mode"}, {}, "y", {})));
            }).code,
            ErrorCode::name_mismatch);
}

TEST(Matrices, TrianglesHaveZerosBeyondADiagonal) {
  EXPECT_EQ(values(tril(a)), (Numbers{0, 0, 0, 3, 4, 0}));
  EXPECT_EQ(values(triu(a)), (Numbers{0, 1, 2, 0, 4, 5}));
  EXPECT_EQ(values(tril(a, 1)), (Numbers{0, 1, 0, 3, 4, 5}));
  EXPECT_EQ(values(triu(a, -1)), (Numbers{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values(triu(a, std::numeric_limits<std::int64_t>::max())), (Numbers{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(values(tril(a, std::numeric_limits<std::int64_t>::min())), (Numbers{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(values(matrix_transpose(a)), (Numbers{0, 3, 1, 4, 2, 5}));
}

}  // namespace
}  // namespace chunkwise_test
