#include "runtime/executor/run_plan.hpp"

#include <chrono>
#include <cmath>
#include <thread>

#include "runtime/executor/stage_runner.hpp"
#include "tests/executor/sources.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using namespace std::chrono_literals;

template <class T, int N>
std::vector<std::uint64_t> bits_of_elements(const NdArray<T, N>& array) {
  std::vector<std::uint64_t> result;
  for (const T value : array.mutable_copy()) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof value);
    result.push_back(word);
  }
  return result;
}

TEST(RunPlan, TheZScoreHasTheSameBitsForAnyNumberOfThreads) {
  const auto x = array_of<double, 3>(packed_temperatures({70, 33, 61}, {4, 33, 61}));
  const auto z = (x - mean(x, 0)) / stddev(x, 0);
  const auto expected = bits_of_elements(compute(connect("local:1"), z));
  for (const char* backend : {"local:2", "local:5"})
    EXPECT_EQ(bits_of_elements(compute(connect(backend), z)), expected) << backend;
}

TEST(RunPlan, ReductionsHaveTheSameBitsForAnyThreadsSlabsAndTiles) {
  const auto x = array_of<double, 3>(watched_noise({70, 80, 90}, {4, 33, 61}));
  const auto all = [&](const BackendPtr& backend) {
    const auto [a, b, c, d] = compute(backend, mean(x, keepdims), stddev(x, axes(0, 1)), var(x, axes(1, 2)), sum(x, 0));
    return std::tuple(bits_of_elements(a), bits_of_elements(b), bits_of_elements(c), bits_of_elements(d));
  };
  const auto alone = [&](const BackendPtr& backend) {
    return std::tuple(bits_of_elements(compute(backend, mean(x, keepdims))),
                      bits_of_elements(compute(backend, stddev(x, axes(0, 1)))),
                      bits_of_elements(compute(backend, var(x, axes(1, 2)))),
                      bits_of_elements(compute(backend, sum(x, 0))));
  };
  const auto expected = all(connect("local:1"));
  for (const char* name : {"local:2", "local:3", "local:7"}) EXPECT_EQ(all(connect(name)), expected) << name;
  EXPECT_EQ(alone(connect("local:2")), expected);
  // Small limits make small slabs and tiles.
  for (const std::uint64_t limit : {3'000'000U, 6'000'000U, 12'000'000U}) {
    const auto small = connect("local:3", {.memory_limit = limit});
    EXPECT_EQ(alone(small), expected) << limit;
  }
}

// ---------------------------------------------------------------- threads

/// Threads that the one stage of a graph is given, of four.
int threads_of(const NodePtr& output) {
  const plan::Plan plan = plan::make_divisible_plan(Graph{{output}}, {}, 4, std::uint64_t{1} << 40);
  return executor::threads_for(plan, plan.stages.front(), plan.stages.front().domain.elements());
}

