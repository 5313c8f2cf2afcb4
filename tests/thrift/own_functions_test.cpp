// Functions and kernels of a user's own on clusters of generic workers and of workers that know them.
#include "tests/thrift/own_functions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "chunkwise/cluster.hpp"
#include "tests/caught.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::what_of;
using testing::AllOf;
using testing::HasSubstr;
using testing_cluster::Cluster;

const char* const own_worker = CHUNKWISE_OWN_WORKER;

/// A cluster of own workers only.
struct OwnCluster : Cluster {
  explicit OwnCluster(std::size_t workers) : Cluster(0) {
    for (std::size_t i = 0; i < workers; ++i) add_own_worker(own_worker);
    await_workers(workers);
  }
};

auto blended() {
  const auto x = random<double, 2>({40, 50}, 3, {7, 50});
  const auto y = cast<std::int32_t>(random<float, 1>({50}, 4) * 1000.0F);
  return call<own::Blend>(x * 100, y, 0.3) - 1.5F;
}

template <class T, int N>
bool same_bits(const NdArray<T, N>& a, const NdArray<T, N>& b) {
  const auto left = a.mutable_copy();
  const auto right = b.mutable_copy();
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size() * sizeof(T)) == 0;
}

/// Waits until a log says it.
void await_log(const Cluster& cluster, const std::string& text) {
  for (int i = 0; i < 300 && cluster.logs().find(text) == std::string::npos; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(cluster.logs(), HasSubstr(text));
}

TEST(OwnFunctions, AreRefusedByNameBeforeAnythingRunsWhereAWorkerLacksThem) {
  Cluster cluster(1);
  const BackendPtr backend = connect(cluster.uri());
  const auto refused = [&] { return what_of([&] { (void)compute(backend, blended()); }, ErrorCode::not_found); };
  const auto names_it = [](const std::string& worker) {
    return AllOf(HasSubstr("worker " + worker), HasSubstr("tests.blend version 1 (float64, int32, float32) -> float32"),
                 HasSubstr("register_function"));
  };
  EXPECT_THAT(refused(), names_it("w1"));
  EXPECT_TRUE(cluster_status(cluster.address()).runs.empty());
  // One that knows it is not enough.
  cluster.add_own_worker(own_worker);
  cluster.await_workers(2);
  EXPECT_THAT(refused(), names_it("w1"));
  EXPECT_THAT(what_of([&] { (void)persist(backend, blended()); }, ErrorCode::not_found), names_it("w1"));
  EXPECT_TRUE(cluster_status(cluster.address()).runs.empty());
  // What the catalogue has, runs.
  EXPECT_EQ(compute(backend, sum(arange(0.0, 10.0))), 45.0);
}

TEST(OwnFunctions, RunOnWorkersThatKnowThemWithTheSameBits) {
  OwnCluster cluster(2);
  const BackendPtr backend = connect(cluster.uri());
  const BackendPtr local = connect("local:2");
  EXPECT_TRUE(same_bits(compute(backend, blended()), compute(local, blended())));
  EXPECT_TRUE(same_bits(compute(backend, mean(blended(), 0)), compute(local, mean(blended(), 0))));
  const auto kept = persist(backend, blended());
  EXPECT_TRUE(same_bits(compute(backend, call<own::Blend>(kept, 1, kept)),
                        compute(local, call<own::Blend>(blended(), 1, blended()))));
}

TEST(OwnFunctions, OfLinesRunOnWorkersThatKnowThemAndAreRefusedByOthers) {
  const auto x = random<float, 2>({40, 50}, 3, {7, 20});
  const auto steps = along<own::Steps>(x * 3.0F, 0);
  const auto blocks = map_blocks<own::Steps>(x, axes(1, 0), {10, 8});
  {
    OwnCluster cluster(2);
    const BackendPtr backend = connect(cluster.uri());
    EXPECT_TRUE(same_bits(compute(backend, steps), compute(connect("local:2"), steps)));
    EXPECT_TRUE(same_bits(compute(backend, mean(steps, 1)), compute(connect("local:2"), mean(steps, 1))));
    EXPECT_TRUE(same_bits(compute(backend, blocks), compute(connect("local:2"), blocks)));
  }
  Cluster cluster(1);
  EXPECT_THAT(what_of([&] { (void)compute(connect(cluster.uri()), blocks); }, ErrorCode::not_found),
              HasSubstr("of lines tests.steps version 1 (float32) -> float32"));
  EXPECT_THAT(
      what_of([&] { (void)compute(connect(cluster.uri()), steps); }, ErrorCode::not_found),
      AllOf(HasSubstr("of lines tests.steps version 1 (float32) -> float32"), HasSubstr("register_line_function")));
}

TEST(OwnFunctions, ThatAggregateRunOnWorkersThatKnowThemAndAreRefusedByOthers) {
  const auto x = random<float, 3>({40, 50, 6}, 3, {3, 20, 6});
  const auto along_first = reduction<own::Power>(x * 3.0F, 0);
  const auto of_all = reduction<own::Power>(x);
  const auto groups = reduction<own::Power>(x, by(1, std::vector<std::int32_t>(50, 1), 3), 0);
  {
    OwnCluster cluster(2);
    const BackendPtr backend = connect(cluster.uri());
    const BackendPtr local = connect("local:2");
    EXPECT_TRUE(same_bits(compute(backend, along_first), compute(local, along_first)));
    EXPECT_EQ(compute(backend, of_all), compute(local, of_all));
    EXPECT_TRUE(same_bits(compute(backend, groups), compute(local, groups)));
    EXPECT_TRUE(same_bits(compute(backend, along_first - mean(x, 0)), compute(local, along_first - mean(x, 0))));
  }
  Cluster cluster(1);
  EXPECT_THAT(
      what_of([&] { (void)compute(connect(cluster.uri()), of_all); }, ErrorCode::not_found),
      AllOf(HasSubstr("that aggregates, tests.power version 1 (float32) -> float64"), HasSubstr("register_aggregate")));
}

TEST(OwnFunctions, OfAnotherVersionAreToldApart) {
  OwnCluster cluster(1);
  const auto x = arange(0.0, 10.0);
  EXPECT_THAT(
      what_of([&] { (void)compute(connect(cluster.uri()), call<own::NewBlend>(x, 1, 0.5)); }, ErrorCode::not_found),
      AllOf(HasSubstr("worker own1 does not know the function tests.blend version 2"),
            HasSubstr("but tests.blend version 1")));
}

TEST(OwnFunctions, KeepWorkersOutThatLackThemUntilWhatNeedsThemIsGone) {
  OwnCluster cluster(1);
  const BackendPtr backend = connect(cluster.uri());
  std::optional kept = persist(backend, blended());
  cluster.add_worker();
  await_log(cluster, "worker w2 does not know the function tests.blend version 1");
  EXPECT_EQ(cluster_status(cluster.address()).workers.size(), 1U);
  EXPECT_TRUE(same_bits(compute(backend, *kept), compute(connect("local"), blended())));
  kept.reset();
  EXPECT_EQ(compute(backend, sum(arange(0.0, 10.0))), 45.0);  // tells of the release
  cluster.await_workers(2);
}

TEST(OwnFunctions, WaitForAWorkerThatKnowsThem) {
  Cluster cluster(0);
  auto result = submit(connect(cluster.uri()), blended());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  cluster.add_worker();
  await_log(cluster, "worker w1 does not know the function tests.blend");
  cluster.add_own_worker(own_worker);
  cluster.await_workers(1);
  if (HasFailure()) return result.cancel();  // or it would wait for ever
  EXPECT_TRUE(same_bits(result.get(), compute(connect("local"), blended())));
}

TEST(OwnKernels, AreFoundInTheWorkerThatHasThem) {
  const auto x = arange(std::int16_t{0}, std::int16_t{10});
  const auto formula = own::watched(x, x);
  OwnCluster own(1);
  for (const std::int16_t element : compute(connect(own.uri()), formula).mutable_copy()) EXPECT_EQ(element, 42);
  // A generic worker interprets it.
  Cluster generic(1);
  EXPECT_TRUE(same_bits(compute(connect(generic.uri()), formula), compute(connect("local"), formula)));
}

}  // namespace
}  // namespace chunkwise
