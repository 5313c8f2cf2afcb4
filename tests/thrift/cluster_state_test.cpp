// What a coordinator tells a worker, and in which of its answers.
#include "backends/thrift/coordinator/cluster_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "backends/cluster/array_record.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "tests/caught.hpp"

namespace chunkwise::thrift {
namespace {

using chunkwise_test::error_of;

/// A coordinator with one worker of one thread, and a client.
class AClusterState : public testing::Test {
 protected:
  AClusterState() {
    wire::Registration registration;
    registration.name = "worker";
    registration.address = "127.0.0.1:1";
    registration.threads = 1;
    registration.memory_limit = std::int64_t{1} << 30;
    worker_ = state_.register_worker(registration).id;
    client_ = state_.open_session(0);
  }

  /// Begins the mean of `chunks` chunks.
  RunId submit_mean(std::int64_t chunks) {
    wire::RunRequest request;
    request.graph = mean_of(chunks);
    request.outputs = {wire::OutputKind::STREAMED};
    return state_.submit(client_, request).run;
  }
  static wire::Blob mean_of(std::int64_t chunks) {
    const NodePtr x = build::source(random_source({chunks, 1 << 20}, DType::float64, 1, {1, 1 << 20}));
    const Graph graph{{build::fold(aggregate::Mean::code, x, 3, false, 0)}};
    return wire::Blob::copy_of(to_bytes(graph, [](const Source& source) {
      return to_bytes(SourceSpec{facts_of(source), source.description(), {}});
    }));
  }
  std::vector<wire::WorkerCommand> commands() { return state_.next_commands(worker_, 0); }
  static wire::RangeReport report_of(const wire::Assignment& range) {
    wire::RangeReport report;
    report.key = range.key;
    report.first = range.first;
    report.last = range.last;
    report.ticket = range.ticket;
    return report;
  }
  /// Reports a range as done; what the answer has in it.
  std::vector<wire::Assignment> done(const wire::Assignment& range) { return state_.report(worker_, report_of(range)); }
  /// The mean of one chunk up to its write, which is assigned in the answer; gives the reduce step, whose states are to
  /// be dropped.
  wire::StepKey mean_up_to_its_write() {
    submit_mean(1);
    const auto reduce = commands();
    EXPECT_EQ(reduce.size(), 1U);
    commands();
    const auto combine = done(reduce.at(0).assignment);
    EXPECT_EQ(combine.size(), 1U);
    const auto write = done(combine.at(0));
    EXPECT_EQ(write.size(), 1U);
    EXPECT_GT(write.at(0).key.step, combine.at(0).key.step);
    return reduce.at(0).assignment.key;
  }