TEST(RunPlan, FewElementsWakeFewThreads) {
  const auto sum_of = [](std::int64_t elements) {
    const auto x = from_vector<1>(std::vector<float>(static_cast<std::size_t>(elements)), {elements});
    return threads_of(lower(sum(x)));
  };
  EXPECT_EQ(sum_of(1), 1);
  EXPECT_EQ(sum_of(500'000), 1);
  EXPECT_EQ(sum_of(600'000), 2);
  EXPECT_EQ(sum_of(10'000'000), 4);
}

TEST(RunPlan, WhatTakesLongPerElementWakesThreadsSooner) {
  const auto x = from_vector<1>(std::vector<double>(140'000), {140'000});
  EXPECT_EQ(threads_of(lower(x + 1.0)), 1);
  EXPECT_EQ(threads_of(lower(exp(x))), 4);
  EXPECT_EQ(threads_of(lower(array_of<double, 1>(watched_noise({140'000}, {1000})) + 1.0)), 4);
}

// ---------------------------------------------------------------- sinks

TEST(RunPlan, ASinkReceivesEveryElementOnceAndIsFinished) {
  const auto x = counting<double, 2>({60, 50}, {7, 50});
  std::vector<std::atomic<int>> seen(3000);
  std::atomic<int> wrong = 0;
  const auto sink = std::make_shared<WatchedSink>([&](const Region& region, const void* data) {
    const auto* from = static_cast<const double*>(data);
    for (std::int64_t i = 0; i < region[0].count; ++i)
      for (std::int64_t j = 0; j < region[1].count; ++j) {
        const auto at = static_cast<std::size_t>((region[0].start + i) * 50 + region[1].start + j);
        ++seen[at];
        wrong += *from++ != 2.0 * static_cast<double>(at);
      }
  });
  write(local(), x * 2, sink);
  for (const auto& count : seen) EXPECT_EQ(count, 1);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(std::tuple(sink->begun, sink->finished, sink->aborted), std::tuple(1, 1, 0));
}

TEST(RunPlan, AnythingCanBeWrittenToASink) {
  const auto x = counting<double, 2>({6, 5});
  const auto count = [&](const auto& expression) {
    const auto sink = std::make_shared<WatchedSink>();
    write(local(), expression, sink);
    EXPECT_EQ(sink->finished, 1);
    return sink->elements.load();
  };
  EXPECT_EQ(count(x), 30U);
  EXPECT_EQ(count(x(2)), 5U);
  EXPECT_EQ(count(mean(x, 0)), 5U);
  EXPECT_EQ(count(mean(x)), 1U);
  EXPECT_EQ(count(x(range(0, 0))), 0U);
  EXPECT_EQ(count(concatenate(std::vector{x, x}, 1)), 60U);
}

TEST(RunPlan, ASinkIsAbortedWhenTheRunFails) {
  auto source = watched_noise({60, 50}, {7, 50});
  source->before_read = [n = 0]() mutable {
    if (++n == 3) throw Error(ErrorCode::io, "the disk is gone");
  };
  const auto sink = std::make_shared<WatchedSink>();
  const Caught caught = error_of([&] { write(connect("local:1"), array_of<double, 2>(source) * 2, sink); });
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_EQ(caught.message, "the disk is gone");
  EXPECT_EQ(std::tuple(sink->begun, sink->finished, sink->aborted), std::tuple(1, 0, 1));
}

TEST(RunPlan, ASinkThatCannotBeginIsAborted) {
  struct FullDisk final : Sink {
    [[nodiscard]] std::string describe() const override { return "full disk"; }
    void begin(DType, const Shape&, const ChunkGrid&, const Labels&) override {
      throw Error(ErrorCode::io, "the disk is full");
    }
    void write(const Region&, const void*) override { ++written; }
    void finish() override { ++written; }
    void abort() noexcept override { ++aborted; }
    int written = 0, aborted = 0;
  };
  const auto x = counting<double, 2>({6, 5});
  const auto sink = std::make_shared<FullDisk>();
  EXPECT_EQ(error_of([&] { write(local(), x * 2, sink); }).message, "the disk is full");
  EXPECT_EQ(std::tuple(sink->written, sink->aborted), std::tuple(0, 1));
}

TEST(RunPlan, ASinkIsAbortedWhenThePlanIsRefused) {
  const auto x = array_of<double, 3>(watched_noise({8, 1000, 1000}, {1, 1000, 1000}, {1, 1000, 1000}));
  auto sink = std::make_shared<WatchedSink>();
  const auto small = connect("local:1", {.memory_limit = 4'000'000});
  EXPECT_EQ(error_of([&] { write(small, x * 2, sink); }).code, ErrorCode::memory_limit);
  EXPECT_EQ(std::tuple(sink->begun, sink->finished, sink->aborted), std::tuple(1, 0, 1));
  sink = std::make_shared<WatchedSink>();
  EXPECT_EQ(error_of([&] { write(local(), x * 2, sink, without_pass("none such")); }).code, ErrorCode::not_found);
  EXPECT_EQ(std::tuple(sink->begun, sink->finished, sink->aborted), std::tuple(1, 0, 1));
}

TEST(RunPlan, AnErrorOfASinkEndsTheRun) {
  const auto x = counting<double, 2>({60, 50}, {7, 50});
  const auto sink =
      std::make_shared<WatchedSink>([](const Region&, const void*) { throw Error(ErrorCode::io, "the disk is full"); });
  EXPECT_EQ(error_of([&] { write(local(), x * 2, sink); }).message, "the disk is full");
  EXPECT_EQ(std::tuple(sink->begun, sink->finished, sink->aborted), std::tuple(1, 0, 1));
}

// ---------------------------------------------------------------- cancel

TEST(RunPlan, ACancelledRunEndsAndLeavesNothing) {
  const auto source = watched_noise({6000, 50}, {7, 50});
  CancelToken token;
  source->before_read = [&token, n = std::make_shared<std::atomic<int>>(0)] {
    if (++*n == 5) token.cancel();
  };
  const auto sink = std::make_shared<WatchedSink>();
  const auto x = array_of<double, 2>(source);
  EXPECT_EQ(error_of([&] { write(local(), x * 2, sink, cancel_on(token)); }).code, ErrorCode::cancelled);
  EXPECT_EQ(std::tuple(sink->finished, sink->aborted), std::tuple(0, 1));
  EXPECT_LT(source->elements_read, 6000 * 50U);
  EXPECT_EQ(error_of([&] { (void)compute(local(), sum(x), cancel_on(token)); }).code, ErrorCode::cancelled);
}

TEST(RunPlan, AFutureCanBeCancelledAndAwaited) {
  const auto slow = watched_noise({1000, 50}, {1, 50});
  slow->before_read = [] { std::this_thread::sleep_for(5ms); };
  const auto x = array_of<double, 2>(slow);
  auto future = submit(local(), sum(x));
  EXPECT_FALSE(future.ready());
  future.cancel();
  EXPECT_EQ(error_of([&] { (void)future.get(); }).code, ErrorCode::cancelled);
  auto other = submit(local(), sum(counting<double, 1>({5})), mean(counting<double, 1>({5})));
  EXPECT_EQ(other.get(), std::tuple(10.0, 2.0));
}

TEST(RunPlan, TheCallersOwnTokenCancelsASubmittedRun) {
  const auto slow = watched_noise({1000, 50}, {1, 50});
  slow->before_read = [] { std::this_thread::sleep_for(5ms); };
  CancelToken token;
  auto future = submit(local(), sum(array_of<double, 2>(slow)), cancel_on(token));
  token.cancel();
  EXPECT_EQ(error_of([&] { (void)future.get(); }).code, ErrorCode::cancelled);
}

// ---------------------------------------------------------------- progress and report

TEST(RunPlan, ProgressGoesUpToTheTotalAndEndsFinished) {
  const auto slow = watched_noise({60, 50}, {1, 50});
  slow->before_read = [] { std::this_thread::sleep_for(4ms); };
  const auto x = array_of<double, 2>(slow);
  std::vector<Progress> seen;
  const auto caller = std::this_thread::get_id();
  const auto note = on_progress([&](const Progress& p) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    seen.push_back(p);
  });
  (void)compute(local(), (x - mean(x, 0)) / stddev(x, 0), note);
  ASSERT_GE(seen.size(), 2U);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].total, 2 * 60 * 50U);
    EXPECT_LE(seen[i].done, seen[i].total);
    EXPECT_EQ(seen[i].finished, i + 1 == seen.size());
    if (i > 0) {
      EXPECT_GE(seen[i].done, seen[i - 1].done);
      EXPECT_GE(seen[i].seconds, seen[i - 1].seconds);
    }
  }
  EXPECT_EQ(seen.back().done, seen.back().total);
  EXPECT_EQ(seen.back().bytes_read, 2 * 60 * 50 * 8U);
}

TEST(RunPlan, AnExceptionOfTheProgressCallbackEndsTheRun) {
  const auto slow = watched_noise({200, 50}, {1, 50});
  slow->before_read = [] { std::this_thread::sleep_for(4ms); };
  const auto fail = on_progress([](const Progress&) { throw std::runtime_error("enough"); });
  EXPECT_THROW((void)compute(local(), array_of<double, 2>(slow) * 2, fail), std::runtime_error);
  EXPECT_LT(slow->elements_read, 200 * 50U);
}

TEST(RunPlan, TheReportTellsWhatWasDone) {
  const auto source = packed_temperatures({60, 30, 50}, {4, 30, 50});
  const auto x = array_of<double, 3>(source);
  RunReport report;
  (void)compute(local(), (x - mean(x, 0)) / stddev(x, 0), report_to(report));
  EXPECT_EQ(report.bytes_read, 2 * 60 * 30 * 50 * 2U);
  EXPECT_EQ(report.stages, 2U);
  EXPECT_GT(report.memory_bound, 60 * 30 * 50 * 8U);
  EXPECT_GT(report.seconds, 0);
}

// ---------------------------------------------------------------- sources that fail or compute

TEST(RunPlan, AnErrorOfASourceReachesTheCallerFromAnyThread) {
  for (const char* name : {"local:1", "local:4"}) {
    const auto source = watched_noise({600, 500}, {7, 500});
    source->before_read = [n = std::make_shared<std::atomic<int>>(0)] {
      if (++*n == 20) throw Error(ErrorCode::corrupt, "block 20 is broken");
    };
    const auto x = array_of<double, 2>(source);
    const Caught caught = error_of([&] { (void)compute(connect(name), stddev(x, 0)); });
    EXPECT_EQ(caught.code, ErrorCode::corrupt) << name;
    EXPECT_EQ(caught.message, "block 20 is broken");
    EXPECT_NO_THROW((void)compute(connect(name), stddev(x, 0)));
  }
}

TEST(RunPlan, ASourceMayComputeWithTheBackendThatReadsIt) {
  const auto inner = random<double, 2>({300, 300}, 1, {10, 300});
  const auto backend = connect("local:2");
  const double expected = compute(backend, sum(inner * inner));
  const auto source = watched_noise({300, 300}, {10, 300});
  std::atomic<int> wrong = 0;
  source->before_read = [&] { wrong += compute(backend, sum(inner * inner)) != expected; };
  (void)compute(backend, sum(array_of<double, 2>(source)));
  EXPECT_EQ(wrong, 0);
}

TEST(RunPlan, ReadsStayWithinTheSlab) {
  const auto source = watched_noise({64, 200, 300}, {64, 200, 300});
  const auto x = array_of<double, 3>(source);
  const auto backend = connect("local:2", {.memory_limit = 2'000'000});
  const auto sink = std::make_shared<WatchedSink>();
  write(backend, x * 2 + 1, sink);
  EXPECT_EQ(sink->elements, 64 * 200 * 300U);
  EXPECT_EQ(source->elements_read, 64 * 200 * 300U);
  EXPECT_LE(source->largest * 8, 1'000'000);
}

// ---------------------------------------------------------------- what is broadcast

/// Elements of `small` that a run reads, which must be what was foretold.
template <class Source, class E>
std::uint64_t elements_of(const Source& small, const E& expression, const BackendPtr& backend) {
  small->elements_read = 0;
  RunReport report;
  const Explanation explanation = explain_write(backend, expression);
  write(backend, expression, std::make_shared<WatchedSink>(), report_to(report));
  EXPECT_EQ(report.bytes_read, explanation.bytes_read) << explanation;
  EXPECT_EQ(report.memory_bound, explanation.memory_bound);
  return small->elements_read;
}

TEST(RunPlan, WhatIsBroadcastIsReadOnce) {
  const auto x = array_of<double, 3>(watched_noise({64, 300, 400}, {4, 300, 400}));
  const auto small = watched_noise({300, 400}, {300, 400});
  const auto climatology = array_of<double, 2>(small);
  const auto backend = connect("local:2", {.memory_limit = 20'000'000});
  constexpr std::uint64_t whole = 300 * 400;
  EXPECT_EQ(elements_of(small, x - climatology, backend), whole);
  EXPECT_EQ(elements_of(small, x - cast<float>(climatology) * 2, backend), whole);
  EXPECT_EQ(elements_of(small, mean(x - climatology, 0), backend), whole);
  EXPECT_EQ(elements_of(small, (x - climatology) / climatology(range(0, 1), chunkwise::all), backend), whole);
}

TEST(RunPlan, WhatIsTooLargeToKeepIsReadForEachSlabAndCounted) {
  const auto x = array_of<double, 3>(watched_noise({64, 300, 400}, {5, 300, 150}));
  const auto small = watched_noise({300, 400}, {300, 400});
  const auto climatology = array_of<double, 2>(small);
  const Array<double, 3> y = exp(x - climatology);
  constexpr std::uint64_t whole = 300 * 400;
  for (const std::uint64_t limit : {2'000'000U, 4'000'000U, 7'000'000U}) {
    const auto backend = connect("local:2", {.memory_limit = limit});
    EXPECT_GT(elements_of(small, x - climatology, backend), whole) << limit;
    EXPECT_GT(elements_of(small, max(x - climatology, axes(1, 2)), backend), whole) << limit;
    EXPECT_GT(elements_of(small, mean(x - climatology, 0), backend), whole) << limit;
    EXPECT_GT(elements_of(small, y * y + y, backend), whole) << limit;
  }
}

TEST(RunPlan, WhatIsBroadcastGivesTheSameBitsKeptAndStreamed) {
  const auto x = array_of<double, 3>(packed_temperatures({30, 60, 70}, {4, 60, 70}));
  const auto small = array_of<double, 2>(packed_temperatures({60, 70}, {60, 70}));
  const Array<double, 2> scaled = small * 2 + 1;
  const auto y = mean(x - scaled, 0, keepdims) * scaled - small(3, all);
  const auto expected = bits_of_elements(compute(connect("local:1"), y));
  for (const std::uint64_t limit : {500'000U, 600'000U, 1'000'000U, 4'000'000U})
    EXPECT_EQ(bits_of_elements(compute(connect("local:2", {.memory_limit = limit}), y)), expected) << limit;
}

}  // namespace
}  // namespace chunkwise_test
