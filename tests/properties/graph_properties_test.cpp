// What holds for every graph: whoever computes it, however it is cut and rewritten, its elements are those of the naive
// evaluator, bit for bit.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/all_passes.hpp"
#include "tests/properties/check.hpp"
#include "tests/properties/naive.hpp"
#include "tests/properties/random_graphs.hpp"

namespace chunkwise::properties {
namespace {

RandomGraph any_graph() {
  // Most graphs are small, so that many are tried; some are large enough for slabs, tiles and several threads.
  return random_graph(choose, choose(8) == 7 ? GraphSize{60000, 6} : GraphSize{});
}

/// Checks outputs against what they should be; whatever goes wrong is told with the graph.
class Expectation {
 public:
  explicit Expectation(const Graph& graph) : graph_(&graph) {}

  template <class Run>
  void holds(const std::string& how, Run&& run) {
    try {
      const auto arrays = run();
      RC_ASSERT(arrays.size() == graph_->outputs.size());
      for (std::size_t i = 0; i < arrays.size(); ++i) {
        const std::string difference = naive::difference(naive_(graph_->outputs[i]), arrays[i]);
        if (!difference.empty()) fail(how, "output " + std::to_string(i) + ": " + difference);
      }
    } catch (const std::exception& error) {
      fail(how, error.what());
    }
  }

 private:
  [[noreturn]] void fail(const std::string& how, const std::string& what) {
    throw rc::detail::CaseResult(rc::detail::CaseResult::Type::Failure, how + ": " + what + "\n" + to_text(*graph_));
  }
  const Graph* graph_;
  naive::Evaluator naive_;
};

std::vector<UntypedNdArray> run(const BackendPtr& backend, const Graph& graph, const RunOptions& options = {}) {
  return backend->run(graph, std::vector<Target>(graph.outputs.size()), options);
}

TEST(EveryGraph, IsWhatTheNaiveEvaluatorSays) {
  const BackendPtr backend = connect("local");
  check(2500, [&] {
    const RandomGraph random = any_graph();
    Expectation(random.graph).holds("local", [&] { return run(backend, random.graph); });
  });
}

TEST(EveryGraph, HasTheSameBitsOnAnyNumberOfThreads) {
  const BackendPtr backends[] = {connect("local:1"), connect("local:2"), connect("local:5")};
  check(750, [&] {
    const RandomGraph random = random_graph(choose, {60000, 6});
    Expectation expectation(random.graph);
    for (const BackendPtr& backend : backends)
      expectation.holds(backend->uri(), [&] { return run(backend, random.graph); });
  });
}

TEST(EveryGraph, HasTheSameBitsWithAnyPassOff) {
  const BackendPtr backend = connect("local:2");
  check(1000, [&] {
    const RandomGraph random = any_graph();
    Expectation expectation(random.graph);
    RunOptions none;
    for (const std::string& pass : chunkwise_test::pass_names()) {
      RunOptions options;
      options.disabled_passes = {pass};
      none.disabled_passes.push_back(pass);
      expectation.holds("without " + pass, [&] { return run(backend, random.graph, options); });
    }
    expectation.holds("without any pass", [&] { return run(backend, random.graph, none); });
  });
}

/// The smallest memory limit under which a graph is not refused.
std::uint64_t smallest_limit(const Graph& graph, int threads) {
  std::uint64_t refused = 0;
  std::uint64_t admitted = std::uint64_t{1} << 32;
  while (admitted - refused > 1) {
    const std::uint64_t limit = refused + (admitted - refused) / 2;
    try {
      (void)connect("local", {threads, limit})->explain(graph, std::vector<OutputKind>(graph.outputs.size()), {});
      admitted = limit;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::memory_limit) throw;
      refused = limit;
    }
  }
  return admitted;
}

TEST(EveryGraph, HasTheSameBitsInTheLeastMemoryThatAdmitsIt) {
  check(750, [&] {
    const RandomGraph random = choose(2) ? any_graph() : random_graph(choose, {60000, 4});
    const int threads = static_cast<int>(1 + choose(3));
    Expectation(random.graph).holds("in the least memory, " + std::to_string(threads) + " threads", [&] {
      const std::uint64_t limit = smallest_limit(random.graph, threads);
      return run(connect("local", {threads, limit}), random.graph);
    });
  });
}

TEST(EveryReduction, HasTheSameBitsHoweverItIsCut) {
  check(150, [&] {
    const RandomGraph random = random_reductions(choose, 120000);
    const int threads = static_cast<int>(1 + choose(3));
    Expectation expectation(random.graph);
    expectation.holds("on " + std::to_string(threads) + " threads", [&] {
      return run(connect("local", {threads, 0}), random.graph);
    });
    expectation.holds("in the least memory", [&] {
      return run(connect("local", {threads, smallest_limit(random.graph, threads)}), random.graph);
    });
  });
}

TEST(EveryGraph, MeansTheSameAfterEachPass) {
  check(1500, [&] {
    const RandomGraph random = any_graph();
    Expectation expectation(random.graph);
    const auto means_the_same = [&](const std::string& how, const std::function<Graph(Graph)>& pass) {
      expectation.holds(how, [&] {
        const Graph rewritten = pass(random.graph);
        naive::Evaluator naive;
        std::vector<UntypedNdArray> arrays;
        for (const NodePtr& output : rewritten.outputs) {
          if (!(output->grid.shape() == output->shape)) throw std::logic_error("a grid of another shape");
          auto values = std::make_shared<naive::Values>(naive(output));
          arrays.push_back(
              {values->dtype, values->shape, row_major_strides(values->shape), values, values->bytes.data()});
        }
        return arrays;
      });
    };
    means_the_same("merge_equal_nodes", [](Graph graph) { return optimize::merge_equal_nodes(std::move(graph)); });
    means_the_same("push_indices", [](Graph graph) { return optimize::push_indices(std::move(graph)); });
    means_the_same("fuse_maps", [](Graph graph) { return optimize::fuse_maps(std::move(graph)); });
    means_the_same("optimize", [](Graph graph) { return plan::optimize(std::move(graph), {}); });
  });
}

/// Keeps what it is given, and complains about what it should not be given.
class CollectingSink final : public Sink {
 public:
  [[nodiscard]] std::string describe() const override { return "a collecting sink"; }
  void begin(DType dtype, const Shape& shape, const ChunkGrid&, const Labels&) override {
    values_ = {dtype, shape, std::vector<std::byte>(static_cast<std::size_t>(shape.elements()) * size_of(dtype))};
    times_written_.assign(static_cast<std::size_t>(shape.elements()), 0);
  }
  void write(const Region& region, const void* data) override {
    const std::scoped_lock lock(mutex_);
    const std::size_t size = size_of(values_.dtype);
    const PerAxis<std::int64_t> strides = row_major_strides(values_.shape);
    const auto* from = static_cast<const std::byte*>(data);
    const auto copy = [&](const auto& self, int axis, std::int64_t offset) -> void {
      if (axis == region.rank()) {
        ++times_written_.at(static_cast<std::size_t>(offset));
        std::memcpy(values_.bytes.data() + static_cast<std::size_t>(offset) * size, from, size);
        from += size;
        return;
      }
      if (region[axis].step != 1) throw std::logic_error("a sink was given a step");
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        self(self, axis + 1, offset + (region[axis].start + i) * strides[axis]);
    };
    copy(copy, 0, 0);
  }
  void finish() override { ++finished_; }
  void abort() noexcept override { ++aborted_; }

