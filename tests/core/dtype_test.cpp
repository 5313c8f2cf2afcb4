#include "chunkwise/core/dtype.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace chunkwise {
namespace {

using Row = std::array<std::string_view, dtype_count>;

// np.result_type of two arrays, in the order of DType.
constexpr std::array<Row, dtype_count> numpy_result_type{{
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"},
    {"int8", "int8", "int16", "int32", "int64", "int16", "int32", "int64", "float64", "float32", "float64"},
    {"int16", "int16", "int16", "int32", "int64", "int16", "int32", "int64", "float64", "float32", "float64"},
    {"int32", "int32", "int32", "int32", "int64", "int32", "int32", "int64", "float64", "float64", "float64"},
    {"int64", "int64", "int64", "int64", "int64", "int64", "int64", "int64", "float64", "float64", "float64"},
    {"uint8", "int16", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"},
    {"uint16", "int32", "int32", "int32", "int64", "uint16", "uint16", "uint32", "uint64", "float32", "float64"},
    {"uint32", "int64", "int64", "int64", "int64", "uint32", "uint32", "uint32", "uint64", "float64", "float64"},
    {"uint64", "float64", "float64", "float64", "float64", "uint64", "uint64", "uint64", "uint64", "float64",
     "float64"},
    {"float32", "float32", "float32", "float64", "float64", "float32", "float32", "float64", "float64", "float32",
     "float64"},
    {"float64", "float64", "float64", "float64", "float64", "float64", "float64", "float64", "float64", "float64",
     "float64"},
}};

DType dtype(std::size_t i) { return static_cast<DType>(i); }

TEST(DType, PromotesTwoArraysAsNumPyDoes) {
  for (std::size_t a = 0; a < dtype_count; ++a)
    for (std::size_t b = 0; b < dtype_count; ++b)
      EXPECT_EQ(name_of(promote(dtype(a), dtype(b))), numpy_result_type[a][b])
          << name_of(dtype(a)) << " with " << name_of(dtype(b));
}

TEST(DType, PromotionIsKnownToTheCompiler) {
  static_assert(promote(DType::int64, DType::uint64) == DType::float64);
  static_assert(promote(DType::float32, DType::int16) == DType::float32);
}

TEST(DType, AWeakScalarAdaptsToTheArray) {
  EXPECT_EQ(promote(DType::float32, WeakKind::floating), DType::float32);
  EXPECT_EQ(promote(DType::int16, WeakKind::floating), DType::float64);
  EXPECT_EQ(promote(DType::boolean, WeakKind::floating), DType::float64);
  EXPECT_EQ(promote(DType::int8, WeakKind::integer), DType::int8);
  EXPECT_EQ(promote(DType::float32, WeakKind::integer), DType::float32);
  EXPECT_EQ(promote(DType::boolean, WeakKind::integer), DType::int64);
  EXPECT_EQ(promote(DType::uint8, WeakKind::boolean), DType::uint8);
}

TEST(DType, FloatingFunctionsNeverGiveFloat16) {
  EXPECT_EQ(promote_to_floating(DType::boolean), DType::float32);
  EXPECT_EQ(promote_to_floating(DType::int8), DType::float32);
  EXPECT_EQ(promote_to_floating(DType::uint16), DType::float32);
  EXPECT_EQ(promote_to_floating(DType::int32), DType::float64);
  EXPECT_EQ(promote_to_floating(DType::float32), DType::float32);
}

TEST(DType, SizesAndNamesAgreeWithTheTypes) {
  for (std::size_t i = 0; i < dtype_count; ++i)
    dispatch(dtype(i), [&](auto zero) {
      using T = decltype(zero);
      EXPECT_EQ(dtype_of<T>, dtype(i));
      EXPECT_EQ(size_of(dtype(i)), sizeof(T));
      EXPECT_EQ(is_floating(dtype(i)), std::is_floating_point_v<T>);
      EXPECT_EQ(is_integer(dtype(i)), std::is_integral_v<T> && i != 0);
      EXPECT_EQ(is_unsigned_integer(dtype(i)), std::is_unsigned_v<T> && i != 0);
    });
  EXPECT_EQ(name_of(DType::boolean), "bool");
  EXPECT_EQ(name_of(DType::float64), "float64");
}

TEST(DType, AScalarGivesItsValueBack) {
  EXPECT_EQ(Scalar(2.5).as<double>(), 2.5);
  EXPECT_EQ(Scalar(std::int8_t{-3}).as<std::int8_t>(), -3);
  EXPECT_EQ(Scalar(true).dtype, DType::boolean);
  EXPECT_EQ(Scalar(1.5F), Scalar(1.5F));
  EXPECT_NE(Scalar(1.5F), Scalar(1.5));
}

}  // namespace
}  // namespace chunkwise
