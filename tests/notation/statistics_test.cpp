// Statistics and matrices in formulas: they are the C++ functions, and what they refuse.
#include "tests/notation/evaluate.hpp"
#include "tests/notation/same_formula.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(NotationStatistics, AreTheTypedFormulas) {
  expect_same("ptp(x, 'time')", ptp(x, "time"));
  expect_same("x.ptp()", ptp(x));
  expect_same("nanptp(f, axis=(0, 2), keepdims=True)", nanptp(f, axes(0, 2), keepdims));
  expect_same("count_nonzero(f, 0)", count_nonzero(f, 0));
  expect_same("skew(f, dim='time')", skew(f, "time"));
  expect_same("x.kurtosis(axis=(0, 1), keepdims=True)", kurtosis(x, axes(0, 1), keepdims));
  expect_same("cov(f, f * 2, 'time')", cov(f, f * 2, "time"));
  const auto mixed = notation::arrays_of("cov(x, cast(x, float32) * 3, 'time')", variables()).back().array;
  EXPECT_EQ(values(Array<double, 2>(mixed)), values(cov(x, cast<float>(x) * 3.0F, "time")));
  EXPECT_EQ(values(cov(x, cast<float>(x), 0)), values(cov(x, cast<double>(cast<float>(x)), 0)));
  expect_same("cov(x, x * x, dim=('time', 1), ddof=0)", cov(x, x * x, axes("time", 1), ddof(0)));
  expect_same("corr(f, f + 1, axis=0)", corr(f, f + 1, 0));
}

TEST(NotationStatistics, MatricesAreTheTypedFormulas) {
  expect_same("matmul(x[:, 0], outer(row, row))", matmul(x(all, 0), outer(row, row)));
  expect_same("matmul(f, row)", matmul(f, row));
  expect_same("vecdot(f, f, 'latitude')", vecdot(f, f, "latitude"));
  expect_same("vecdot(f, row)", vecdot(f, row));
  expect_same("vecdot(row, f, axis=-1)", vecdot(row, f));
  expect_same("outer(row, row)", outer(row, row));
  expect_same("matrix_transpose(f)", matrix_transpose(f));
  // A triangle is made anew each time, from sources of its own.
  EXPECT_EQ(values_of_text<float>("tril(f, 1)"), values(tril(f, 1)));
  EXPECT_EQ(values_of_text<double>("triu(x, k=-1)"), values(triu(x, -1)));
  EXPECT_EQ(array_of_text("tril(f)").labels.dimension(0), "time");
}

TEST(NotationStatistics, WrongArgumentsAreToldApart) {
  expect_refused("cov(x)", ErrorCode::invalid_argument, "'cov' takes at least 2 arguments");
  expect_refused("cov(x, row)", ErrorCode::shape_mismatch, "takes arrays of the same axes");
  expect_refused("corr(x, f, 0, axis=1)", ErrorCode::invalid_argument, "'axis' is 'dim', which is given too");
  expect_refused("ptp(b)", ErrorCode::type_mismatch, "not defined for bool");
  expect_refused("matmul(x, s)", ErrorCode::shape_mismatch, "takes vectors and matrices, where x * y takes scalars");
  expect_refused("matmul(f, f)", ErrorCode::shape_mismatch, "the second has so many rows: 3");
  expect_refused("dot(f, f)", ErrorCode::shape_mismatch, "see matmul");
  expect_refused("outer(x, row)", ErrorCode::shape_mismatch, "takes vectors, which ravel(x) makes");
  expect_refused("vecdot(f, row, axis=0)", ErrorCode::shape_mismatch, "takes arrays that both have the axis");
  expect_refused("tril(row)", ErrorCode::shape_mismatch, "'tril' is of the last two axes, and this array has 1");
  expect_refused("tril(x, 0.5)", ErrorCode::type_mismatch, "k");
}

}  // namespace
}  // namespace chunkwise_test
