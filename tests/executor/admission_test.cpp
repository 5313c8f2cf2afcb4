#include "runtime/executor/admission.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/executor/sources.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using namespace std::chrono_literals;
using executor::Admission;

TEST(Admission, WhatFitsIsAdmittedAtOnce) {
  const auto admission = std::make_shared<Admission>(100);
  const auto a = admission->reserve(60);
  const auto b = admission->reserve(40);
  EXPECT_EQ(admission->limit(), 100U);
}

TEST(Admission, WhatDoesNotFitWaitsUntilOthersHaveGone) {
  const auto admission = std::make_shared<Admission>(100);
  auto first = admission->reserve(60);
  std::atomic<bool> admitted = false;
  std::thread other([&] {
    const auto second = admission->reserve(50);
    admitted = true;
  });
  std::this_thread::sleep_for(30ms);
  EXPECT_FALSE(admitted);
  first.reset();
  other.join();
  EXPECT_TRUE(admitted);
}

TEST(Admission, WhatARunIsAboutToHoldIsWaitedForAsLongAsOthersRun) {
  const auto admission = std::make_shared<Admission>(100);
  auto first = admission->reserve(20, nullptr, {}, 50);
  std::atomic<bool> admitted = false;
  std::thread other([&] {
    const auto second = admission->reserve(20, nullptr, {}, 20);
    admitted = true;
  });
  std::this_thread::sleep_for(30ms);
  EXPECT_FALSE(admitted) << "20 and 50 of the first, 20 and 20 of the second";
  const auto held = admission->hold(50);
  EXPECT_EQ(admission->used(), 70U);
  first.reset();
  other.join();
  EXPECT_TRUE(admitted);
  EXPECT_EQ(admission->used(), 50U);
  // Alone it needs no more than its own: what it will hold may come in the place of what is let go.
  EXPECT_NO_THROW((void)admission->reserve(40, nullptr, {}, 40));
}

TEST(Admission, ACopyOfAReservationKeepsIt) {
  const auto admission = std::make_shared<Admission>(100);
  auto first = admission->reserve(60);
  auto copy = first;
  first.reset();
  std::atomic<bool> admitted = false;
  std::thread other([&] {
    const auto second = admission->reserve(50);
    admitted = true;
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(admitted);
  copy.reset();
  other.join();
}

TEST(Admission, WhoIsPatientGetsWhatPersistedResultsLetGo) {
  const auto admission = std::make_shared<Admission>(100);
  auto held = admission->hold(70);
  std::atomic<bool> admitted = false;
  std::thread other([&] {
    const auto second = admission->reserve(50, nullptr, 60s);
    admitted = true;
  });
  std::this_thread::sleep_for(30ms);
  EXPECT_FALSE(admitted);
  held.reset();
  other.join();
  EXPECT_TRUE(admitted);
  EXPECT_EQ(error_of([&] { (void)admission->reserve(101, nullptr, 60s); }).code, ErrorCode::memory_limit);
  const auto again = admission->hold(70);
  EXPECT_EQ(error_of([&] { (void)admission->reserve(50, nullptr, 20ms); }).code, ErrorCode::memory_limit);
}

TEST(Admission, WhatPersistedResultsHoldIsNotFree) {
  const auto admission = std::make_shared<Admission>(100);
  auto held = admission->hold(70);
  EXPECT_EQ(admission->free(), 30U);
  const Caught caught = error_of([&] { (void)admission->reserve(50); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit);
  EXPECT_TRUE(caught.says("50 bytes") && caught.says("70 bytes") && caught.says("100 bytes")) << caught.message;
  held.reset();
  EXPECT_EQ(admission->free(), 100U);
  EXPECT_NO_THROW((void)admission->reserve(50));
}

TEST(Admission, ARunThatCouldNeverBeAdmittedIsRefusedWhenTheOthersHaveGone) {
  const auto admission = std::make_shared<Admission>(100);
  const auto held = admission->hold(70);
  auto running = admission->reserve(30);
  std::atomic<bool> refused = false;
  std::thread other([&] {
    try {
      (void)admission->reserve(31);
    } catch (const Error& error) {
      refused = error.code() == ErrorCode::memory_limit;
    }
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(refused);
  running.reset();
  other.join();
  EXPECT_TRUE(refused);
}

TEST(Admission, AReservationMayOutliveItsAdmission) {
  Admission::Reservation reservation;
  {
    const auto admission = std::make_shared<Admission>(100);
    reservation = admission->reserve(60);
  }
  reservation.reset();
}

TEST(LocalBackend, PersistedArraysTakeFromTheLimitUntilTheyAreFreed) {
  const auto backend = connect("local:1", {.memory_limit = 40'000'000});
  const auto x = random<double, 2>({1000, 1000}, 1, {100, 1000});
  {
    const auto a = persist(backend, x * 2);
    const auto b = persist(backend, x * 3);
    const auto c = persist(backend, x * 4);
    const Caught caught = error_of([&] { (void)persist(backend, x * 5, x * 6); });
    EXPECT_EQ(caught.code, ErrorCode::memory_limit);
    EXPECT_TRUE(caught.says("persisted arrays hold 24 MB of the limit of 40 MB")) << caught.message;
    EXPECT_EQ(compute(backend, a(3, 4)), 2 * compute(backend, x(3, 4)));
  }
  EXPECT_NO_THROW((void)persist(backend, x * 5, x * 6));
}

TEST(LocalBackend, ARunFitsIntoWhatPersistedArraysLeave) {
  const auto backend = connect("local:4", {.memory_limit = 24'000'000});
  const auto x = random<double, 2>({1000, 1000}, 1, {100, 1000});
  const std::uint64_t whole = explain(backend, sum(x * x, 0)).memory_bound;
  const auto kept = persist(backend, x(range(0, 900)) + 0);
  EXPECT_LE(explain(backend, sum(x * x, 0)).memory_bound, std::min<std::uint64_t>(whole, 24'000'000 - 7'200'000));
  EXPECT_NO_THROW((void)compute(backend, sum(x * x, 0)));
}

TEST(LocalBackend, RunsThatDoNotFitTogetherFollowEachOther) {
  const auto backend = connect("local:2", {.memory_limit = 30'000'000});
  const auto x = random<double, 2>({1000, 1000}, 1, {100, 1000});
  const double expected = compute(backend, sum(x * 2));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      const auto y = compute(backend, x * 2);
      double total = 0;
      for (std::int64_t i = 0; i < 1000 * 1000; ++i) total += y.data()[i];
      if (std::abs(total - expected) < 1e-6) ++right;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

}  // namespace
}  // namespace chunkwise_test
