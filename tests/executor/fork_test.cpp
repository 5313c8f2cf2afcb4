// fork(): the child has its parent's memory and none of its threads.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/buffer.hpp"
#include "runtime/core/forks.hpp"
#include "tests/child.hpp"

namespace cw = chunkwise;

namespace chunkwise_test {
namespace {

#if !defined(CHUNKWISE_SANITIZED)

double total(const cw::BackendPtr& backend) {
  const auto x = cw::random<double, 2>({2000, 1000}, 1, {100, 1000});
  return cw::compute(backend, cw::sum(x * 0.0 + 1.0));
}

TEST(ForkedChildren, ComputeWithATeamOfTheirOwn) {
  const cw::BackendPtr backend = cw::connect("local:4");
  ASSERT_EQ(total(backend), 2e6);
  const std::uint64_t forks = cw::fork_count();
  EXPECT_TRUE(in_child([&] { return cw::fork_count() == forks + 1 && total(backend) == 2e6; }));
  EXPECT_TRUE(in_child([&] { return in_child([&] { return total(backend) == 2e6; }) && total(backend) == 2e6; }));
  EXPECT_EQ(cw::fork_count(), forks);
  EXPECT_EQ(total(backend), 2e6);
}

TEST(ForkedChildren, DoNotWaitForRunsOfTheirParent) {
  // Each run takes most of the memory there is, and the pool, the kernels and the team are in use all the time.
  const cw::BackendPtr backend = cw::connect("local:2", {.memory_limit = 60'000'000});
  std::atomic<bool> done = false;
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] {
      while (!done) (void)total(backend);
    });
  for (int round = 0; round < 10; ++round) EXPECT_TRUE(in_child([&] { return total(backend) == 2e6; })) << round;
  done = true;
  for (std::thread& other : others) other.join();
}

TEST(ForkedChildren, DoNotWaitForAResultThatTheirParentComputes) {
  const cw::BackendPtr backend = cw::connect("local:2");
  const auto x = cw::random<double, 2>({40000, 1000}, 1, {100, 1000});
  auto result = cw::submit(backend, cw::sum(x * 0.0 + 1.0));
  EXPECT_TRUE(in_child([&] {
    try {
      return result.get() == 4e7;  // the parent was quick
    } catch (const cw::Error& error) {
      return error.code() == cw::ErrorCode::invalid_argument &&
             std::string(error.what()).find("was forked from") != std::string::npos;
    }
  }));
  EXPECT_EQ(result.get(), 4e7);
}

TEST(ForkedChildren, HavePersistedArrays) {
  const cw::BackendPtr backend = cw::connect("local:2");
  const auto x = cw::persist(backend, cw::random<double, 1>({1000}, 1) * 0.0 + 3.0);
  EXPECT_TRUE(in_child([&] { return cw::compute(backend, cw::sum(x)) == 3000; }));
  EXPECT_EQ(cw::compute(backend, cw::sum(x)), 3000);
}

TEST(ForkedChildren, EndWithoutWaitingForThreadsThatAreNotTheirs) {
  const cw::BackendPtr backend = cw::connect("local:4");
  ASSERT_EQ(total(backend), 2e6);
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    std::exit(total(backend) == 2e6 ? 0 : 1);  // with destructors of static objects
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

#endif

}  // namespace
}  // namespace chunkwise_test
