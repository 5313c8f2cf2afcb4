#include "runtime/netcdf/stored_chunks.hpp"

#include <libdeflate.h>

#include <memory>
#include <random>

#include "runtime/netcdf/inflate.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::DType;
using cw::ErrorCode;
using cw::Region;
using cw::Shape;
using cw::netcdf::NcFile;
using cw::netcdf::StoredChunks;

/// How a variable of chunks of (2, 5, 3) is stored.
struct Filters {
  const char* name;
  bool shuffle, deflate, checksum;
  int endian;
  bool here;  ///< decoded by chunkwise
};

class StoredChunksWith : public testing::TestWithParam<Filters> {};
INSTANTIATE_TEST_SUITE_P(Filters, StoredChunksWith,
                         testing::Values(Filters{"Deflate", false, true, false, NC_ENDIAN_NATIVE, true},
                                         Filters{"ShuffleAndDeflate", true, true, false, NC_ENDIAN_NATIVE, true},
                                         Filters{"Shuffle", true, false, false, NC_ENDIAN_NATIVE, true},
                                         Filters{"BigEndian", true, true, false, NC_ENDIAN_BIG, true},
                                         Filters{"BigEndianDeflate", false, true, false, NC_ENDIAN_BIG, true},
                                         Filters{"Checksum", true, true, true, NC_ENDIAN_NATIVE, false},
                                         Filters{"None", false, false, false, NC_ENDIAN_NATIVE, false}),
                         [](const auto& filters) { return filters.param.name; });

constexpr std::size_t extents[] = {7, 11, 9};

/// Elements are their numbers, as far as a byte can hold them.
void make_filtered(const std::string& path, int type, const Filters& filters) {
  make_file(
      path, NC_NETCDF4, type, {{"t", 0}, {"y", extents[1]}, {"x", extents[2]}},
      [&](int file, int variable) {
        const std::size_t chunk[] = {2, 5, 3};
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
        if (filters.shuffle || filters.deflate)
          nc(nc_def_var_deflate(file, variable, filters.shuffle, filters.deflate, 4));
        nc(nc_def_var_endian(file, variable, filters.endian));
        if (filters.checksum) nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
      },
      [&](int file, int variable) {
        std::vector<int> values(7 * 11 * 9);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(type == NC_BYTE ? i % 128 : i);
        const std::size_t start[] = {0, 0, 0};
        nc(nc_put_vara_int(file, variable, start, extents, values.data()));
      });
}

StoredChunks::Expected expected(std::size_t element_bytes) { return {"v", {7, 11, 9}, {2, 5, 3}, element_bytes}; }

TEST_P(StoredChunksWith, GiveWhatWasWritten) {
  const TemporaryFolder folder;
  for (const auto& [type, dtype] : {std::pair(NC_BYTE, DType::int8), std::pair(NC_SHORT, DType::int16),
                                    std::pair(NC_FLOAT, DType::float32), std::pair(NC_DOUBLE, DType::float64)}) {
    const std::string path = folder / (cw::name_of(dtype).data() + std::string(".nc"));
    make_filtered(path, type, GetParam());
    const NcFile file(path, path);
    const StoredChunks* const chunks = file.stored_chunks(expected(size_of(dtype)));
    ASSERT_EQ(chunks != nullptr, GetParam().here);
    EXPECT_EQ(file.stored_chunks(expected(size_of(dtype))), chunks) << "they are opened once";
    if (!chunks) continue;
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
      Region box;
      for (const std::size_t extent : extents) {
        const auto start = static_cast<std::int64_t>(random() % extent);
        box.push_back({start, 1, 1 + static_cast<std::int64_t>(random() % (extent - static_cast<std::size_t>(start)))});
      }
      if (round == 0) box = Region::whole({7, 11, 9});
      std::vector<std::byte> bytes(static_cast<std::size_t>(box.elements()) * size_of(dtype));
      ASSERT_TRUE(chunks->read(box, bytes.data(), "reading"));
      std::size_t i = 0;
      for (std::int64_t t = box[0].start; t < box[0].start + box[0].count; ++t)
        for (std::int64_t y = box[1].start; y < box[1].start + box[1].count; ++y)
          for (std::int64_t x = box[2].start; x < box[2].start + box[2].count; ++x, ++i) {
            const std::int64_t number = (t * 11 + y) * 9 + x;
            cw::dispatch(dtype, [&](auto zero) {
              using T = decltype(zero);
              T value;
              std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
              ASSERT_EQ(static_cast<double>(value), static_cast<double>(sizeof(T) == 1 ? number % 128 : number))
                  << to_string(box);
            });
          }
    }
  }
}

