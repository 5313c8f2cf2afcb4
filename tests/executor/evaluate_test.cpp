#include "runtime/executor/evaluate.hpp"

#include <array>
#include <memory>
#include <mutex>

#include "runtime/executor/run_plan.hpp"
#include "tests/executor/sources.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using executor::Walk;
using Strides = PerAxis<std::int64_t>;

/// Offsets of all maps for every index of the box, taken stretch by stretch.
std::vector<std::vector<std::int64_t>> all_offsets(const Walk& walk, std::size_t maps) {
  std::vector<std::vector<std::int64_t>> result;
  walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    for (std::int64_t i = 0; i < walk.stretch_length(); ++i) {
      std::vector<std::int64_t> at;
      for (std::size_t m = 0; m < maps; ++m) at.push_back(offsets[m] + i * walk.stretch_stride(m));
      result.push_back(at);
    }
  });
  return result;
}

std::vector<std::vector<std::int64_t>> plain_offsets(const Shape& shape, std::span<const Strides> maps) {
  std::vector<std::vector<std::int64_t>> result;
  std::vector<std::int64_t> at(maps.size(), 0);
  const auto descend = [&](const auto& self, int axis) -> void {
    if (axis == shape.rank()) return result.push_back(at);
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      self(self, axis + 1);
      for (std::size_t m = 0; m < maps.size(); ++m) at[m] += maps[m][axis];
    }
    for (std::size_t m = 0; m < maps.size(); ++m) at[m] -= maps[m][axis] * shape[axis];
  };
  descend(descend, 0);
  return result;
}

TEST(Walk, VisitsEveryIndexInRowMajorOrder) {
  const std::vector<std::pair<Shape, std::vector<Strides>>> cases{{{2, 3, 4}, {{12, 4, 1}, {12, 4, 1}}},
                                                                  {{2, 3, 4}, {{12, 4, 1}, {0, 4, 1}}},
                                                                  {{2, 3, 4}, {{1, 2, 6}, {12, 4, 1}}},
                                                                  {{2, 1, 4}, {{4, 9, 1}, {4, 0, 1}}},
                                                                  {{2, 3, 4}, {{-12, -4, -1}, {0, 0, 0}}},
                                                                  {{1, 1, 1}, {{5, 5, 5}, {0, 0, 0}}},
                                                                  {{}, {{}, {}}},
                                                                  {{5}, {{3}, {0}}},
                                                                  {{2, 0, 4}, {{4, 4, 1}, {0, 0, 0}}}};
  for (const auto& [shape, maps] : cases) {
    const Walk walk(shape, maps);
    EXPECT_EQ(all_offsets(walk, 2), plain_offsets(shape, maps)) << to_string(shape);
    Walk single(shape, maps);
    single.single_elements();
    EXPECT_EQ(single.stretch_length(), 1);
    EXPECT_EQ(all_offsets(single, 2), plain_offsets(shape, maps)) << to_string(shape);
  }
}

TEST(Walk, JoinsAxesThatEveryMapRunsThroughWithoutAGap) {
  const std::array same{Strides{12, 4, 1}, Strides{12, 4, 1}};
  EXPECT_EQ(Walk({2, 3, 4}, same).stretch_length(), 24);
  const std::array stretched{Strides{12, 4, 1}, Strides{0, 0, 0}};
  EXPECT_EQ(Walk({2, 3, 4}, stretched).stretch_length(), 24);
  const std::array gap{Strides{12, 4, 1}, Strides{20, 4, 1}};
  EXPECT_EQ(Walk({2, 3, 4}, gap).stretch_length(), 12);
  const std::array row{Strides{12, 4, 1}, Strides{0, 0, 1}};
  EXPECT_EQ(Walk({2, 3, 4}, row).stretch_length(), 4);
  const std::array ones{Strides{12, 99, 1}, Strides{12, 7, 1}};
  EXPECT_EQ(Walk({2, 1, 12}, ones).stretch_length(), 24);
}

TEST(InputRegion, FollowsTheSubscripts) {
  const auto x = counting<double, 2>({10, 20});
  const NodePtr node = lower(x(range(8, none, -2), newaxis, 5));
  EXPECT_EQ(input_region(node->as<ViewNode>()->axes, {{1, 2, 2}, {0, 1, 1}}), (Region{{6, -4, 2}, {5, 1, 1}}));
}

