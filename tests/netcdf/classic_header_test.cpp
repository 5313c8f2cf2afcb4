#include "runtime/netcdf/classic_header.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "chunkwise/core/error.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::ErrorCode;
using cw::netcdf::ClassicHeader;

ClassicHeader parse(const std::vector<std::byte>& bytes) {
  const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
    const std::size_t n = std::min<std::size_t>(out.size(), bytes.size() - std::min<std::size_t>(offset, bytes.size()));
    if (n > 0) std::memcpy(out.data(), bytes.data() + offset, n);
    return n;
  };
  ClassicHeader header = cw::netcdf::parse_classic_header(read, bytes.size(), "file.nc");
  cw::netcdf::refuse_truncated(header, bytes.size(), "file.nc");
  return header;
}

/// The bytes of a file in one of the classic formats: v(time, x) and w(time) with records, f(x) without, attributes.
std::vector<std::byte> example(int mode, std::size_t records = 3) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, mode, NC_SHORT, {{"time", 0}, {"x", 5}},
      [](int file, int variable) {
        nc(nc_put_att_text(file, variable, "units", 1, "K"));
        nc(nc_put_att_text(file, NC_GLOBAL, "title", 5, "hello"));
        int other = 0;
        const std::vector<int> dimensions{0, 1};
        nc(nc_def_var(file, "w", NC_DOUBLE, 1, &dimensions[0], &other));
        nc(nc_def_var(file, "f", NC_FLOAT, 1, &dimensions[1], &other));
      },
      [&](int file, int variable) {
        if (records > 0) counting({records, 5})(file, variable);
        counting({5})(file, 2);
      });
  return bytes_of(path);
}

void put_32(std::vector<std::byte>& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = static_cast<std::byte>(value >> (24 - 8 * i));
}

class ClassicHeaderOfFormat : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Formats, ClassicHeaderOfFormat, testing::Values(0, NC_64BIT_OFFSET, NC_64BIT_DATA));

