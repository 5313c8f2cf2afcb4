// Traces of runs on the threads of this process: what a viewer is given says what the run's report says.
#include "chunkwise/trace.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/executor/sources.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/trace_events.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

struct Traced {
  TraceEvents events;
  RunReport report;
};

/// The trace and the report of an expression's run.
template <Expression E>
Traced traced(const BackendPtr& backend, const E& expression) {
  Trace trace;
  RunReport report;
  {
    const Tracing tracing(trace);
    (void)compute(backend, expression, report_to(report));
  }
  return {TraceEvents(trace.json()), report};
}

auto noisy() { return array_of<double, 3>(watched_noise({40, 80, 90}, {4, 80, 90})); }

TEST(ATrace, SaysWhatTheReportSays) {
  const auto x = noisy();
  const auto [events, report] = traced(connect("local:2"), (x - mean(x, 0)) / stddev(x, 0));
  events.expect_valid();
  EXPECT_EQ(report.bytes_read, 2U * 40 * 80 * 90 * 8);
  EXPECT_EQ(events.bytes_of("read"), report.bytes_read);
  const auto whole = events.named("run");
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole.front().bytes, report.bytes_read);
  EXPECT_NEAR(static_cast<double>(whole.front().end - whole.front().begin) * 1e-9, report.seconds, 0.01);
  EXPECT_EQ(events.named("plan").size(), 1U);
  std::size_t stages = 0;
  for (const auto& span : events.of("run")) stages += span.name.starts_with("stage ");
  EXPECT_EQ(stages, report.stages);
  EXPECT_EQ(events.left_out, 0U);
}

TEST(ATrace, HasALineForEachThreadThatComputes) {
  const auto x = noisy();
  // Each thread waits until another has something to read too.
  std::atomic<int> reading{0};
  auto source = watched_noise({40, 80, 90}, {4, 80, 90});
  source->before_read = [&] {
    ++reading;
    for (int i = 0; reading < 2 && i < 1000; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  const Traced one = traced(connect("local:2"), sum(array_of<double, 3>(source)));
  one.events.expect_valid();
  std::set<std::string> names;
  for (const auto& span : one.events.of("compute")) names.insert(one.events.threads.at(span.thread));
  EXPECT_THAT(names, testing::UnorderedElementsAre("computing 1", "computing 2"));
  // Reading is a part of computing, on the same line.
  for (const auto& read : one.events.of("read"))
    EXPECT_TRUE(std::ranges::any_of(one.events.of("compute"), [&](const auto& span) {
      return span.thread == read.thread && span.begin <= read.begin && read.end <= span.end;
    }));
}

TEST(ATrace, NamesTheSourcesThatWereRead) {
  const Traced one = traced(connect("local:1"), sum(noisy()));
  for (const auto& read : one.events.of("read")) EXPECT_EQ(read.name, "watched (40, 80, 90)");
  EXPECT_FALSE(one.events.of("read").empty());
}

TEST(ATrace, HasTheWritesToASink) {
  Trace trace;
  const auto sink = std::make_shared<WatchedSink>();
  {
    const Tracing tracing(trace);
    write(connect("local:2"), noisy() * 2.0, sink);
  }
  const TraceEvents events(trace.json());
  events.expect_valid();
  EXPECT_EQ(events.bytes_of("write"), sink->elements * 8);
}

TEST(ATrace, OfARunThatFailsIsAFileAllTheSame) {
  const TemporaryFolder folder;
  auto source = watched_noise({40, 80, 90}, {4, 80, 90});
  std::atomic<int> reads{0};
  source->before_read = [&] {
    if (++reads > 3) throw Error(ErrorCode::io, "the disk is gone");
  };
  Trace trace;
  {
    const Tracing tracing(trace);
    EXPECT_TRUE(error_of([&] { (void)compute(connect("local:2"), sum(array_of<double, 3>(source))); }).says("disk"));
  }
  trace.save(folder / "failed.json");
  const TraceEvents events(text_of_file(folder / "failed.json"));
  events.expect_valid();
  ASSERT_EQ(events.named("run").size(), 1U);
  EXPECT_TRUE(events.named("run").front().failed);
  EXPECT_TRUE(std::ranges::any_of(events.of("read"), [](const auto& span) { return span.failed; }));
  EXPECT_TRUE(std::ranges::any_of(events.of("read"), [](const auto& span) { return !span.failed; }));
}

TEST(ATrace, HoldsNoMoreSpansThanItMayAndCountsTheOthers) {
  const auto x = noisy();
  const auto all = traced(connect("local:2"), sum(x)).events.spans.size();
  Trace trace(5);
  {
    const Tracing tracing(trace);
    (void)compute(connect("local:2"), sum(x));
  }
  const TraceEvents events(trace.json());
  events.expect_valid();
  std::size_t pieces = 0;
  for (const auto& span : events.spans)
    pieces += span.category != "run" && span.category != "plan" && span.category != "wait";
  EXPECT_LE(pieces, 5U);
  EXPECT_EQ(events.named("run").size(), 1U) << "what encloses others has room of its own";
  EXPECT_EQ(events.spans.size(), trace.spans());
  EXPECT_EQ(events.left_out, trace.left_out());
  EXPECT_EQ(events.left_out + events.spans.size(), all);
}

TEST(ATrace, IsOfTheRunsThatItsThreadStartsWhileItIsTracing) {
  const auto x = noisy();
  Trace outer, inner;
  (void)compute(connect("local:1"), sum(x));
  {
    const Tracing tracing(outer);
    (void)compute(connect("local:1"), sum(x));
    {
      const Tracing nested(inner);
      (void)submit(connect("local:1"), sum(x)).get();
    }
    std::thread([&] { (void)compute(connect("local:1"), sum(x)); }).join();
    (void)compute(connect("local:1"), sum(x));
  }
  (void)compute(connect("local:1"), sum(x));
  EXPECT_EQ(TraceEvents(outer.json()).named("run").size(), 2U);
  const TraceEvents background(inner.json());
  ASSERT_EQ(background.named("run").size(), 1U);
  EXPECT_EQ(background.threads.at(background.named("run").front().thread), "in the background 1");
}

TEST(ATrace, IsNotGoneOnWithInAForkedChild) {
  const auto x = noisy();
  Trace trace;
  const Tracing tracing(trace);
  (void)compute(connect("local:1"), sum(x));
  const std::size_t before = trace.spans();
  const pid_t child = ::fork();
  if (child == 0) {
    (void)compute(connect("local:1"), sum(x));
    ::_exit(trace.spans() == before ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(AFileOfATrace, ReplacesATraceAndNothingElse) {
  const TemporaryFolder folder;
  Trace trace;
  trace.save(folder / "trace.json");
  trace.save(folder / "trace.json");
  std::ofstream(folder / "data.nc") << "CDF\x01 what nobody wants to lose";
  const Caught refused = error_of([&] { trace.save(folder / "data.nc"); });
  EXPECT_EQ(refused.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(refused.says("data.nc exists, and is no trace")) << refused.message;
  EXPECT_EQ(text_of_file(folder / "data.nc"), "CDF\x01 what nobody wants to lose");
  EXPECT_EQ(error_of([&] { trace.save(folder / "none/trace.json"); }).code, ErrorCode::not_found);
  EXPECT_THAT(folder.names(), testing::UnorderedElementsAre("trace.json", "data.nc"));
}

TEST(ATrace, ItsLimitIsANumberThatCanBe) {
  for (const std::size_t none : {std::size_t{0}, std::size_t{10'000'001}})
    EXPECT_EQ(error_of([&] { (void)Trace(none); }).code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise_test
