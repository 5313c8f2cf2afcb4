// Systems that give little: few threads or none, and threads with small stacks.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <string>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/notation.hpp"
#include "runtime/core/stack.hpp"
#include "runtime/executor/team.hpp"
#include "tests/caught.hpp"
#include "tests/child.hpp"

namespace cw = chunkwise;

namespace chunkwise_test {
namespace {

/// Runs f in a thread with so much stack.
void with_stack(std::size_t bytes, std::function<void()> f) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread{};
  const auto run = [](void* function) -> void* {
    (*static_cast<std::function<void()>*>(function))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &f), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

/// x + 1 + 1 + ..., `depth` nodes one above the other.
cw::Array<double, 1> deep(int depth) {
  auto x = cw::full<1>({1000}, 0.0);
  // An index keeps maps apart from each other.
  for (int i = 1; i < depth; ++i) x = i % 2 == 1 ? cw::Array<double, 1>(x + 1.0) : x(cw::range(cw::none, cw::none, -1));
  return x;
}

// Instrumented frames are several times as large.
#if !defined(CHUNKWISE_SANITIZED)
constexpr std::size_t small = std::size_t{200} << 10;

TEST(SmallStacks, ComputeWhatIsNotDeep) {
  with_stack(small, [] {
    const auto x = cw::random<double, 2>({200, 300}, 1);
    EXPECT_EQ(cw::compute(cw::sum(x * 0.0 + 1.0)), 60000);
    EXPECT_EQ(cw::compute(cw::connect("local:1"), cw::sum(cw::exp(x * 0.0))), 60000);
    EXPECT_EQ(cw::compute(cw::connect("local:4"), cw::mean(x * 0.0, 0)).size(), 300);
    EXPECT_GE(cw::compute(cw::stddev(cw::log(cw::exp(x)), 1))(0), 0);
    EXPECT_EQ(cw::compute(deep(20))(5), 10);
  });
}

TEST(SmallStacks, RefuseWhatIsTooDeepForThem) {
  const auto x = deep(450);
  with_stack(small, [&] {
    const Caught error = error_of([&] { (void)cw::compute(x); });
    EXPECT_EQ(error.code, cw::ErrorCode::unsupported);
    EXPECT_TRUE(error.says("of stack, and this thread has")) << error.message;
    EXPECT_TRUE(error.says("ulimit -s")) << error.message;
    EXPECT_EQ(error_of([&] { (void)cw::explain(x); }).code, cw::ErrorCode::unsupported);
  });
  EXPECT_EQ(cw::compute(x)(3), 225);
}

TEST(SmallStacks, LetGoOfDeepGraphs) {
  with_stack(small, [] { deep(450); });
}

TEST(SmallStacks, ReadNestedTextsOrRefuseThem) {
  with_stack(small, [] {
    cw::notation::Variables variables;
    variables.find = [](std::string_view) { return std::optional(cw::full<1>({3}, 1.0).handle()); };
    const auto nested = [](int depth) {
      return std::string(static_cast<std::size_t>(depth), '(') + "x" +
             std::string(static_cast<std::size_t>(depth), ')');
    };
    EXPECT_EQ(cw::notation::arrays_of(nested(10), variables).size(), 1U);
    try {
      EXPECT_EQ(cw::notation::arrays_of(nested(190), variables).size(), 1U);
    } catch (const cw::Error& error) {
      EXPECT_EQ(error.code(), cw::ErrorCode::unsupported) << error.what();
    }
  });
}
#endif

/// Runs `test` in a child process whose user may have no more threads; 0 where it returned true. The limit does not
/// bind the superuser, so the child becomes another.
int without_threads(const std::function<bool()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit one{1, 1};
    if (geteuid() == 0 && setuid(65534) != 0) _exit(77);
    if (setrlimit(RLIMIT_NPROC, &one) != 0) _exit(77);
    end_with(test);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#if !defined(CHUNKWISE_SANITIZED)
TEST(RefusedThreads, AreDoneWithout) {
  const int status = without_threads([] {
    const cw::BackendPtr backend = cw::connect("local:4");
    const auto x = cw::random<double, 2>({2000, 1000}, 1, {100, 1000});
    const double first = cw::compute(backend, cw::sum(x * 0.0 + 1.0));
    const double second = cw::compute(backend, cw::sum(x * 0.0 + 1.0));
    return first == 2e6 && second == 2e6;
  });
  if (status == 77) GTEST_SKIP() << "the limit of processes cannot be set";
  EXPECT_EQ(status, 0);
}

TEST(RefusedThreads, AreTriedAgainLater) {
  const int status = without_threads([] {
    std::atomic<int> runs = 0;
    cw::executor::run_items(
        4, 100, [&](int, std::int64_t) { ++runs; }, nullptr);
    return runs == 100;
  });
  if (status == 77) GTEST_SKIP() << "the limit of processes cannot be set";
  EXPECT_EQ(status, 0);
}

TEST(RefusedThreads, AreAnErrorOfSubmit) {
  const int status = without_threads([] {
    try {
      (void)cw::submit(cw::default_backend(), cw::full<1>({10}, 1.0));
    } catch (const cw::Error& error) {
      return error.code() == cw::ErrorCode::io;
    }
    return false;
  });
  if (status == 77) GTEST_SKIP() << "the limit of processes cannot be set";
  EXPECT_EQ(status, 0);
}
#endif

}  // namespace
}  // namespace chunkwise_test
