#pragma once
/// Tests that run in a forked child.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>

namespace chunkwise_test {

/// Ends a child with 0 where `test` returns true, else with 1; an exception is printed.
[[noreturn]] inline void end_with(const std::function<bool()>& test) {
  bool good = false;
  try {
    good = test();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  _exit(good ? 0 : 1);
}

/// Runs `test` in a child; true where it returned true there within a minute.
inline bool in_child(const std::function<bool()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    end_with(test);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace chunkwise_test