  ClusterState state_{MachineOptions(), nullptr};
  WorkerId worker_ = 0;
  ClientId client_ = 0;
};

/// What a client persists: an array of 8 elements.
wire::RunRequest persisted() {
  wire::RunRequest request;
  const Graph graph{{build::source(random_source({8}, DType::float64, 1, {2}))}};
  request.graph = wire::Blob::copy_of(to_bytes(graph, [](const Source& source) {
    return to_bytes(SourceSpec{facts_of(source), source.description(), {}});
  }));
  request.outputs = {wire::OutputKind::PERSISTED};
  return request;
}

wire::PublishedArray record_of(const wire::RunAccepted& run, DType dtype, const Shape& shape, const Shape& chunk) {
  wire::PublishedArray published;
  published.key.run = run.run;
  published.key.step = run.steps.at(0);
  published.record = wire::Blob::copy_of(to_bytes(ArrayRecord{dtype, shape, ChunkGrid::regular(shape, chunk), {}}));
  return published;
}

TEST_F(AClusterState, PublishesNothingUnderTheRecordOfAnotherArray) {
  const wire::RunAccepted run = state_.submit(client_, persisted());
  for (const wire::PublishedArray& other :
       {record_of(run, DType::float32, {8}, {2}), record_of(run, DType::float64, {9}, {2}),
        record_of(run, DType::float64, {8}, {4}), record_of(run, DType::float64, {8, 1}, {2, 1})})
    EXPECT_EQ(error_of([&] { state_.publish(client_, "x", other); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)state_.open_published(client_, "x"); }).code, ErrorCode::not_found);
}

TEST_F(AClusterState, CountsAClientAsLongAsItsConnection) {
  const ClientId other = state_.open_session(0);
  EXPECT_EQ(state_.status().clients, 2);
  state_.session_closed(other);
  EXPECT_EQ(state_.status().clients, 1);
  state_.open_session(other);
  EXPECT_EQ(state_.status().clients, 2);
}

TEST_F(AClusterState, GivesNoHandleOfAnArrayToWhoOnlyNamesIt) {
  const wire::RunAccepted run = state_.submit(client_, persisted());
  wire::StepKey key;
  key.run = run.run;
  key.step = run.steps.at(0);
  const ClientId other = state_.open_session(0);
  state_.keep_alive(other, {key});
  state_.release(client_, {key});
  EXPECT_EQ(error_of([&] { (void)state_.locate(client_, from_wire(key), 0); }).code, ErrorCode::lost);
}

TEST_F(AClusterState, DescribesARunWithItsFirstRangeAlone) {
  const RunId run = submit_mean(64);
  const auto told = commands();
  ASSERT_EQ(told.size(), 2U) << "two ranges at a time";
  ASSERT_TRUE(told[0].__isset.assignment);
  ASSERT_TRUE(told[1].__isset.assignment);
  EXPECT_TRUE(told[0].assignment.__isset.run);
  EXPECT_EQ(told[0].assignment.run, state_.describe_run(run));
  EXPECT_FALSE(told[1].assignment.__isset.run);
  commands();
  for (const wire::Assignment& next : done(told[0].assignment)) EXPECT_FALSE(next.__isset.run);
}

TEST_F(AClusterState, DescribesARunAgainToAWorkerThatForgotIt) {
  const RunId first = submit_mean(4);
  commands();
  state_.cancel(client_, first);
  bool forgets = false;
  for (const wire::WorkerCommand& command : commands()) forgets = forgets || command.forget_run == first;
  EXPECT_TRUE(forgets);
  submit_mean(4);
  const auto told = commands();
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(told[0].assignment.__isset.run);
}

TEST_F(AClusterState, AnswersAReportWithTheNextRange) {
  submit_mean(64);
  const auto told = commands();
  commands();
  const auto next = done(told[0].assignment);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].first, told[1].assignment.last);
}

TEST_F(AClusterState, GivesNothingInAnAnswerThatMayOvertakeWhatWasTold) {
  submit_mean(64);
  const auto told = commands();
  EXPECT_TRUE(done(told[0].assignment).empty()) << "it has not asked again: nobody knows whether it has read this";
  EXPECT_EQ(commands().size(), 1U);
}

TEST_F(AClusterState, GivesWorkInAnAnswerThoughStatesAreDropped) {
  const wire::StepKey reduced = mean_up_to_its_write();
  const auto drop = commands();
  ASSERT_EQ(drop.size(), 1U);
  EXPECT_EQ(drop[0].drop, reduced);
}

TEST_F(AClusterState, PassesOnTheValuesThatAReportBrings) {
  const RunId run = submit_mean(1);
  const auto told = commands();
  ASSERT_EQ(told.size(), 1U);
  wire::RangeReport report = report_of(told[0].assignment);
  const double mean = 0.5;
  for (const std::int32_t step : {1, 2}) {
    wire::Product product;
    product.step = step;
    product.last = 1;
    if (step == 2) product.__set_values(wire::Blob::copy_of(std::as_bytes(std::span(&mean, 1))));
    report.also.push_back(product);
  }
  EXPECT_TRUE(state_.report(worker_, report).empty()) << "nothing is left to do";
  const wire::RunStatus status = state_.wait(client_, run, 0);
  EXPECT_EQ(status.state, wire::RunState::FINISHED);
  ASSERT_EQ(status.ready.size(), 1U);
  EXPECT_EQ(status.ready[0].key.step, 2);
  ASSERT_EQ(status.ready[0].ranges.size(), 1U);
  EXPECT_EQ(status.ready[0].ranges[0].values, report.also[1].values);
}

