#include "chunkwise/core/ndarray.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

#include "chunkwise/io/npy.hpp"
#include "chunkwise/io/text.hpp"
#include "tests/caught.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::code_of;

template <class T, int N>
std::string text(const NdArray<T, N>& array) {
  std::ostringstream out;
  out << array;
  return out.str();
}

template <class T>
std::string text(std::vector<T> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return text(NdArray<T, 1>(Shape{n}, std::move(values)));
}

std::vector<double> counting(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

// The expected texts are what NumPy prints.

TEST(NdArray, IntegersStandBelowEachOther) { EXPECT_EQ(text<std::int64_t>({1, -20, 300}), "[  1 -20 300]"); }

TEST(NdArray, SmallIntegersAreNumbersAndNotCharacters) {
  EXPECT_EQ(text<std::int8_t>({65, -1}), "[65 -1]");
  EXPECT_EQ(text<std::uint8_t>({65, 255}), "[ 65 255]");
}

TEST(NdArray, NumbersAreShortAndAlignedAtThePoint) {
  EXPECT_EQ(text<double>({1, 2.5, -0.125}), "[ 1.     2.5   -0.125]");
  EXPECT_EQ(text<float>({0.1F, 0.25F}), "[0.1  0.25]");
  EXPECT_EQ(text<double>({1.0 / 3, 2.0 / 3}), "[0.33333333 0.66666667]");
}

TEST(NdArray, WideRangesAreScientific) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(text<double>({1e-9, 1, nan}), "[1.e-09 1.e+00    nan]");
  EXPECT_EQ(text<double>({1e200, 1}), "[1.e+200 1.e+000]");
}

TEST(NdArray, InfinityAndNanHaveNames) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(text<double>({NAN, -inf, 1.5}), "[ nan -inf  1.5]");
  EXPECT_EQ(text<double>({NAN, inf}), "[nan inf]");
}

TEST(NdArray, TruthIsWritten) {
  EXPECT_EQ(text(NdArray<bool, 1>(Shape{2}, std::vector<bool>{true, false})), "[ True False]");
}

TEST(NdArray, ASingleNumberHasAllItsDigits) {
  EXPECT_EQ(text(NdArray<double, 0>(Shape{}, {1.0 / 3})), "0.3333333333333333");
  EXPECT_EQ(text(NdArray<double, 0>(Shape{}, {2})), "2.0");
  EXPECT_EQ(text(NdArray<double, 0>(Shape{}, {1e22})), "1e+22");
  EXPECT_EQ(text(NdArray<float, 0>(Shape{}, {27126436000.0F})), "27126436000.0");
  EXPECT_EQ(text(NdArray<std::int32_t, 0>(Shape{}, {-7})), "-7");
}

TEST(NdArray, NothingIsTwoBrackets) { EXPECT_EQ(text(NdArray<double, 2>(Shape{0, 3}, {})), "[]"); }

TEST(NdArray, AxesAreBracketsAndBlankLines) {
  EXPECT_EQ(text(NdArray<double, 3>(Shape{2, 3, 4}, counting(24))),
            "[[[ 0.  1.  2.  3.]\n"
            "  [ 4.  5.  6.  7.]\n"
            "  [ 8.  9. 10. 11.]]\n"
            "\n"
            " [[12. 13. 14. 15.]\n"
            "  [16. 17. 18. 19.]\n"
            "  [20. 21. 22. 23.]]]");
}

TEST(NdArray, LongLinesAreBroken) {
  std::vector<std::int64_t> values(30);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1000 * static_cast<std::int64_t>(i);
  EXPECT_EQ(text(values),
            "[    0  1000  2000  3000  4000  5000  6000  7000  8000  9000 10000 11000\n"
            " 12000 13000 14000 15000 16000 17000 18000 19000 20000 21000 22000 23000\n"
            " 24000 25000 26000 27000 28000 29000]");
}

TEST(NdArray, MoreThanAThousandElementsAreCutInTheMiddle) {
  std::vector<std::int32_t> values(1001);
  std::iota(values.begin(), values.end(), 0);
  EXPECT_EQ(text(values), "[   0    1    2 ...  998  999 1000]");
  EXPECT_EQ(text(NdArray<double, 2>(Shape{40, 40}, counting(1600))),
            "[[0.000e+00 1.000e+00 2.000e+00 ... 3.700e+01 3.800e+01 3.900e+01]\n"
            " [4.000e+01 4.100e+01 4.200e+01 ... 7.700e+01 7.800e+01 7.900e+01]\n"
            " [8.000e+01 8.100e+01 8.200e+01 ... 1.170e+02 1.180e+02 1.190e+02]\n"
            " ...\n"
            " [1.480e+03 1.481e+03 1.482e+03 ... 1.517e+03 1.518e+03 1.519e+03]\n"
            " [1.520e+03 1.521e+03 1.522e+03 ... 1.557e+03 1.558e+03 1.559e+03]\n"
            " [1.560e+03 1.561e+03 1.562e+03 ... 1.597e+03 1.598e+03 1.599e+03]]");
}

