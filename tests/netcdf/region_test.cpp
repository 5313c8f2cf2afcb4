/// Regions of every kind, read from every kind of storage, against indexing one element at a time.
#include <algorithm>
#include <map>
#include <random>

#include "runtime/netcdf/box_reader.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::AxisRange;
using cw::DType;
using cw::Region;
using cw::Shape;

Region random_region(const Shape& shape, std::mt19937& random) {
  Region region;
  for (const std::int64_t extent : shape) {
    const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
    const std::int64_t step = random() % 2 == 0 ? 1 : 1 + below(extent);
    const std::int64_t start = below(extent);
    const std::int64_t most = (extent - 1 - start) / step + 1;
    AxisRange range{start, step, random() % 3 == 0 ? most : 1 + below(most)};
    if (random() % 3 == 0) range = {start + (range.count - 1) * step, -step, range.count};
    region.push_back(range);
  }
  return region;
}

/// The row-major numbers of the elements of a region.
std::vector<std::int64_t> numbers(const Shape& shape, const Region& region) {
  const auto strides = row_major_strides(shape);
  std::vector<std::int64_t> result{0};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    std::vector<std::int64_t> longer;
    for (const std::int64_t base : result)
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        longer.push_back(base + (region[axis].start + i * region[axis].step) * strides[axis]);
    result = std::move(longer);
  }
  return result;
}

struct Storage {
  const char* name;
  int mode;
  bool records;     ///< the first axis is unlimited
  bool others;      ///< another record variable lies between the records
  bool compressed;  ///< in chunks of (2, 5, 3)
};

class RegionsOf : public testing::TestWithParam<Storage> {};
INSTANTIATE_TEST_SUITE_P(Storages, RegionsOf,
                         testing::Values(Storage{"Classic", 0, false, false, false},
                                         Storage{"ClassicRecords", 0, true, false, false},
                                         Storage{"ClassicSharedRecords", 0, true, true, false},
                                         Storage{"Offset64", NC_64BIT_OFFSET, true, true, false},
                                         Storage{"Cdf5", NC_64BIT_DATA, true, true, false},
                                         Storage{"Netcdf4", NC_NETCDF4, false, false, false},
                                         Storage{"Netcdf4Compressed", NC_NETCDF4, true, false, true}),
                         [](const auto& storage) { return storage.param.name; });

TEST_P(RegionsOf, AreReadAsElementsOneByOne) {
  const Storage& storage = GetParam();
  const TemporaryFolder folder;
  const std::vector<std::size_t> extents{7, 11, 9};
  const Shape shape{7, 11, 9};
  for (const int type : {NC_BYTE, NC_SHORT, NC_FLOAT, NC_DOUBLE}) {
    const std::string path = folder / ("a" + std::to_string(type) + ".nc");
    make_file(
        path, storage.mode, type, {{"t", storage.records ? 0U : 7U}, {"y", 11}, {"x", 9}},
        [&](int file, int variable) {
          int other = 0;
          const std::vector<int> dimensions{0, 2};
          if (storage.others) nc(nc_def_var(file, "w", NC_BYTE, 2, dimensions.data(), &other));
          const std::vector<std::size_t> chunk{2, 5, 3};
          if (storage.compressed) nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk.data()));
          if (storage.compressed) nc(nc_def_var_deflate(file, variable, 1, 1, 1));
        },
        [&](int file, int variable) {
          std::vector<int> values(7 * 11 * 9);
          for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i % 127);
          const std::vector<std::size_t> start(3, 0);
          nc(nc_put_vara_int(file, variable, start.data(), extents.data(), values.data()));
        });
    const cw::SourcePtr source = open_one(path);
    ASSERT_EQ(source->shape(), shape);
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
      const Region region = random_region(shape, random);
      std::vector<double> expected;
      for (const std::int64_t number : numbers(shape, region)) expected.push_back(static_cast<double>(number % 127));
      const auto as_double = [&](const auto& values) { return std::vector<double>(values.begin(), values.end()); };
      const std::vector<double> got = type == NC_BYTE    ? as_double(read<std::int8_t>(source, region))
                                      : type == NC_SHORT ? as_double(read<std::int16_t>(source, region))
                                      : type == NC_FLOAT ? as_double(read<float>(source, region))
                                                         : as_double(read<double>(source, region));
      ASSERT_EQ(got, expected) << to_string(region);
    }
  }
}