TEST_P(ClassicHeaderOfFormat, TellsWhereVariablesLie) {
  const auto bytes = example(GetParam());
  const ClassicHeader header = parse(bytes);
  EXPECT_EQ(header.version, GetParam() == 0 ? 1 : GetParam() == NC_64BIT_OFFSET ? 2 : 5);
  EXPECT_EQ(header.records, 3U);
  EXPECT_EQ(header.record_stride, 12U + 8U);
  ASSERT_EQ(header.variables.size(), 3U);
  EXPECT_EQ(header.variables[0].name, "v");
  EXPECT_EQ(header.variables[0].type, NC_SHORT);
  EXPECT_TRUE(header.variables[0].is_record);
  EXPECT_EQ(header.variables[0].shape, (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(header.variables[0].bytes, 10U);
  EXPECT_FALSE(header.variables[2].is_record);
  EXPECT_EQ(header.variables[2].bytes, 20U);
  EXPECT_EQ(header.variables[2].begin, header.header_bytes);
  EXPECT_EQ(header.file_bytes, bytes.size());
}

TEST_P(ClassicHeaderOfFormat, IsRefusedWhereverTheFileIsCut) {
  const auto bytes = example(GetParam());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const Caught caught = error_of([&] { (void)parse(cut); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << length;
    EXPECT_TRUE(caught.says("file.nc")) << caught.message;
  }
}

TEST_P(ClassicHeaderOfFormat, NeverCrashesOnFlippedBytes) {
  const auto bytes = example(GetParam());
  std::mt19937 random(20160101);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    auto flipped = bytes;
    for (unsigned n = 1 + random() % 4; n > 0; --n)
      flipped[random() % flipped.size()] = static_cast<std::byte>(random() % 256);
    try {
      const ClassicHeader header = parse(flipped);
      EXPECT_LE(header.file_bytes, flipped.size());
      EXPECT_LE(header.variables.size(), flipped.size() / 32);
      for (const auto& variable : header.variables) {
        const bool is_empty = variable.is_record && header.records == 0;
        EXPECT_LE(variable.begin + (is_empty ? 0 : variable.bytes), is_empty ? ~std::uint64_t{0} : header.file_bytes);
      }
    } catch (const cw::Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(ClassicHeader, ASingleRecordVariableIsNotPadded) {
  const TemporaryFolder folder;
  make_file(folder / "a.nc", 0, NC_SHORT, {{"time", 0}, {"x", 3}}, nullptr, counting({4, 3}));
  const ClassicHeader header = parse(bytes_of(folder / "a.nc"));
  EXPECT_EQ(header.record_stride, 6U);
  EXPECT_EQ(header.file_bytes, header.variables[0].begin + 24);
}

TEST(ClassicHeader, AFileWithoutRecordsIsNotTruncated) {
  const ClassicHeader header = parse(example(0, 0));
  EXPECT_EQ(header.records, 0U);
  EXPECT_EQ(header.variables[0].shape[0], 0U);
}

TEST(ClassicHeader, AnAbsurdRecordCountIsRefused) {
  auto bytes = example(0);
  put_32(bytes, 4, 0x7FFF'FFFF);
  const Caught caught = error_of([&] { (void)parse(bytes); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("truncated")) << caught.message;
}

TEST(ClassicHeader, RecordsOfAStreamingFileAreCounted) {
  auto bytes = example(0);
  put_32(bytes, 4, 0xFFFF'FFFF);
  EXPECT_EQ(parse(bytes).records, 3U);
}

TEST(ClassicHeader, AbsurdCountsAllocateNothing) {
  // "CDF\1", no records, a list of 2^31 - 1 dimensions, and nothing more.
  std::vector<std::byte> bytes(16);
  std::memcpy(bytes.data(), "CDF\1", 4);
  put_32(bytes, 8, 10);
  put_32(bytes, 12, 0x7FFF'FFFF);
  EXPECT_EQ(error_of([&] { (void)parse(bytes); }).code, ErrorCode::corrupt);
}

TEST(ClassicHeader, ExtentsWhoseProductOverflowsAreRefused) {
  // v(a, a, a, a, a) with a = 2^31 - 1.
  std::vector<std::byte> bytes(4);
  std::memcpy(bytes.data(), "CDF\2", 4);
  const auto append = [&](std::uint32_t value) {
    bytes.resize(bytes.size() + 4);
    put_32(bytes, bytes.size() - 4, value);
  };
  for (const std::uint32_t value :
       {0U, 10U, 1U, 1U, 0x6100'0000U, 0x7FFF'FFFFU, 0U, 0U, 11U, 1U,           1U, 0x7600'0000U,
        5U, 0U,  0U, 0U, 0U,           0U,           0U, 0U, 6U,  0xFFFF'FFFFU, 0U, 120U})
    append(value);
  const Caught caught = error_of([&] { (void)parse(bytes); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("beyond any file")) << caught.message;
}

TEST(ClassicHeader, AnAttributeThatIsNotThereTakesNoMemory) {
  for (const std::uint32_t count : {0x7FFF'FFFFU, 0x0010'0000U}) {
    std::vector<std::byte> bytes(8);
    std::memcpy(bytes.data(), "CDF\1", 4);
    const auto append = [&](std::uint32_t value) {
      bytes.resize(bytes.size() + 4);
      put_32(bytes, bytes.size() - 4, value);
    };
    // No dimensions; one attribute "a" of doubles, of which none follows.
    for (const std::uint32_t value : {0U, 0U, 12U, 1U, 1U, 0x6100'0000U, 6U, count}) append(value);
    std::uint64_t asked = 0;
    const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
      asked = std::max<std::uint64_t>(asked, offset);
      const std::size_t n =
          std::min<std::size_t>(out.size(), bytes.size() - std::min<std::size_t>(offset, bytes.size()));
      if (n > 0) std::memcpy(out.data(), bytes.data() + offset, n);
      return n;
    };
    // The file said that it is a terabyte long; it is not, or what lies there is data.
    const Caught caught =
        error_of([&] { (void)cw::netcdf::parse_classic_header(read, std::uint64_t{1} << 40, "file.nc"); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt);
    EXPECT_TRUE(caught.says(count == 0x7FFF'FFFFU ? "attribute 'a' has 17179869176 bytes" : "became shorter"))
        << caught.message;
    EXPECT_LE(asked, bytes.size());
  }
}

TEST(ClassicHeader, AVariableInsideTheHeaderIsRefused) {
  auto bytes = example(0);
  const ClassicHeader header = parse(bytes);
  put_32(bytes, header.header_bytes - 4, 8);  // the header ends with the last variable's offset
  const Caught caught = error_of([&] { (void)parse(bytes); });
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("inside the header")) << caught.message;
}

TEST(ClassicHeader, AnotherKindOfFileIsRefused) {
  std::vector<std::byte> bytes(64);
  std::memcpy(bytes.data(), "CDF\3", 4);
  EXPECT_EQ(error_of([&] { (void)parse(bytes); }).code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace chunkwise_test