TEST(ViewOf, SeesThroughIndicesAndJoinsWhereAllLiesInOnePiece) {
  const auto x = counting<double, 2>({4, 5});
  const auto whole = graph::view_of(x.node(), Region::whole({4, 5}), {});
  ASSERT_NE(whole.data, nullptr);
  const NodePtr part = lower(x(range(3, none, -2), 1));
  const auto view = graph::view_of(part, Region::whole(part->shape), {});
  EXPECT_EQ(static_cast<const double*>(view.data), static_cast<const double*>(whole.data) + 16);
  EXPECT_EQ(view.strides, (Strides{-10}));
  EXPECT_EQ(view.shape, (Shape{2}));
  const NodePtr joined = lower(concatenate(std::vector{x, x}, 0));
  EXPECT_NE(graph::view_of(joined, {{4, 1, 4}, {0, 1, 5}}, {}).data, nullptr);
  EXPECT_EQ(graph::view_of(joined, {{3, 1, 2}, {0, 1, 5}}, {}).data, nullptr);
  EXPECT_EQ(graph::view_of(lower(x + 1), Region::whole({4, 5}), {}).data, nullptr);
}

TEST(Evaluator, ReadsAPartOnceHoweverManyWantIt) {
  const auto source = watched_noise({8, 9}, {0, 0});
  const auto x = array_of<double, 2>(source);
  (void)compute(local(), x * 2, x + 1, sum(x), sum(x * x, 0));
  EXPECT_EQ(source->elements_read, 72U);
  EXPECT_EQ(source->reads, 1U);
}

TEST(Evaluator, AnIndexThatReachesASourceReadsNoMore) {
  const auto source = watched_noise({8, 9}, {2, 3});
  const auto x = array_of<double, 2>(source);
  EXPECT_EQ(compute(local(), x(3, 4)), noise(31));
  EXPECT_EQ(source->elements_read, 1U);
  EXPECT_EQ(values(x(range(7, none, -3), 2)), (std::vector<double>{noise(65), noise(38), noise(11)}));
  EXPECT_EQ(source->elements_read, 4U);
  EXPECT_EQ(compute(local(), (x * 2)(3, 4)), 2 * noise(31));
  EXPECT_EQ(source->elements_read, 5U);
}

TEST(Evaluator, DecodesWhatAFileHolds) {
  auto source = watched<std::int16_t>({6}, {0}, [](std::int64_t i) { return static_cast<std::int16_t>(i * 10); });
  Encoding encoding;
  encoding.stored = DType::int16;
  encoding.missing = {Scalar(std::int16_t{20})};
  encoding.has_valid_range = true;
  encoding.valid_min = Scalar(std::int16_t{0});
  encoding.valid_max = Scalar(std::int16_t{40});
  encoding.scaled = true;
  encoding.scale = 0.5;
  encoding.offset = 1;
  source->decode(encoding);
  const auto x = array_of<double, 1>(source);
  const std::vector<double> plain = values(x);
  EXPECT_EQ(plain[1], 6);
  EXPECT_TRUE(std::isnan(plain[2]));
  EXPECT_EQ(plain[4], 21);
  EXPECT_TRUE(std::isnan(plain[5]));
  EXPECT_EQ(compute(local(), nansum(x)), 1 + 6 + 16 + 21);
  EXPECT_EQ(values(x(range(4, none, -2)) + 0)[0], 21);
  EXPECT_EQ(values(where(isnan(x), 0, x) * vector_of<double>({2}))[3], 32);
  EXPECT_EQ(values(concatenate(std::vector{x, x}, 0))[9], 16);
}

TEST(Evaluator, AFileThatIsBroadcastIsDecodedForEachRepetition) {
  auto source = watched<std::int8_t>({3, 1}, {0, 0}, [](std::int64_t i) { return static_cast<std::int8_t>(i + 1); });
  Encoding encoding;
  encoding.stored = DType::int8;
  encoding.scaled = true;
  encoding.scale = 10;
  source->decode(encoding);
  const auto column = array_of<double, 2>(source);
  EXPECT_EQ(values(column + counting<double, 1>({2})), (std::vector<double>{10, 11, 20, 21, 30, 31}));
  const auto wide = column * full<2>({3, 3000}, 2.0);
  EXPECT_EQ(compute(local(), sum(wide)), 2 * 3000 * 60);
}

