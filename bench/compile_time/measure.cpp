// Runs a command and prints its cost, its children included: "seconds processor-seconds megabytes".
//   measure COMMAND ARGUMENT...
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "measure COMMAND ARGUMENT...\n");
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[1], argv + 1);
    std::perror(argv[1]);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  // The compiler proper is a grandchild; its peak is that of the largest descendant that was waited for.
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const double processor = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  std::printf("%.2f %.2f %.0f\n", seconds, processor, static_cast<double>(usage.ru_maxrss) * 1024 / 1e6);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
