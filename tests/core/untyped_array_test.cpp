#include "chunkwise/core/untyped_array.hpp"

#include <gtest/gtest.h>

#include "chunkwise/graph/node.hpp"

namespace chunkwise {
namespace {

UntypedArray array(DType dtype, const ChunkGrid& grid, Labels labels = {}) {
  auto node = std::make_shared<Node>();
  node->dtype = dtype;
  node->shape = grid.shape();
  node->grid = grid;
  return {node, grid.shape(), std::move(labels)};
}

TEST(UntypedArray, SaysTypeAxesChunksAndSize) {
  const ChunkGrid grid = ChunkGrid::regular(Shape{544, 721, 1440}, Shape{4, 0, 0});
  EXPECT_EQ(to_string(array(DType::float64, grid, Labels({"time", "latitude", "longitude"}))),
            "Array float64 (time 544, latitude 721, longitude 1440), 136 chunks of (4, 721, 1440), 4.5 GB");
}

TEST(UntypedArray, AnAxisWithoutNameIsItsExtent) {
  EXPECT_EQ(to_string(array(DType::int16, ChunkGrid::single(Shape{3, 5}), Labels({"", "x"}))),
            "Array int16 (3, x 5), 1 chunk of (3, 5), 30 bytes");
}

TEST(UntypedArray, ANumberHasNoAxes) {
  EXPECT_EQ(to_string(array(DType::float64, ChunkGrid{})), "Array float64 (), 1 chunk, 8 bytes");
}

TEST(UntypedArray, ChunksOfDifferentSizesAreAtMostTheLargest) {
  EXPECT_EQ(to_string(array(DType::float32, ChunkGrid::regular(Shape{61, 10}, Shape{2, 10}))),
            "Array float32 (61, 10), 31 chunks of at most (2, 10), 2.4 kB");
}

TEST(FormatBytes, CountsInPowersOfAThousand) {
  EXPECT_EQ(format_bytes(0), "0 bytes");
  EXPECT_EQ(format_bytes(1), "1 byte");
  EXPECT_EQ(format_bytes(12), "12 bytes");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(1000), "1 kB");
  EXPECT_EQ(format_bytes(830e3), "830 kB");
  EXPECT_EQ(format_bytes(64e6), "64 MB");
  EXPECT_EQ(format_bytes(4.518e9), "4.5 GB");
  EXPECT_EQ(format_bytes(12.34e9), "12.3 GB");
  EXPECT_EQ(format_bytes(123.4e9), "123 GB");
}

TEST(FormatBytes, AThousandIsOneOfTheNextUnit) {
  EXPECT_EQ(format_bytes(999.9), "1 kB");
  EXPECT_EQ(format_bytes(999999), "1 MB");
  EXPECT_EQ(format_bytes(9.96e6), "10 MB");
  EXPECT_EQ(format_bytes(99.96e6), "100 MB");
  EXPECT_EQ(format_bytes(5e21), "5000 EB");
}

}  // namespace
}  // namespace chunkwise
