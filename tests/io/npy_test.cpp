#include "chunkwise/io/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <sstream>

#include "chunkwise/chunkwise.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string streamed(const cw::UntypedNdArray& array) {
  std::ostringstream out;
  cw::write_npy(out, array);
  return out.str();
}

/// Returns the bytes of a file behind its header of 128 bytes.
template <class T>
std::vector<T> elements(const std::string& file) {
  std::vector<T> values((file.size() - 128) / sizeof(T));
  std::memcpy(values.data(), file.data() + 128, values.size() * sizeof(T));
  return values;
}

TEST(Npy, TheHeaderIsNumPys) {
  const std::string file = streamed(cw::NdArray<float, 2>({2, 3}, {1, 2, 3, 4, 5, 6}).untyped());
  ASSERT_EQ(file.size(), 128U + 24U);
  EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(file.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } ");
  EXPECT_EQ(file[127], '\n');
}

TEST(Npy, EachElementTypeHasItsCode) {
  const auto code = [](auto value) {
    using T = decltype(value);
    const std::string file = streamed(cw::NdArray<T, 0>(cw::Shape{}, {value}).untyped());
    return file.substr(21, 3);
  };
  EXPECT_EQ(code(true), "|b1");
  EXPECT_EQ(code(std::int8_t{1}), "|i1");
  EXPECT_EQ(code(std::int16_t{1}), "<i2");
  EXPECT_EQ(code(std::int64_t{1}), "<i8");
  EXPECT_EQ(code(std::uint8_t{1}), "|u1");
  EXPECT_EQ(code(std::uint32_t{1}), "<u4");
  EXPECT_EQ(code(1.0F), "<f4");
  EXPECT_EQ(code(1.0), "<f8");
}

TEST(Npy, ViewsAreWrittenRowMajor) {
  const cw::NdArray<double, 2> whole({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const auto part = cw::part_of(whole.untyped(), cw::Region{{2, -2, 2}, {3, -3, 2}});
  EXPECT_EQ(elements<double>(streamed(part)), (std::vector<double>{11, 8, 3, 0}));
}

TEST(Npy, ASinkWritesChunksToTheirPlaces) {
  const TemporaryFolder folder;
  const auto x = cw::random<double, 3>({7, 11, 13}, 5, {3, 4, 6});
  cw::write(cw::connect("local:2"), x, cw::npy_sink(folder / "x.npy"));
  EXPECT_EQ(elements<double>(text_of_file(folder / "x.npy")), cw::compute(x).mutable_copy());
  EXPECT_EQ(text_of_file(folder / "x.npy"), streamed(cw::compute(x).untyped()));
}

TEST(Npy, NanHasOneBitPattern) {
  const TemporaryFolder folder;
  const auto x = cw::from_vector<1>(std::vector<double>{-std::numeric_limits<double>::quiet_NaN(), 1}, {2});
  cw::write(cw::connect("local:1"), x, cw::npy_sink(folder / "x.npy"));
  const std::string file = text_of_file(folder / "x.npy");
  const double canonical = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(std::memcmp(file.data() + 128, &canonical, sizeof canonical), 0);
  EXPECT_EQ(streamed(cw::compute(x).untyped()), file);
}

TEST(Npy, WhatFailsLeavesNothing) {
  const TemporaryFolder folder;
  const auto backend = cw::connect("local:1", {.memory_limit = 1});
  EXPECT_THROW(cw::write(backend, cw::arange(0.0, 9.0) + 1, cw::npy_sink(folder / "x.npy")), cw::Error);
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Npy, AnExistingFileIsKeptWhereAskedFor) {
  const TemporaryFolder folder;
  const auto backend = cw::connect("local:1");
  cw::write(backend, cw::arange(0.0, 9.0), cw::npy_sink(folder / "x.npy", false));
  EXPECT_THROW(cw::write(backend, cw::arange(0.0, 9.0), cw::npy_sink(folder / "x.npy", false)), cw::Error);
  EXPECT_THROW(cw::write(backend, cw::arange(0.0, 9.0), cw::npy_sink(folder / "none/x.npy")), cw::Error);
  cw::write(backend, cw::arange(0.0, 8.0), cw::npy_sink(folder / "x.npy"));
  EXPECT_EQ(text_of_file(folder / "x.npy").size(), 128U + 64U);
}

TEST(Npy, AnEmptyArrayIsAHeader) {
  const TemporaryFolder folder;
  cw::write(cw::connect("local:1"), cw::full<2>({0, 4}, 1.0), cw::npy_sink(folder / "x.npy"));
  const std::string file = text_of_file(folder / "x.npy");
  EXPECT_EQ(file.size(), 128U);
  EXPECT_THAT(file, HasSubstr("'shape': (0, 4), }"));
}

TEST(Npy, ASinkThatIsUsedInAnotherOrderIsAnError) {
  const TemporaryFolder folder;
  const double values[] = {1, 2, 3, 4};
  const auto sink = cw::npy_sink(folder / "x.npy");
  const auto code = [](const auto& call) { return chunkwise_test::error_of(call).code; };
  EXPECT_EQ(code([&] { sink->write(cw::Region::whole({2}), values); }), cw::ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { sink->finish(); }), cw::ErrorCode::invalid_argument);
  const auto begin = [&](cw::DType dtype, const cw::Shape& shape) {
    sink->begin(dtype, shape, cw::ChunkGrid::automatic({2}), {});
  };
  EXPECT_EQ(code([&] { begin(static_cast<cw::DType>(99), {2}); }), cw::ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { begin(cw::DType::float64, {-2}); }), cw::ErrorCode::invalid_argument);
  begin(cw::DType::float64, {2});
  EXPECT_EQ(code([&] { sink->write(cw::Region::whole({2}), nullptr); }), cw::ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { sink->write(cw::Region::whole({4}), values); }), cw::ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { sink->write(cw::Region{{1, 1, 2}}, values); }), cw::ErrorCode::out_of_range);
  sink->abort();
  const auto elsewhere = cw::npy_sink(folder / std::string("a\0.npy", 6));
  EXPECT_EQ(code([&] { elsewhere->begin(cw::DType::float64, {2}, cw::ChunkGrid::automatic({2}), {}); }),
            cw::ErrorCode::invalid_argument);
}

}  // namespace
