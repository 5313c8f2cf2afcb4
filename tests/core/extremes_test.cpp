// Sizes that no machine has, through every door that makes an array. Run under UndefinedBehaviorSanitizer, whose checks
// of overflow are what would see the first product that wraps.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <sstream>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/graph/serialize.hpp"
#include "chunkwise/io/npy.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "chunkwise/notation.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/core/bytes.hpp"
#include "tests/caught.hpp"

namespace cw = chunkwise;

namespace chunkwise_test {
namespace {

using cw::ErrorCode;
using cw::Shape;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

/// Shapes whose number of elements, or of bytes, is none that an array can have.
const std::vector<Shape> too_large{
    {1LL << 32, 1LL << 32}, {1LL << 31, 1LL << 31},       {1LL << 61, 1}, {1LL << 56, 1}, {most, 1},
    {most, most},           {3037000500LL, 3037000500LL}, {most, 0},      {1LL << 40, 0}, {0, 1LL << 62}};
const std::vector<Shape> negative{{-1, 1}, {1, -1}, {-1, -1}, {least, 1}, {least, least}, {-1, 0}, {0, -3}};

bool has_too_many(const Shape& shape) { return !(shape == Shape{1LL << 40, 0}); }

template <class F>
void expect_refused(const Shape& shape, const F& make) {
  const Caught error = error_of([&] { make(shape); });
  EXPECT_EQ(error.code, ErrorCode::invalid_argument) << to_string(shape) << ": " << error.message;
  EXPECT_TRUE(error.says(to_string(shape)) || error.says("extent")) << error.message;
}

template <class F>
void expect_all_refused(const F& make) {
  for (const Shape& shape : too_large)
    if (has_too_many(shape)) expect_refused(shape, make);
  for (const Shape& shape : negative) expect_refused(shape, make);
}

TEST(Extremes, ACountOfElementsThatNoArrayHasIsAnError) {
  expect_all_refused([](const Shape& shape) { (void)shape.elements(); });
  expect_all_refused([](const Shape& shape) { (void)row_major_strides(shape); });
  EXPECT_EQ(Shape({1LL << 40, 0}).elements(), 0);
  EXPECT_EQ(Shape({(1LL << 56) - 1}).elements(), cw::max_elements);
  EXPECT_EQ(Shape({1LL << 28, (1LL << 28) - 1}).elements(), (1LL << 56) - (1LL << 28));
  EXPECT_EQ(Shape().elements(), 1);
}

TEST(Extremes, ArraysFromNothingAreRefused) {
  expect_all_refused([](const Shape& shape) { (void)cw::full<2>(shape, 1.0); });
  expect_all_refused([](const Shape& shape) { (void)cw::full<2>(shape, std::int8_t{1}, {1, 1}); });
  expect_all_refused([](const Shape& shape) { (void)cw::random<double, 2>(shape, 1); });
  EXPECT_EQ(error_of([] { (void)cw::arange(least, most); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)cw::arange(most, least, std::int64_t{-1}); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)cw::arange(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()); }).code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)cw::arange(0.0, 1e300); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)cw::arange(0.0, 1e18); }).code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error_of([] { (void)cw::arange(0.0, 1e300, 5e-324); }).says("from 0.0 to 1e+300 in steps of 5e-324"));
  EXPECT_EQ(cw::compute(cw::arange(least, least + 3)).size(), 3);
}

TEST(Extremes, MemoryIsNeverTakenForMoreThanItHolds) {
  expect_all_refused([](const Shape& shape) { (void)cw::from_vector<2>(std::vector<double>(1), shape); });
  expect_all_refused([](const Shape& shape) { (void)cw::from_vector<2>(std::vector<double>(), shape); });
  expect_all_refused([](const Shape& shape) {
    static const double one = 1;
    (void)cw::from_memory<2>(&one, shape);
  });
  expect_all_refused([](const Shape& shape) { (void)cw::NdArray<double, 2>(shape, {}); });
  expect_all_refused([](const Shape& shape) {
    (void)cw::NdArray<double, 2>(cw::UntypedNdArray{cw::DType::float64, shape, {0, 0}, nullptr, nullptr});
  });
}

