#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <numeric>
#include <vector>

#include "chunkwise/io/memory.hpp"
#include "runtime/store/stored_source.hpp"
#include "tests/conformance/source_conformance.hpp"

namespace chunkwise::conformance {
namespace {

/// Memory of 240 numbers with these strides, from element `first` on.
SourcePtr strided(const Shape& shape, const PerAxis<std::int64_t>& strides, std::int64_t first) {
  auto numbers = std::make_shared<std::vector<std::int16_t>>(240);
  std::iota(numbers->begin(), numbers->end(), std::int16_t{1});
  const std::int16_t* data = numbers->data() + first;
  return memory_source({DType::int16, shape, strides, numbers, data}, Shape::filled(shape.rank(), 2));
}

/// An array of a chunk store, of chunks (2, 3): every `every`-th of them is elsewhere.
SourcePtr stored(std::int64_t every, store::SpillOptions spill = {}) {
  const Shape shape{7, 8};
  const ChunkGrid grid = ChunkGrid::regular(shape, {2, 3});
  const SourcePtr random = random_source(shape, DType::float32, 5);
  const auto store =
      std::make_shared<store::ChunkStore>(std::make_shared<executor::Admission>(1 << 20), std::move(spill));
  store->create({1, 0}, DType::float32, shape, grid);
  for (std::int64_t chunk = 0; chunk < grid.chunks(); ++chunk) {
    if (chunk % every == every - 1) continue;
    random->read(grid.region({chunk / 3, chunk % 3}), store->allocate({1, 0}, chunk).get());
    store->commit({1, 0}, chunk);
  }
  return std::make_shared<store::StoredSource>(
      store, store::ArrayId{1, 0}, DType::float32, shape, grid,
      [random](const Region& region, void* out) { random->read(region, out); });
}

const SourceUnderTest sources[] = {
    {"Stored", [] { return stored(100); }},
    {"StoredInPart", [] { return stored(3); }},
    {"StoredElsewhere", [] { return stored(1); }},
    {"StoredInFiles",
     [] {
       return stored(100, {std::filesystem::temp_directory_path(), 60});
     }},

    {"Full",
     [] {
       return full_source({5, 6, 7}, Scalar(-0.0), {2, 3, 7});
     }},
    {"FullOfBool", [] { return full_source({9}, Scalar(true)); }},
    {"Arange", [] { return arange_source(Scalar(0.5), Scalar(-0.25), 100, {7}); }},
    {"ArangeOfIntegersThatWrap",
     [] { return arange_source(Scalar(std::int8_t{100}), Scalar(std::int8_t{3}), 100, {7}); }},
    {"Random",
     [] {
       return random_source({5, 40}, DType::float64, 42, {2, 9});
     }},
    {"RandomOfFloat32",
     [] {
       return random_source({4, 5, 6}, DType::float32, 42);
     }},
    {"Memory",
     [] {
       return strided({4, 5, 12}, {60, 12, 1}, 0);
     }},
    {"MemoryInAnotherOrder",
     [] {
       return strided({12, 5, 4}, {1, 12, 60}, 0);
     }},
    {"MemoryBackwardsWithGaps",
     [] {
       return strided({4, 2, 6}, {-60, 24, -2}, 195);
     }},
    {"MemoryRepeated",
     [] {
       return strided({3, 5}, {0, 4}, 7);
     }},
    {"MemoryOfOneElement", [] { return strided({}, {}, 13); }},
    {"MemoryWithoutElements",
     [] {
       return memory_source({DType::float64, {3, 0}, {0, 1}, nullptr, nullptr});
     }},
};
INSTANTIATE_TEST_SUITE_P(Memory, SourceConformance, testing::ValuesIn(sources), source_name);

template <class T>
std::vector<T> elements(const SourcePtr& source) {
  std::vector<T> values(static_cast<std::size_t>(source->shape().elements()));
  source->read(Region::whole(source->shape()), values.data());
  return values;
}

TEST(RandomSource, GivesTheSameNumbersForAnyChunks) {
  const auto numbers = elements<double>(random_source({30, 40}, DType::float64, 7, {30, 40}));
  EXPECT_EQ(elements<double>(random_source({30, 40}, DType::float64, 7, {1, 7})), numbers);
  EXPECT_EQ(elements<double>(random_source({1200}, DType::float64, 7)), numbers)
      << "the position counts, not the shape";
  EXPECT_NE(elements<double>(random_source({30, 40}, DType::float64, 8)), numbers);
}

TEST(RandomSource, IsUniformIn0To1) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    double sum = 0;
    double squares = 0;
    const auto take = [&](double x) {
      ASSERT_GE(x, 0.0);
      ASSERT_LT(x, 1.0);
      sum += x;
      squares += x * x;
    };
    const SourcePtr source = random_source({100000}, dtype, 1);
    if (dtype == DType::float32)
      for (const float x : elements<float>(source)) take(static_cast<double>(x));
    else
      for (const double x : elements<double>(source)) take(x);
    EXPECT_NEAR(sum / 100000, 0.5, 0.005);
    EXPECT_NEAR(squares / 100000, 1.0 / 3, 0.005);
  }
}

TEST(RandomSource, IsTheSequenceOfItsDefinitionForEver) {
  EXPECT_THAT(elements<double>(random_source({3}, DType::float64, 0)),
              testing::ElementsAre(0.88331080821364261, 0.43152799704850997, 0.026433771592597743));
}

TEST(ArangeSource, ComputesEachElementFromItsPosition) {
  const auto numbers = elements<float>(arange_source(Scalar(1.0F), Scalar(0.1F), 1000));
  EXPECT_EQ(numbers[0], 1.0F);
  EXPECT_EQ(numbers[999], static_cast<float>(1.0 + 999 * static_cast<double>(0.1F))) << "rounded once, not 999 times";
  EXPECT_THAT(elements<std::uint8_t>(arange_source(Scalar(std::uint8_t{250}), Scalar(std::uint8_t{4}), 3)),
              testing::ElementsAre(250, 254, 2));
}

TEST(MemorySource, RefusesChunksOfAnotherRank) {
  EXPECT_THROW((void)full_source({3, 4}, Scalar(1.0), {2}), Error);
  EXPECT_THROW((void)random_source({3}, DType::float64, 1, {2, 2}), Error);
}

TEST(MemorySource, IsCutIntoChunksOfAtMost8MillionElements) {
  EXPECT_EQ(full_source({1000, 1000, 100}, Scalar(1.0))->grid().largest(), (Shape{83, 1000, 100}));
}

}  // namespace
}  // namespace chunkwise::conformance
