#pragma once
/// The tests that every source passes: instantiate SourceConformance with functions that make one.
///
///   INSTANTIATE_TEST_SUITE_P(Memory, SourceConformance, testing::Values(SourceUnderTest{"arange", &make_arange}),
///                            source_name);
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/graph/build.hpp"
#include "tests/properties/random_program.hpp"

namespace chunkwise::conformance {

struct SourceUnderTest {
  std::string name;
  std::function<SourcePtr()> make;
};

inline void PrintTo(const SourceUnderTest& source, std::ostream* out) { *out << source.name; }
inline std::string source_name(const testing::TestParamInfo<SourceUnderTest>& info) { return info.param.name; }

class SourceConformance : public testing::TestWithParam<SourceUnderTest> {
 protected:
  [[nodiscard]] std::size_t stored_size() const { return size_of(source->encoding().stored); }

  /// A region's elements as they are stored; fails the test where anything is written behind them.
  [[nodiscard]] std::vector<std::byte> read(const Region& region) const {
    const std::byte untouched{0x5a};
    const std::size_t size = static_cast<std::size_t>(region.elements()) * stored_size();
    std::vector<std::byte> bytes(size + 16, untouched);
    source->read(region, bytes.data());
    for (std::size_t i = size; i < bytes.size(); ++i)
      EXPECT_EQ(bytes[i], untouched) << "written behind " << to_string(region);
    bytes.resize(size);
    return bytes;
  }

  /// The same elements, picked out of everything.
  [[nodiscard]] std::vector<std::byte> pick(const std::vector<std::byte>& everything, const Region& region) const {
    std::vector<std::byte> bytes;
    const Shape& shape = source->shape();
    const auto copy = [&](const auto& self, int axis, std::int64_t position) -> void {
      if (axis == region.rank()) {
        const auto from = everything.begin() + position * static_cast<std::int64_t>(stored_size());
        bytes.insert(bytes.end(), from, from + static_cast<std::ptrdiff_t>(stored_size()));
        return;
      }
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        self(self, axis + 1, position * shape[axis] + region[axis].start + i * region[axis].step);
    };
    copy(copy, 0, 0);
    return bytes;
  }

  /// The elements of an array in memory, in row-major order.
  [[nodiscard]] std::vector<std::byte> bytes_of(const UntypedNdArray& array) const {
    std::vector<std::byte> memory;
    const auto copy = [&](const auto& self, int axis, std::int64_t offset) -> void {
      if (axis == array.shape.rank()) {
        const auto* from =
            static_cast<const std::byte*>(array.data) + offset * static_cast<std::int64_t>(stored_size());
        memory.insert(memory.end(), from, from + stored_size());
        return;
      }
      for (std::int64_t i = 0; i < array.shape[axis]; ++i) self(self, axis + 1, offset + i * array.strides[axis]);
    };
    copy(copy, 0, 0);
    return memory;
  }

  /// A part of the array, with steps of both signs.
  [[nodiscard]] Region any_region(properties::Sequence& sequence) const {
    Region region;
    for (const std::int64_t extent : source->shape()) {
      const std::int64_t step = 1 + sequence(sequence(2) == 0 ? 1 : 4);
      region.push_back(build::resolve_range(true, sequence(extent + 1), true, sequence(extent + 1),
                                            sequence(3) == 0 ? -step : step, extent));
    }
    return region;
  }