TEST(Regions, FarApartInAClassicFileAreReadAsElementsOneByOne) {
  const TemporaryFolder folder;
  const std::vector<std::size_t> extents{9, 40, 5000};
  const Shape shape{9, 40, 5000};
  make_file(folder / "a.nc", 0, NC_INT, {{"t", 0}, {"y", 40}, {"x", 5000}}, nullptr, counting(extents));
  const cw::SourcePtr source = open_one(folder / "a.nc");
  std::mt19937 random(11);
  std::vector<Region> regions{{{8, -1, 9}, {39, -1, 40}, {4999, -1, 5000}},
                              {{0, 1, 9}, {20, 1, 1}, {0, 1, 5000}},
                              {{0, 1, 9}, {0, 1, 40}, {77, 1, 1}},
                              {{0, 2, 5}, {39, -13, 4}, {1, 999, 5}},
                              {{8, -8, 2}, {3, 1, 30}, {0, 1, 5000}}};
  for (int round = 0; round < 20; ++round) regions.push_back(random_region(shape, random));
  for (const Region& region : regions) {
    const auto expected = numbers(shape, region);
    const auto got = read<std::int32_t>(source, region);
    ASSERT_TRUE(std::equal(got.begin(), got.end(), expected.begin(), expected.end())) << to_string(region);
  }
}

TEST(BoxReader, VisitsNoReadBlockTwiceAndNoGapThatIsLarge) {
  const Shape shape{40, 60, 5000};
  std::mt19937 random(3);
  for (const Shape& block : {Shape{1, 1, 1}, Shape{4, 60, 5000}, Shape{1, 20, 700}, Shape{40, 7, 11}}) {
    for (int round = 0; round < 30; ++round) {
      const Region region = random_region(shape, random);
      std::map<std::vector<std::int64_t>, int> visits;
      std::int64_t elements = 0;
      const cw::netcdf::ReadBox read_box = [&](const Region& box, void* out) {
        const auto all = numbers(shape, box);
        std::transform(all.begin(), all.end(), static_cast<std::int32_t*>(out),
                       [](std::int64_t number) { return static_cast<std::int32_t>(number); });
        elements += box.elements();
        if (block.elements() == 1) return;
        const auto first = [&](int a) { return box[a].start / block[a]; };
        const auto last = [&](int a) { return (box[a].start + box[a].count - 1) / block[a]; };
        for (std::int64_t i = first(0); i <= last(0); ++i)
          for (std::int64_t j = first(1); j <= last(1); ++j)
            for (std::int64_t k = first(2); k <= last(2); ++k) ++visits[{i, j, k}];
      };
      std::vector<std::int32_t> got(static_cast<std::size_t>(region.elements()));
      cw::netcdf::read_in_boxes(region, sizeof(std::int32_t), block, read_box, got.data());
      const auto expected = numbers(shape, region);
      ASSERT_TRUE(std::equal(got.begin(), got.end(), expected.begin(), expected.end())) << to_string(region);
      for (const auto& [place, count] : visits) ASSERT_EQ(count, 1) << to_string(region);
      EXPECT_LE(elements, 10000 * region.elements());
    }
  }
}

TEST(BoxReader, AsksForFewStoredChunksAtOnce) {
  const Shape shape{10, 20, 500};
  std::mt19937 random(5);
  std::vector<Region> regions{{{0, 1, 10}, {0, 1, 20}, {0, 1, 500}}, {{9, -1, 10}, {0, 1, 20}, {499, -1, 500}}};
  for (int round = 0; round < 20; ++round) regions.push_back(random_region(shape, random));
  for (const Shape& chunk : {Shape{1, 1, 1}, Shape{12, 20, 1}, Shape{1, 1, 70}, Shape{3, 7, 11}})
    for (const Shape& block : {Shape{1, 1, 1}, chunk})
      for (const Region& region : regions) {
        const cw::netcdf::ReadBox read_box = [&](const Region& box, void* out) {
          const auto all = numbers(shape, box);
          std::transform(all.begin(), all.end(), static_cast<std::int32_t*>(out),
                         [](std::int64_t number) { return static_cast<std::int32_t>(number); });
          std::int64_t chunks = 1;
          for (int a = 0; a < 3; ++a)
            chunks *= (box[a].start + box[a].count - 1) / chunk[a] - box[a].start / chunk[a] + 1;
          ASSERT_LE(chunks, cw::netcdf::most_chunks_of_a_box) << to_string(region);
        };
        std::vector<std::int32_t> got(static_cast<std::size_t>(region.elements()));
        cw::netcdf::read_in_boxes(region, sizeof(std::int32_t), block, read_box, got.data(), chunk);
        const auto expected = numbers(shape, region);
        ASSERT_TRUE(std::equal(got.begin(), got.end(), expected.begin(), expected.end())) << to_string(region);
      }
}

TEST(BoxReader, ReadsARankZeroElementAndNothing) {
  int calls = 0;
  const cw::netcdf::ReadBox read_box = [&](const Region& box, void* out) {
    ++calls;
    EXPECT_EQ(box.rank(), 0);
    *static_cast<double*>(out) = 7;
  };
  double value = 0;
  cw::netcdf::read_in_boxes(Region{}, sizeof value, Shape{}, read_box, &value);
  EXPECT_EQ(value, 7);
  cw::netcdf::read_in_boxes(Region{{0, 1, 0}}, sizeof value, Shape{1}, read_box, &value);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace chunkwise_test