TEST_F(AClusterState, TakesNoProductsOfStepsThatAreNone) {
  const RunId run = submit_mean(2);
  const auto told = commands();
  ASSERT_FALSE(told.empty());
  wire::RangeReport report = report_of(told[0].assignment);
  for (const std::int32_t step : {-1, 3, 1 << 30}) {
    wire::Product product;
    product.step = step;
    product.first = -5;
    product.last = std::int64_t{1} << 62;
    report.also.push_back(product);
  }
  (void)state_.report(worker_, report);
  EXPECT_EQ(state_.wait(client_, run, 0).state, wire::RunState::RUNNING);
}

TEST_F(AClusterState, DropsWhatIsLittleWithTheNextThingItTells) {
  const wire::StepKey reduced = mean_up_to_its_write();
  std::atomic<bool> woken{false};
  std::thread waiting([&] {
    const auto told = state_.next_commands(worker_, 5000);
    woken = true;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].drop, reduced);
    EXPECT_TRUE(told[1].__isset.assignment);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(woken);
  submit_mean(1);
  waiting.join();
}

TEST_F(AClusterState, DropsWhatIsLittleAtATick) {
  mean_up_to_its_write();
  std::thread ticking([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    state_.tick();
  });
  EXPECT_EQ(state_.next_commands(worker_, 5000).size(), 1U);
  ticking.join();
}

TEST_F(AClusterState, TellsOfANewRunInItsTurnAlone) {
  const RunId first = submit_mean(1);
  const auto told = commands();
  commands();
  state_.cancel(client_, first);
  submit_mean(1);
  EXPECT_TRUE(done(told[0].assignment).empty());
  const auto rest = commands();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].forget_run, first);
  EXPECT_TRUE(rest[1].assignment.__isset.run);
}

TEST_F(AClusterState, TellsAWorkerThatWasTakenForLostThatItHandsOverNothing) {
  EXPECT_FALSE(state_.retire(worker_, 0)) << "it holds nothing";
  state_.worker_unreachable(worker_, "127.0.0.1:1", "127.0.0.1:2", "no route");
  EXPECT_EQ(error_of([&] { (void)state_.retire(worker_, 0); }).code, ErrorCode::lost);
}

TEST_F(AClusterState, GivesARunThatIsAnothersToNobody) {
  const RunId run = submit_mean(4);
  const auto caught = error_of([&] { state_.wait(state_.open_session(0), run, 0); });
  EXPECT_EQ(caught.code, ErrorCode::lost);
  EXPECT_TRUE(caught.says("it is another's")) << caught.message;
  EXPECT_EQ(state_.wait(client_, run, 0).state, wire::RunState::RUNNING);
}

// ---------------------------------------------------------------- clients that come back

TEST_F(AClusterState, TellsAClientThatWasSilentForTooLongThatItsRunIsOver) {
  MachineOptions options;
  options.client_timeout = 0.1;
  ClusterState state(options, nullptr);
  const ClientId client = state.open_session(0);
  wire::RunRequest request;
  request.graph = mean_of(4);
  request.outputs = {wire::OutputKind::STREAMED};
  const RunId run = state.submit(client, request).run;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  state.tick();
  state.tick();
  EXPECT_THROW(state.wait(client, run, 0), Error);  // it is not known any more, and opens its session again
  EXPECT_EQ(state.open_session(client), client);
  try {
    state.wait(client, run, 0);
    FAIL() << "it would wait for ever";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::lost);
    EXPECT_NE(std::string(error.what()).find("--client-timeout"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace chunkwise::thrift