  /// What was written; throws where an element was not written exactly once.
  [[nodiscard]] const naive::Values& values() const {
    for (const int times : times_written_)
      if (times != 1) throw std::logic_error("an element was written " + std::to_string(times) + " times");
    if (finished_ != 1 || aborted_ != 0) throw std::logic_error("the sink was not finished once");
    return values_;
  }

 private:
  std::mutex mutex_;
  naive::Values values_;
  std::vector<int> times_written_;
  int finished_ = 0, aborted_ = 0;
};

TEST(EveryGraph, IsWrittenToSinksElementByElementOnce) {
  const BackendPtr backend = connect("local:2");
  check(1000, [&] {
    const RandomGraph random = any_graph();
    const auto in_memory = static_cast<std::size_t>(choose(3));  // an output that is kept beside those that are written
    Expectation(random.graph).holds("to sinks", [&] {
      std::vector<std::shared_ptr<CollectingSink>> sinks;
      std::vector<Target> targets;
      for (const NodePtr& output : random.graph.outputs) {
        sinks.push_back(std::make_shared<CollectingSink>());
        sinks.back()->begin(output->dtype, output->shape, output->grid, {});
        targets.push_back({targets.size() == in_memory ? nullptr : sinks.back()});
      }
      std::vector<UntypedNdArray> arrays = backend->run(random.graph, targets, {});
      for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!targets[i].sink) continue;
        if (arrays[i].data) throw std::logic_error("an output came back beside its sink");
        const naive::Values& values = sinks[i]->values();
        arrays[i] = {values.dtype, values.shape, row_major_strides(values.shape), sinks[i], values.bytes.data()};
      }
      return arrays;
    });
  });
}

TEST(EveryGraph, IsTheSameWhenItsPartsArePersistedFirst) {
  const BackendPtr backend = connect("local:2");
  check(750, [&] {
    const RandomGraph random = any_graph();
    Expectation(random.graph).holds("persisted", [&] {
      Graph again;
      std::size_t i = 0;
      for (SourcePtr& source : backend->persist(random.graph, {})) {
        if (!(source->grid() == random.graph.outputs[i++]->grid)) throw std::logic_error("persisted in other chunks");
        again.outputs.push_back(build::source(std::move(source)));
      }
      return run(backend, again);
    });
  });
}

}  // namespace
}  // namespace chunkwise::properties