TEST_P(StoredChunksWith, AreReadLikeAnyOtherSource) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_filtered(path, NC_INT, GetParam());
  const auto source = open_one(path, "v", DType::int32);
  EXPECT_EQ(source->read_block(), GetParam().deflate || GetParam().shuffle ? (Shape{2, 5, 3}) : (Shape{1, 1, 1}));
  EXPECT_EQ(read<std::int32_t>(source, {{6, -3, 3}, {10, 1, 1}, {8, -4, 3}}),
            (std::vector<std::int32_t>{692, 688, 684, 395, 391, 387, 98, 94, 90}));
}

TEST(StoredChunks, AreLeftToNetcdfWhereTheDataSetIsNotWhatTheVariableWasSaidToBe) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_filtered(path, NC_INT, {"", true, true, false, NC_ENDIAN_NATIVE, true});
  const NcFile file(path, path);
  EXPECT_EQ(file.stored_chunks({"other", {7, 11, 9}, {2, 5, 3}, 4}), nullptr);
  const auto hdf5 = std::make_shared<const cw::netcdf::Hdf5File>(path);
  ASSERT_TRUE(hdf5->is_open());
  EXPECT_EQ(StoredChunks::open(hdf5, {"v", {8, 11, 9}, {2, 5, 3}, 4}), nullptr);
  EXPECT_EQ(StoredChunks::open(hdf5, {"v", {7, 11, 9}, {2, 5, 4}, 4}), nullptr);
  EXPECT_EQ(StoredChunks::open(hdf5, {"v", {7, 11, 9}, {2, 5, 3}, 8}), nullptr);
  EXPECT_EQ(StoredChunks::open(hdf5, {"v", {7, 11}, {2, 5}, 4}), nullptr);
  EXPECT_NE(StoredChunks::open(hdf5, {"v", {7, 11, 9}, {2, 5, 3}, 4}), nullptr);
  EXPECT_FALSE(cw::netcdf::Hdf5File(folder / "none.nc").is_open());
}

TEST(StoredChunks, OfAGroupAreFound) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  int file = 0, group = 0, x = 0, v = 0;
  nc(nc_create(path.c_str(), NC_NETCDF4, &file));
  nc(nc_def_grp(file, "inner", &group));
  nc(nc_def_dim(file, "x", 6, &x));
  nc(nc_def_var(group, "v", NC_INT, 1, &x, &v));
  nc(nc_def_var_deflate(group, v, 0, 1, 1));
  const std::vector<int> values{5, 4, 3, 2, 1, 0};
  nc(nc_put_var_int(group, v, values.data()));
  nc(nc_close(file));
  for (const char* name : {"inner/v", "/inner/v"}) {
    EXPECT_NE(NcFile(path, path).stored_chunks({name, {6}, {6}, 4}), nullptr) << name;
    EXPECT_EQ(read_all<std::int32_t>(open_one(path, name, DType::int32)), values);
  }
}

TEST(StoredChunks, ThatWereNeverWrittenHoldTheFillValue) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, NC_NETCDF4, NC_INT, {{"t", 0}, {"x", 6}},
      [](int file, int variable) {
        const std::size_t chunk[] = {1, 3};
        const int fill = -7;
        int other = 0;
        const int dimensions[] = {0};
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
        nc(nc_def_var_deflate(file, variable, 0, 1, 1));
        nc(nc_def_var_fill(file, variable, 0, &fill));
        nc(nc_def_var(file, "longer", NC_INT, 1, dimensions, &other));
      },
      [](int file, int variable) {
        const std::size_t start[] = {1, 3};
        const std::size_t count[] = {1, 3};
        const int values[] = {1, 2, 3};
        nc(nc_put_vara_int(file, variable, start, count, values));
      });
  const std::vector<std::int32_t> two_rows{-7, -7, -7, -7, -7, -7, -7, -7, -7, 1, 2, 3};
  const cw::NetcdfOptions as_stored{.decode = false};
  EXPECT_EQ(read_all<std::int32_t>(open_one(path, "v", DType::int32, as_stored)), two_rows);
  // Another variable makes the dimension longer than the data set is.
  int file = 0, longer = 0;
  nc(nc_open(path.c_str(), NC_WRITE, &file));
  nc(nc_inq_varid(file, "longer", &longer));
  const std::size_t third = 2;
  const int value = 1;
  nc(nc_put_var1_int(file, longer, &third, &value));
  nc(nc_close(file));
  std::vector<std::int32_t> three_rows = two_rows;
  three_rows.insert(three_rows.end(), 6, -7);
  EXPECT_EQ(read_all<std::int32_t>(open_one(path, "v", DType::int32, as_stored)), three_rows);
}

TEST(StoredChunks, AVariableThatSharesANameWithADimensionIsNotMistakenForIt) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, NC_NETCDF4, NC_INT, {{"w", 6}, {"x", 6}},
      [](int file, int) {
        const int along_x = 1;
        int w = 0;
        nc(nc_def_var(file, "w", NC_INT, 1, &along_x, &w));
        nc(nc_def_var_deflate(file, w, 1, 1, 1));
      },
      [](int file, int) {
        int w = 0;
        nc(nc_inq_varid(file, "w", &w));
        const int values[] = {9, 8, 7, 6, 5, 4};
        nc(nc_put_var_int(file, w, values));
      });
  EXPECT_EQ(read_all<std::int32_t>(open_one(path, "w", DType::int32)), (std::vector<std::int32_t>{9, 8, 7, 6, 5, 4}));
}