TEST(NdArray, AViewWithStridesPrintsItsElements) {
  const auto owner = std::make_shared<std::vector<double>>(counting(6));
  const NdArray<double, 1> backwards({DType::float64, Shape{3}, {-2}, owner, owner->data() + 5});
  EXPECT_EQ(text(backwards), "[5. 3. 1.]");
  EXPECT_EQ(backwards(0), 5.0);
  EXPECT_EQ(backwards(-1), 1.0);
}

TEST(NdArray, SubscriptsAreChecked) {
  const NdArray<double, 2> array(Shape{2, 3}, counting(6));
  EXPECT_EQ(array(1, 2), 5.0);
  EXPECT_EQ(array(-2, -3), 0.0);
  EXPECT_THROW((void)array(2, 0), Error);
  EXPECT_THROW((void)array(0, -4), Error);
}

TEST(NdArray, TypeAndRankMustBeItsOwn) {
  const NdArray<double, 1> array(Shape{2}, {1, 2});
  EXPECT_THROW((NdArray<float, 1>(array.untyped())), Error);
  EXPECT_THROW((NdArray<double, 2>(array.untyped())), Error);
  EXPECT_THROW((NdArray<double, 1>(Shape{3}, {1, 2})), Error);
}

TEST(NdArray, CopiesShareTheMemoryAndMutableCopyDoesNot) {
  const NdArray<double, 1> array(Shape{2}, {1, 2});
  const NdArray<double, 1> other = array;  // NOLINT: the copy is the point
  EXPECT_EQ(array.data(), other.data());
  std::vector<double> values = array.mutable_copy();
  values[0] = 9;
  EXPECT_EQ(array(0), 1.0);
}

TEST(UntypedNdArray, IsShownAsOneOfItsShapeOrAsTheEdgesOfALargerOne) {
  const std::vector<double> values(36, 1);
  const UntypedNdArray array{DType::float64, {6, 6}, {6, 1}, nullptr, values.data()};
  EXPECT_NE(to_string(array, Shape{1000, 1000}).find("..."), std::string::npos);
  for (const Shape& shape : {Shape{9, 6}, Shape{36}, Shape{5, 5}, Shape{1000, 5}})
    EXPECT_EQ(code_of([&] { (void)to_string(array, shape); }), ErrorCode::shape_mismatch) << to_string(shape);
}

TEST(UntypedNdArray, WithoutMemoryOrStridesItIsAnErrorWhereverItIsRead) {
  const std::vector<double> values{7, 8};
  const UntypedNdArray no_memory{DType::float64, {2}, {1}, nullptr, nullptr};
  const UntypedNdArray no_strides{DType::float64, {2}, {}, nullptr, values.data()};
  for (const auto& [array, code] :
       {std::pair{no_memory, ErrorCode::invalid_argument}, std::pair{no_strides, ErrorCode::shape_mismatch}}) {
    std::ostringstream out;
    EXPECT_EQ(code_of([&, a = array] { (void)to_string(a); }), code);
    EXPECT_EQ(code_of([&, a = array] { (void)NdArray<double, 1>(a); }), code);
    EXPECT_EQ(code_of([&, a = array] { write_npy(out, a); }), code);
    EXPECT_EQ(code_of([&, a = array] { write_csv(out, a, {}); }), code);
    EXPECT_EQ(code_of([&, a = array] { write_json(out, a, {}); }), code);
    EXPECT_EQ(code_of([&, a = array] { write_text(out, a); }), code);
  }
}

TEST(PartOf, WhatLiesBeyondTheArrayIsAnError) {
  const NdArray<double, 1> array({4}, {5, 6, 7, 8});
  EXPECT_EQ(code_of([&] { (void)part_of(array.untyped(), Region{AxisRange{2, 1, 5}}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] { (void)part_of(array.untyped(), Region{AxisRange{-1, 1, 2}}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code_of([&] {
              (void)part_of(array.untyped(), Region{AxisRange{0, 1, 1}, AxisRange{0, 1, 1}});
            }),
            ErrorCode::out_of_range);
  EXPECT_EQ(to_string(part_of(array.untyped(), Region{AxisRange{3, -1, 4}})), "[8. 7. 6. 5.]");
  EXPECT_EQ(to_string(part_of(array.untyped(), Region{AxisRange{4, 1, 0}})), "[]");
}

}  // namespace
}  // namespace chunkwise
