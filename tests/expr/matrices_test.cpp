// Products of matrices and vectors, and triangles.
#include "chunkwise/expr/matrices.hpp"

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
