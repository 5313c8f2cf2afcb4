// A program that mpirun starts, and what may become of it (program.sh).
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <thread>

#include "chunkwise/chunkwise.hpp"

namespace cw = chunkwise;

namespace {

/// Returns the sum of 1 to 100000.
double sum_on(const cw::BackendPtr& backend) {
  return cw::compute(backend, cw::sum(cw::arange(0.0, 100'000.0, 1.0, 1000) + 1.0));
}

std::string rank_in_environment() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK"})
    if (const char* const rank = std::getenv(name)) return rank;
  return {};
}

int run(const std::string& what) {
  if (what == "own" || what == "own-single") {
    int level = 0;
    MPI_Init_thread(nullptr, nullptr, what == "own" ? MPI_THREAD_MULTIPLE : MPI_THREAD_SINGLE, &level);
  }
  if (what == "killed" && rank_in_environment() == "2")
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      std::raise(SIGKILL);
    }).detach();
  cw::BackendOptions options;
  if (what == "spread") options.memory_limit = std::uint64_t{48} << 20;  // 16 MB a rank
  cw::BackendPtr backend = cw::connect("mpi:", options);                 // ranks other than 0 do not return
  if (what == "exit") return 7;
  if (what == "throws") throw std::runtime_error("not caught");
  if (what == "killed")
    for (;;) (void)sum_on(backend);
  if (what == "idle") {
    (void)sum_on(backend);
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    if (seconds < 0.45) std::puts("idle");
    std::printf("%.3f s of CPU in 3 s\n", seconds);
    return 0;
  }
  if (what == "spread") {
    // 24 MB, more than a rank may have, in chunks of 128 KB.
    const auto kept = cw::persist(backend, cw::full<1>({3 << 20}, 1.0, {1 << 14}) + 2.0);
    std::printf("spread %g\n", cw::compute(backend, cw::mean(kept)));
    return 0;
  }
  std::printf("sum %.0f\n", sum_on(backend));
  if (what == "own") {
    backend = nullptr;
    MPI_Finalize();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "sum";
  if (what == "throws") return run(what);
  try {
    return run(what);
  } catch (const cw::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