TEST(StoredChunks, ThatAreDamagedAreAnErrorWithTheirPlace) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  make_file(
      path, NC_NETCDF4, NC_INT, {{"x", 40000}},
      [](int file, int variable) {
        const std::size_t chunk = 10000;
        nc(nc_def_var_chunking(file, variable, NC_CHUNKED, &chunk));
        nc(nc_def_var_deflate(file, variable, 0, 1, 1));
      },
      counting({40000}));
  const auto good = bytes_of(path);
  std::mt19937 random(2);
  int damaged = 0;
  for (int round = 0; round < 30; ++round) {
    auto bytes = good;
    const std::size_t place = bytes.size() / 2 + random() % (bytes.size() / 2 - 200);
    for (std::size_t i = place; i < place + 100; ++i) bytes[i] = static_cast<std::byte>(random() % 256);
    write_bytes(path, bytes);
    try {
      (void)read_all<std::int32_t>(open_one(path));
    } catch (const cw::Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(error.code(), ErrorCode::corrupt) << text;
      EXPECT_TRUE(text.find("v of " + path) != std::string::npos && text.find("[0:40000]") != std::string::npos)
          << text;
      if (text.find("the compressed chunk (") != std::string::npos) ++damaged;
    }
  }
  EXPECT_GT(damaged, 20);
}

TEST(StoredChunks, ThreadsDecodeAtTheSameTime) {
  const TemporaryFolder folder;
  std::vector<cw::SourcePtr> sources;
  for (int i = 0; i < 3; ++i) {
    const std::string path = folder / ("a" + std::to_string(i) + ".nc");
    make_filtered(path, NC_INT, {"", i != 1, true, i == 2, NC_ENDIAN_NATIVE, i != 2});
    sources.push_back(open_one(path, "v", DType::int32));
  }
  const std::vector<int> wrong = wrong_on_threads([&](std::mt19937& random) {
    const auto row = static_cast<std::int64_t>(random() % 7);
    std::vector<std::int32_t> values(11);
    sources[random() % sources.size()]->read({{row, 1, 1}, {10, -1, 11}, {8, 1, 1}}, values.data());
    bool right = true;
    for (std::int64_t i = 0; i < 11; ++i)
      right = right && values[static_cast<std::size_t>(i)] == (row * 11 + 10 - i) * 9 + 8;
    return right;
  });
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Inflate, GivesBackWhatWasCompressedAndNothingElse) {
  std::mt19937 random(3);
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{300'000}}) {
    std::vector<std::byte> plain(size);
    for (std::byte& byte : plain) byte = static_cast<std::byte>(random() % 7);
    std::vector<std::byte> stream(libdeflate_zlib_compress_bound(compressor.get(), size));
    stream.resize(libdeflate_zlib_compress(compressor.get(), plain.data(), size, stream.data(), stream.size()));
    std::vector<std::byte> out(size + 1);
    ASSERT_TRUE(cw::netcdf::inflate(stream.data(), stream.size(), out.data(), size));
    EXPECT_TRUE(std::equal(plain.begin(), plain.end(), out.begin()));
    EXPECT_FALSE(cw::netcdf::inflate(stream.data(), stream.size(), out.data(), size + 1)) << "it has less";
    EXPECT_FALSE(cw::netcdf::inflate(stream.data(), stream.size() / 2, out.data(), size)) << "it is cut";
    if (size > 0) {
      EXPECT_FALSE(cw::netcdf::inflate(stream.data(), stream.size(), out.data(), size - 1)) << "it has more";
    }
  }
}

TEST(Unshuffle, PutsTheBytesOfElementsTogether) {
  std::mt19937 random(4);
  for (const std::size_t element : {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{8}})
    for (const std::size_t elements : {std::size_t{1}, std::size_t{31}, std::size_t{1000}}) {
      std::vector<std::byte> shuffled(elements * element);
      for (std::byte& byte : shuffled) byte = static_cast<std::byte>(random() % 256);
      for (const std::size_t first : {std::size_t{0}, elements / 3}) {
        const std::size_t count = elements - first - (first > 0 ? elements / 5 : 0);
        std::vector<std::byte> out(count * element);
        cw::netcdf::unshuffle(shuffled.data(), elements, element, first, count, out.data());
        for (std::size_t i = 0; i < count; ++i)
          for (std::size_t b = 0; b < element; ++b) ASSERT_EQ(out[i * element + b], shuffled[b * elements + first + i]);
      }
    }
}

}  // namespace
}  // namespace chunkwise_test