  SourcePtr source = GetParam().make();
};

TEST_P(SourceConformance, KnowsWhatItIsAtOnce) {
  EXPECT_FALSE(source->describe().empty());
  EXPECT_EQ(source->grid().shape(), source->shape());
  EXPECT_EQ(source->read_block().rank(), source->shape().rank());
  for (const std::int64_t extent : source->read_block()) EXPECT_GE(extent, 1);
  const Encoding& encoding = source->encoding();
  if (encoding.has_missing()) {
    EXPECT_TRUE(is_floating(source->dtype())) << "missing becomes NaN";
  }
  EXPECT_LE(encoding.missing.size(), 4U);
  for (const Scalar& missing : encoding.missing) EXPECT_EQ(missing.dtype, encoding.stored);
}

TEST_P(SourceConformance, DeliversTheSameElementsInAnyRegion) {
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  properties::Sequence sequence(4711);
  for (int trial = 0; trial < 200; ++trial) {
    const Region region = any_region(sequence);
    ASSERT_EQ(read(region), pick(everything, region)) << to_string(region);
  }
}

TEST_P(SourceConformance, DeliversItsChunks) {
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  PerAxis<std::int64_t> counts;
  for (const AxisChunks& axis : source->grid()) counts.push_back(axis.count());
  for (std::int64_t i = 0; i < std::min<std::int64_t>(source->grid().chunks(), 100); ++i) {
    ChunkIndex chunk = ChunkIndex::filled(counts.rank(), 0);
    for (std::int64_t axis = counts.rank() - 1, rest = i; axis >= 0; --axis) {
      chunk[static_cast<int>(axis)] = rest % counts[static_cast<int>(axis)];
      rest /= counts[static_cast<int>(axis)];
    }
    const Region region = source->grid().region(chunk);
    ASSERT_EQ(read(region), pick(everything, region)) << to_string(region);
  }
}

TEST_P(SourceConformance, IsReadBySeveralThreadsAtATime) {
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      properties::Sequence sequence(static_cast<std::uint64_t>(t));
      for (int trial = 0; trial < 50; ++trial) {
        const Region region = any_region(sequence);
        EXPECT_EQ(read(region), pick(everything, region)) << to_string(region);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_P(SourceConformance, DeliversTheSameElementsUnderTheSameIdentity) {
  const SourcePtr other = GetParam().make();
  if (source->identity().empty() || source->identity() != other->identity()) return;
  const std::vector<std::byte> mine = read(Region::whole(source->shape()));
  std::swap(source, *const_cast<SourcePtr*>(&other));
  EXPECT_EQ(mine, read(Region::whole(source->shape())));
}

TEST_P(SourceConformance, LiesInMemoryAsItIsRead) {
  const UntypedNdArray array = source->in_memory();
  if (!array.data) return;
  ASSERT_TRUE(source->encoding().is_plain());
  ASSERT_EQ(array.dtype, source->dtype());
  ASSERT_EQ(array.shape, source->shape());
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  EXPECT_EQ(bytes_of(array), everything);
}

TEST_P(SourceConformance, IsSeenAsItIsRead) {
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  properties::Sequence sequence(12);
  for (int trial = 0; trial < 100; ++trial) {
    const Region region = any_region(sequence);
    const UntypedNdArray view = source->view(region);
    if (!view.data || region.elements() == 0) continue;
    ASSERT_TRUE(source->encoding().is_plain());
    ASSERT_EQ(view.dtype, source->dtype());
    ASSERT_EQ(view.shape, region.shape());
    ASSERT_EQ(bytes_of(view), pick(everything, region)) << to_string(region);
  }
}

TEST_P(SourceConformance, IsComputedAsItIsRead) {
  if (!source->encoding().is_plain() || source->encoding().stored != source->dtype()) return;
  const std::vector<std::byte> everything = read(Region::whole(source->shape()));
  properties::Sequence sequence(7);
  for (int trial = 0; trial < 20; ++trial) {
    const Region region = any_region(sequence);
    std::vector<AxisSubscript> subscripts;
    for (const AxisRange& range : region) subscripts.push_back({AxisSubscript::Kind::range, range});
    // A part of memory comes back as a view of it, and a single pass through the identity does not.
    const NodePtr part = build::index(build::source(source), subscripts);
    const std::vector<Instruction> identity{{OpCode::input, source->dtype(), source->dtype(), {0}}};
    const Graph graph{{build::map(std::make_shared<const Program>(identity), {part}, {})}};
    const auto arrays = connect("local:2")->run(graph, std::vector<Target>(1), {});
    const auto expected = pick(everything, region);
    ASSERT_EQ(arrays[0].shape, region.shape());
    ASSERT_TRUE(expected.empty() || std::memcmp(arrays[0].data, expected.data(), expected.size()) == 0)
        << to_string(region);
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SourceConformance);

}  // namespace chunkwise::conformance