TEST(Extremes, ChunksOfSuchShapesAreRefused) {
  expect_all_refused([](const Shape& shape) { (void)cw::ChunkGrid::automatic(shape); });
  expect_all_refused([](const Shape& shape) { (void)cw::ChunkGrid::single(shape); });
  expect_all_refused([](const Shape& shape) { (void)cw::ChunkGrid::regular(shape, {7, 7}); });
  EXPECT_EQ(error_of([] { (void)cw::AxisChunks::regular(most, 5); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)cw::AxisChunks::of_sizes({most, most}); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(cw::AxisChunks::regular(cw::max_elements, 1).count(), cw::max_elements);
}

TEST(Extremes, WhatOperationsWouldMakeOfLargeArraysIsRefused) {
  const auto row = cw::full<2>({1, 1LL << 40}, 1.0);
  const auto column = cw::full<2>({1LL << 40, 1}, 1.0);
  EXPECT_EQ(error_of([&] { (void)(row + column); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)cw::where(row > 0, column, 1.0); }).code, ErrorCode::invalid_argument);
  const auto half = cw::full<1>({1LL << 55}, 1.0);
  EXPECT_EQ(error_of([&] { (void)cw::concatenate(std::vector{half, half}, 0); }).code, ErrorCode::invalid_argument);
  const std::vector many(300, half);
  EXPECT_EQ(error_of([&] { (void)cw::concatenate(many, 0); }).code, ErrorCode::invalid_argument);

  const std::vector<cw::NodePtr> nodes(300, half.node());
  EXPECT_EQ(error_of([&] { (void)cw::build::concatenate(nodes, 0); }).code, ErrorCode::invalid_argument);
  cw::notation::Variables variables;
  variables.find = [&](std::string_view) { return std::optional(half.handle()); };
  EXPECT_EQ(error_of([&] { (void)cw::notation::arrays_of("h[:, None] * h", variables); }).code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)cw::notation::arrays_of("concatenate((h, h, h))", variables); }).code,
            ErrorCode::invalid_argument);
}

TEST(Extremes, TheLargestArraysAreLazyAndTheirPartsAreComputed) {
  const auto x = cw::full<2>({1LL << 28, (1LL << 28) - 1}, 2.0);
  EXPECT_EQ(cw::compute(x(-1, cw::range(-3, cw::none))).mutable_copy(), (std::vector<double>{2, 2, 2}));
  EXPECT_EQ(cw::compute((x * 3.0)(5, 5)), 6);
  EXPECT_EQ(cw::compute(cw::sum(x(cw::range(0, 100), cw::range(cw::none, cw::none, 1 << 20)))), 2 * 100 * 256);
  EXPECT_EQ(cw::compute(x(cw::range(cw::none, cw::none, least), 0)).mutable_copy(), (std::vector<double>{2}));
  const auto y = cw::concatenate(std::vector{x(cw::range(0, 1LL << 27)), x(cw::range(0, 1LL << 27))}, 0);
  EXPECT_EQ(cw::compute(y(1LL << 27, -1)), 2);
}

TEST(Extremes, SizesInMessagesDoNotWrap) {
  const auto x = cw::full<2>({1LL << 28, (1LL << 28) - 1}, 2.0);
  std::ostringstream text;
  text << x << x.shape();
  EXPECT_NE(text.str().find("576 PB(268435456, 268435455)"), std::string::npos) << text.str();
  const Caught too_large_result = error_of([&] { (void)cw::compute(x * 2.0); });
  EXPECT_EQ(too_large_result.code, ErrorCode::memory_limit);
  EXPECT_TRUE(too_large_result.says("results 576 PB")) << too_large_result.message;
  const Caught several =
      error_of([&] { (void)cw::compute(cw::default_backend(), x * 2.0, x * 3.0, x * 4.0, x * 5.0, x * 6.0); });
  EXPECT_TRUE(several.says("results 2.9 EB")) << several.message;
  const Caught persisted = error_of([&] { (void)cw::persist(x); });
  EXPECT_EQ(persisted.code, ErrorCode::memory_limit) << persisted.message;
}

