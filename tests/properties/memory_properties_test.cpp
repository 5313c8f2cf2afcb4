// What a plan promises of memory holds for every run: the buffers that are in use together never take more.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/core/buffer_pool.hpp"
#include "tests/properties/check.hpp"
#include "tests/properties/random_graphs.hpp"

namespace chunkwise::properties {
namespace {

/// Nothing is kept for the next buffer while it lives, so that the pool's peak is what was in use.
class NothingKept {
 public:
  NothingKept() : cap_(pool_cap()) { set_pool_cap(0); }
  ~NothingKept() { set_pool_cap(cap_); }
  NothingKept(const NothingKept&) = delete;
  NothingKept& operator=(const NothingKept&) = delete;

 private:
  std::size_t cap_;
};

/// What a run promised, and the most bytes of buffers that were in use together while it ran.
struct Memory {
  std::uint64_t promised = 0, used = 0;
};

Memory memory_of(const Graph& graph, const BackendOptions& options) {
  const BackendPtr backend = connect("local", options);
  const NothingKept nothing_kept;
  Memory memory;
  memory.promised = backend->explain(graph, std::vector<OutputKind>(graph.outputs.size()), {}).memory_bound;
  const std::size_t before = pool_statistics().in_use;
  reset_pool_peak();
  const auto results = backend->run(graph, std::vector<Target>(graph.outputs.size()), {});
  memory.used = pool_statistics().peak - before;
  return memory;
}

/// A buffer takes up to an eighth more than was asked for, and what is smaller than a page is not worth a promise.
std::uint64_t with_rounding(std::uint64_t promised, std::uint64_t threads) {
  return promised + promised / 8 + (1 + threads) * 16384;
}

void keeps_its_promise(const Graph& graph, const BackendOptions& options) {
  const Memory memory = memory_of(graph, options);
  if (memory.used <= with_rounding(memory.promised, static_cast<std::uint64_t>(options.threads))) return;
  throw rc::detail::CaseResult(rc::detail::CaseResult::Type::Failure,
                               "on " + std::to_string(options.threads) + " threads " + std::to_string(memory.used) +
                                   " bytes were in use, " + std::to_string(memory.promised) + " were promised\n" +
                                   to_text(graph));
}

TEST(EveryRun, TakesNoMoreMemoryThanItsPlanPromised) {
  check(600, [&] {
    const RandomGraph random = random_graph(choose, {200'000, 6});
    keeps_its_promise(random.graph, {static_cast<int>(1 + choose(4)), 0});
  });
}

TEST(EveryRun, OfReductionsTakesNoMoreMemoryThanItsPlanPromised) {
  check(100, [&] {
    const RandomGraph random = random_reductions(choose, 300'000);
    keeps_its_promise(random.graph, {static_cast<int>(1 + choose(4)), 0});
  });
}

/// Reductions over the first axis of many chunks, whose states are the largest part of all that a run takes: what waits
/// in the tree, a level each, is as large as an output.
TEST(EveryRun, OfManyChunksHasRoomForTheStatesOfItsTree) {
  check(60, [&] {
    const std::int64_t chunks = std::int64_t{16} << choose(8);
    const std::int64_t outputs = 1000 + 1000 * choose(8);
    // As they lie in a file: all columns of a row, so that a tree for each column is under way at the same time.
    const std::int64_t columns = std::int64_t{1} << choose(5);
    const NodePtr x = build::source(random_source({chunks, outputs}, DType::float64, 1, {1, outputs / columns}));
    GroupingPtr grouping;
    if (choose(2) == 1) {
      auto labels = std::make_shared<Grouping>();
      labels->groups = std::int64_t{1} << choose(6);
      const bool alternates = choose(2) == 1;
      for (std::int64_t i = 0; i < chunks; ++i)
        labels->labels.push_back(
            static_cast<std::int32_t>(alternates ? i % labels->groups : i * labels->groups / chunks));
      grouping = std::move(labels);
    }
    Graph graph;
    graph.outputs = {build::fold(choose(2) ? aggregate::StandardDeviation::code : aggregate::Sum::code, x, 1, false, 0,
                                 std::move(grouping))};
    keeps_its_promise(graph, {static_cast<int>(1 + choose(3)), 0});
  });
}

/// A file of compressed chunks: whoever reads has one as it is stored, and as it is decoded.
class CompressedSource final : public Source {
 public:
  explicit CompressedSource(const Shape& read_block)
      : read_block_(read_block), grid_(ChunkGrid::regular(shape_, read_block)) {}
  [[nodiscard]] DType dtype() const override { return DType::float64; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] Shape read_block() const override { return read_block_; }
  [[nodiscard]] std::string describe() const override { return "compressed"; }
  void read(const Region& region, void* out) const override {
    const auto bytes = static_cast<std::size_t>(read_block_.elements()) * sizeof(double);
    const Buffer stored = allocate_buffer(bytes);
    const Buffer decoded = allocate_buffer(bytes);
    std::fill_n(static_cast<double*>(out), region.elements(), 1.0);
  }

 private:
  Shape shape_{64, 20'000};
  Shape read_block_;
  ChunkGrid grid_;
  Encoding encoding_;
};

TEST(EveryRun, OverCompressedChunksHasRoomForThoseThatAreRead) {
  for (const Shape& read_block : {Shape{1, 20'000}, Shape{8, 5'000}, Shape{64, 2'500}})
    for (int threads = 1; threads <= 3; ++threads) {
      Graph graph;
      const NodePtr x = build::source(std::make_shared<const CompressedSource>(read_block));
      graph.outputs = {build::fold(aggregate::Sum::code, x, 3, false, 0)};
      const Memory memory = memory_of(graph, {threads, 0});
      EXPECT_LE(memory.used, with_rounding(memory.promised, static_cast<std::uint64_t>(threads)))
          << to_string(read_block) << " on " << threads << " threads";
    }
}

}  // namespace
}  // namespace chunkwise::properties
