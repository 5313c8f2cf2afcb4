// A client that forks: its connection stays the parent's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"

namespace chunkwise {
namespace {

#if !defined(CHUNKWISE_SANITIZED)

/// The status of a child that runs `test` and then ends as any program does, with destructors of static objects.
template <class F>
int status_of_child(F&& test) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    std::exit(test() ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

TEST(ForkedClients, LeaveTheConnectionToTheParentAndMakeTheirOwn) {
  CoordinatorOptions options;
  options.listen = "127.0.0.1:0";
  const Coordinator coordinator(options);
  WorkerOptions work;
  work.coordinator = coordinator.address();
  const Worker worker(work);
  const std::string uri = "thrift://" + coordinator.address();
  static BackendPtr backend;
  backend = connect(uri);
  const auto x = random<double, 2>({400, 100}, 1, {100, 100}) * 0.0 + 2.0;
  static std::optional<Array<double, 2>> kept;
  kept = persist(backend, x);
  ASSERT_EQ(compute(backend, sum(*kept)), 80000);

  EXPECT_EQ(status_of_child([&] {
              try {
                (void)compute(backend, sum(x));
              } catch (const Error& error) {
                return error.code() == ErrorCode::unsupported &&
                       std::string(error.what()).find("connect again") != std::string::npos;
              }
              return false;
            }),
            0);
  // A child that has let go of its copies has released nothing.
  EXPECT_EQ(status_of_child([&] {
              kept.reset();
              backend.reset();
              return compute(connect(uri), sum(x)) == 80000;
            }),
            0);
  EXPECT_EQ(compute(backend, sum(*kept)), 80000);
  kept.reset();
  backend.reset();
}

#endif

}  // namespace
}  // namespace chunkwise