TEST(Evaluator, ColumnsOfAnyStrideAreGathered) {
  const auto x = counting<std::int32_t, 3>({7, 5, 3000}, {2, 5, 3000});
  const auto naive = [](const auto& part) {
    std::int64_t total = 0;
    for (const std::int32_t value : values(part)) total += value;
    return total;
  };
  const auto part = x(range(none, none, -3), all, range(2999, none, -7));
  EXPECT_EQ(compute(local(), sum(part)), naive(part));
  EXPECT_EQ(values(part + 0), values(part));
  EXPECT_EQ(values(sum(part, axes(0, 2)))[2], naive(part(all, 2, all)));
}

/// 0, 1, 2, ...: each view of it is spoiled when its owner goes, like memory that is used again.
class FleetingSource final : public Source {
 public:
  explicit FleetingSource(std::int64_t extent = 10'000, std::int64_t chunk = 1'000)
      : shape_{extent}, grid_(ChunkGrid::regular(shape_, {chunk})) {}
  /// How often a view was given.
  [[nodiscard]] std::size_t views() const {
    const std::scoped_lock lock(mutex_);
    return memory_.size();
  }
  [[nodiscard]] DType dtype() const override { return DType::float64; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "fleeting"; }
  [[nodiscard]] UntypedNdArray view(const Region& region) const override {
    const auto values = std::make_shared<std::vector<double>>(static_cast<std::size_t>(region.elements()));
    read(region, values->data());
    const std::shared_ptr<const void> owner(values->data(),
                                            [values](const void*) { values->assign(values->size(), -1); });
    {
      const std::scoped_lock lock(mutex_);
      memory_.push_back(values);
    }
    return {DType::float64, region.shape(), row_major_strides(region.shape()), owner, values->data()};
  }
  void read(const Region& region, void* out) const override {
    for (std::int64_t i = 0; i < region[0].count; ++i)
      static_cast<double*>(out)[i] = static_cast<double>(region[0].start + i * region[0].step);
  }

 private:
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<std::vector<double>>> memory_;
};

TEST(Evaluator, KeepsViewsAliveAsLongAsItLooksAtThem) {
  const auto x = from_source<double, 1>(std::make_shared<FleetingSource>());
  EXPECT_EQ(compute(local(), sum(x)), 9'999.0 * 5'000.0);
  EXPECT_EQ(compute(local(), sum(x * 2.0)), 9'999.0 * 10'000.0);
  EXPECT_EQ(compute(local(), (x + x(range(none, none, -1)))(1234)), 9'999.0);
}

/// A store of chunks takes a lock for each view: slabs of a chunk are parts of one.
TEST(Evaluator, AsksForTheViewOfAChunkAndNotOfEachSlab) {
  constexpr std::int64_t chunk = 1 << 21, chunks = 3;
  const auto source = std::make_shared<FleetingSource>(chunks * chunk, chunk);
  const auto x = from_source<double, 1>(source);
  constexpr double n = chunks * chunk;
  const BackendPtr one = connect("local:1");
  EXPECT_EQ(compute(one, sum(x)), n / 2 * (n - 1));
  EXPECT_LE(source->views(), 3 * chunks + 2);  // two slabs', and the chunk's; planning may look at the whole
  const std::size_t before = source->views();
  EXPECT_EQ(compute(one, sum(x + x(range(none, none, -1)))), n * (n - 1));
  EXPECT_LE(source->views() - before, 6 * chunks + 4);
  EXPECT_EQ(compute(one, sum(x(range(1, none)) - x(range(0, -1)))), n - 1);
  EXPECT_EQ(compute(one, sum(x(range(none, 3, -7)))),
            compute(one, sum(x(range((chunks * chunk - 1 - 4) % 7 + 4, none, 7)))));
}

}  // namespace
}  // namespace chunkwise_test