TEST(Extremes, TheMeanOfEverythingIsPlannedInLittleMemory) {
  const auto x = cw::full<1>({(1LL << 56) - 1}, 2.0);
  const cw::Explanation plan = cw::explain(cw::mean(x));
  EXPECT_EQ(plan.stages.size(), 1U);
  EXPECT_LT(plan.memory_bound, 1U << 30);
}

TEST(Extremes, GraphsFromBytesAreHeldToTheSame) {
  const auto source_bytes = [](const Shape& shape) {
    cw::ByteWriter out;
    out.number(static_cast<std::uint64_t>(cw::DType::float64), 1);
    out.shape(shape);
    out.scalar(cw::Scalar(1.0));
    return out.take();
  };
  for (const Shape& shape : too_large) {
    if (!has_too_many(shape)) continue;
    EXPECT_EQ(error_of([&] {
                (void)cw::open_source({"full", source_bytes(shape)}, {});
              }).code,
              ErrorCode::invalid_argument);
  }
  for (const Shape& shape : negative)
    EXPECT_EQ(error_of([&] {
                (void)cw::open_source({"full", source_bytes(shape)}, {});
              }).code,
              ErrorCode::invalid_argument);

  // An index whose numbers overflow whatever is reckoned with them.
  const auto x = cw::full<1>({10}, 1.0);
  for (const cw::AxisRange& range :
       {cw::AxisRange{0, least, 1}, cw::AxisRange{least, 1, 1}, cw::AxisRange{9, most, 2}, cw::AxisRange{0, most, most},
        cw::AxisRange{0, least, 2}, cw::AxisRange{most, 1, 0}, cw::AxisRange{0, 1, -1}}) {
    using Kind = cw::AxisSubscript::Kind;
    const bool fits = range.count == 0 || (range.count == 1 && range.start == 0);
    const auto use = [&] {
      const cw::NodePtr index = cw::build::index(x.node(), {{Kind::range, range}});
      const cw::NodePtr again = cw::build::index(index, {{Kind::range, {0, 1, range.count}}});
      (void)describe(*again);
    };
    // An extent that no array has is no index at all.
    const bool is_extent = range.count >= 0 && range.count < most;
    if (fits)
      use();
    else
      EXPECT_EQ(error_of(use).code, is_extent ? ErrorCode::out_of_range : ErrorCode::invalid_argument)
          << to_string(cw::Region{range});
  }
}

TEST(Extremes, ASourceThatSaysImpossibleThingsIsRefused) {
  class Liar final : public cw::Source {
   public:
    Liar(Shape shape, cw::ChunkGrid grid) : shape_(shape), grid_(std::move(grid)) {}
    [[nodiscard]] cw::DType dtype() const override { return cw::DType::float64; }
    [[nodiscard]] const Shape& shape() const override { return shape_; }
    [[nodiscard]] const cw::ChunkGrid& grid() const override { return grid_; }
    [[nodiscard]] const cw::Encoding& encoding() const override { return encoding_; }
    [[nodiscard]] std::string describe() const override { return "liar"; }
    void read(const cw::Region&, void*) const override {}

   private:
    Shape shape_;
    cw::ChunkGrid grid_;
    cw::Encoding encoding_;
  };
  expect_all_refused([](const Shape& shape) {
    (void)cw::from_source<double, 2>(std::make_shared<Liar>(shape, cw::ChunkGrid::single({1, 1})));
  });
  const Caught error = error_of([] {
    (void)cw::from_source<double, 2>(std::make_shared<Liar>(Shape{2, 3}, cw::ChunkGrid::single({3, 2})));
  });
  EXPECT_TRUE(error.says("its chunks cover the shape (3, 2), not its own, (2, 3)")) << error.message;
}

}  // namespace
}  // namespace chunkwise_test
