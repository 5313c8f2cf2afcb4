// Questions about element types.
#include "chunkwise/expr/types.hpp"

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

static_assert(result_type(DType::int8, DType::uint8) == DType::int16);
static_assert(result_type(DType::int8, DType::float32, DType::int64) == DType::float64);
static_assert(can_cast(DType::int16, DType::float32) && !can_cast(DType::int64, DType::float32));
static_assert(finfo(DType::float32).eps == 0x1p-23 && finfo(DType::float64).bits == 64);
static_assert(iinfo(DType::int8).min == -128 && iinfo(DType::uint64).max == ~std::uint64_t{0});
static_assert(iinfo(DType::int64).min == std::numeric_limits<std::int64_t>::min());
static_assert(isdtype(DType::uint8, "integral") && !isdtype(DType::boolean, "numeric"));
static_assert(isdtype(DType::float32, "real floating") && !isdtype(DType::float64, "complex floating"));
static_assert(isdtype(DType::int8, DType::int8));

TEST(Types, OfArraysAndNumbersAreThoseOfTheirOperations) {
  const auto x = counting<float, 1>({3});
  const auto i = counting<std::int8_t, 1>({3});
  EXPECT_EQ(result_type(x, 2.0), DType::float32);
  EXPECT_EQ(result_type(i, 2.0), DType::float64);
  EXPECT_EQ(result_type(i, x), dtype_of<value_type_of<decltype(i + x)>>);
}

TEST(Types, LimitsOfAnotherKindAreRefused) {
  EXPECT_TRUE(error_of([] { (void)finfo(DType::int8); }).says("see iinfo"));
  EXPECT_TRUE(error_of([] { (void)iinfo(DType::boolean); }).says("see finfo"));
  EXPECT_TRUE(error_of([] { (void)isdtype(DType::int8, "whole"); }).says("no kind 'whole'"));
}

}  // namespace
}  // namespace chunkwise_test
