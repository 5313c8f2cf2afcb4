// Traces of runs on a cluster: the client's spans and those of all workers, on one clock.
#include "chunkwise/trace.hpp"

#include <gmock/gmock.h>

#include <memory>

#include "chunkwise/cluster.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "runtime/trace/recorder.hpp"
#include "tests/executor/sources.hpp"
#include "tests/trace_events.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// Noise that a worker reads as it would a file; reading element `bad` fails.
class TravellingNoise final : public Source {
 public:
  TravellingNoise(std::int64_t planes, std::int64_t bad)
      : planes_(planes), bad_(bad), source_(watched_noise({planes, 128, 128}, {1, 128, 128})) {}
  [[nodiscard]] DType dtype() const override { return source_->dtype(); }
  [[nodiscard]] const Shape& shape() const override { return source_->shape(); }
  [[nodiscard]] const ChunkGrid& grid() const override { return source_->grid(); }
  [[nodiscard]] const Encoding& encoding() const override { return source_->encoding(); }
  [[nodiscard]] std::string describe() const override { return "travelling noise"; }
  [[nodiscard]] SourceDescription description() const override {
    std::vector<std::byte> bytes{static_cast<std::byte>(planes_), static_cast<std::byte>(bad_)};
    return {"travelling noise", bytes};
  }
  void read(const Region& region, void* out) const override {
    if (region[0].start <= bad_ && bad_ < region[0].start + region[0].count)
      throw Error(ErrorCode::io, "the plane " + std::to_string(bad_) + " is damaged");
    source_->read(region, out);
  }

 private:
  std::int64_t planes_, bad_;
  std::shared_ptr<WatchedSource<double>> source_;
};
constexpr std::int64_t none_is_bad = 255;

Array<double, 3> noise_of(std::int64_t planes, std::int64_t bad = none_is_bad) {
  register_source_kind("travelling noise", [](std::span<const std::byte> bytes, const SourceAccess&) -> SourcePtr {
    return std::make_shared<TravellingNoise>(std::to_integer<std::int64_t>(bytes[0]),
                                             std::to_integer<std::int64_t>(bytes[1]));
  });
  return array_of<double, 3>(std::make_shared<TravellingNoise>(planes, bad));
}

class OfACluster : public testing::Test {
 protected:
  void SetUp() override {
    CoordinatorOptions listening;
    listening.listen = "127.0.0.1:0";
    coordinator_ = std::make_unique<Coordinator>(listening);
    for (const char* name : {"north", "south"}) {
      WorkerOptions options;
      options.coordinator = coordinator_->address();
      options.name = name;
      options.threads = 2;
      options.memory_limit = std::uint64_t{1} << 29;
      workers_.push_back(std::make_unique<Worker>(options));
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (coordinator_->status().workers.size() < 2 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_EQ(coordinator_->status().workers.size(), 2U);
    backend_ = connect("thrift://" + coordinator_->address());
  }

  std::unique_ptr<Coordinator> coordinator_;
  std::vector<std::unique_ptr<Worker>> workers_;
  BackendPtr backend_;
};
using ATrace = OfACluster;

TEST_F(ATrace, HasTheSpansOfEachWorker) {
  const auto x = noise_of(128);
  const auto expected = compute(connect("local"), x - mean(x, 0));
  Trace trace;
  RunReport report;
  {
    const Tracing tracing(trace);
    EXPECT_EQ(compute(backend_, x - mean(x, 0), report_to(report)).mutable_copy(), expected.mutable_copy());
  }
  const TraceEvents events(trace.json());
  events.expect_valid();
  EXPECT_THAT(events.without_answer, testing::IsEmpty());
  EXPECT_GT(report.bytes_read, 0U);
  EXPECT_EQ(events.bytes_of("read"), report.bytes_read);
  for (const char* const category : {"compute", "read"})
    EXPECT_THAT(events.processes_with(category), testing::UnorderedElementsAre("worker north", "worker south"))
        << category;
  EXPECT_THAT(events.processes_with("send"), testing::Not(testing::IsEmpty()));
  // Chunks come to the client, as a whole.
  std::uint64_t fetched = 0;
  for (const auto& span : events.named("chunks of the result")) fetched += span.bytes;
  EXPECT_EQ(fetched, 128U * 128 * 128 * 8);
  // One clock, since this is one machine: nothing was done before the run began, or after it ended.
  ASSERT_EQ(events.named("run").size(), 1U);
  const TraceEvents::Span whole = events.named("run").front();
  constexpr std::int64_t most_error = 50'000'000;
  for (const auto& span : events.spans) {
    EXPECT_GE(span.begin, whole.begin - most_error) << span.name;
    EXPECT_LE(span.end, whole.end + most_error) << span.name;
  }
}

TEST_F(ATrace, OfARunThatFailsHasTheSpansOfWorkers) {
  const auto x = noise_of(128, 100);
  Trace trace;
  {
    const Tracing tracing(trace);
    EXPECT_TRUE(error_of([&] { (void)compute(backend_, sum(x)); }).says("plane 100 is damaged"));
  }
  const TraceEvents events(trace.json());
  events.expect_valid();
  ASSERT_EQ(events.named("run").size(), 1U);
  EXPECT_TRUE(events.named("run").front().failed);
  EXPECT_TRUE(std::ranges::any_of(events.of("read"),
                                  [](const auto& span) { return span.failed && span.name == "travelling noise"; }));
}

TEST_F(ATrace, HasTheRunsOfArraysThatAreKept) {
  Trace trace;
  {
    const Tracing tracing(trace);
    const auto kept = persist(backend_, noise_of(64) * 2.0);
    (void)compute(backend_, mean(kept));
  }
  const TraceEvents events(trace.json());
  events.expect_valid();
  EXPECT_EQ(events.named("persist").size(), 1U);
  EXPECT_EQ(events.named("run").size(), 1U);
  EXPECT_EQ(events.bytes_of("read"), 64U * 128 * 128 * 8);
}

TEST(ARecorder, PutsTheSpansOfAProcessTogether) {
  trace::Recorder recorder(100);
  trace::Process process;
  process.name = "worker north";
  process.threads = {{"computing", 7}};
  process.names = {"reduce"};
  process.spans = {{100, 200, 5, -1, 0, 0, trace::Kind::compute, false}};
  recorder.add(process, 1000);
  recorder.add(process, 1000);  // of another run
  recorder.miss("worker south");
  ASSERT_EQ(recorder.processes().size(), 2U);
  EXPECT_EQ(recorder.processes()[1].threads.size(), 1U);
  ASSERT_EQ(recorder.processes()[1].spans.size(), 2U);
  EXPECT_EQ(recorder.processes()[1].spans[1].begin, 1100);
  EXPECT_EQ(recorder.missed(), std::vector<std::string>{"worker south"});
}

TEST(TheBytesOfATrace, AreBelievedOnlyIfTheyMakeSense) {
  trace::Process process;
  process.name = "worker";
  process.threads = {{"computing", 7}, {"serving", 8}};
  process.names = {"reduce", "chunks"};
  process.spans = {{100, 200, 5, 3, 1, 1, trace::Kind::send, true}, {0, 0, 0, -1, 0, 0, trace::Kind::run, false}};
  process.left_out = 9;
  const std::vector<std::byte> whole = trace::to_bytes(process);
  const trace::Process read = trace::process_from_bytes(whole);
  EXPECT_EQ(trace::to_bytes(read), whole);
  EXPECT_EQ(read.spans.front().item, 3);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(error_of([&] { (void)trace::process_from_bytes(std::span(whole).first(size)); }).code,
              ErrorCode::invalid_argument);
  const auto refuses = [&](auto&& change) {
    trace::Process other = process;
    change(other.spans.front());
    return error_of([&] { (void)trace::process_from_bytes(trace::to_bytes(other)); }).code ==
           ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refuses([](trace::Span& span) { span.thread = 2; }));
  EXPECT_TRUE(refuses([](trace::Span& span) { span.name = 2; }));
  EXPECT_TRUE(refuses([](trace::Span& span) { span.kind = static_cast<trace::Kind>(trace::kind_count); }));
  EXPECT_TRUE(refuses([](trace::Span& span) { span.end = span.begin - 1; }));
  EXPECT_TRUE(refuses([](trace::Span& span) { span.begin = -1; }));
}

}  // namespace
}  // namespace chunkwise_test
