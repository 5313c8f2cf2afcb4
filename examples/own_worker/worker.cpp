// A worker that knows a function, a formula and a kind of source that `chunkwise worker` does not.
//
//   own_worker HOST:PORT|FILE [DATA-ROOT...]
#include <chunkwise/cluster.hpp>
#include <csignal>
#include <iostream>

#include "stations.hpp"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: own_worker HOST:PORT|FILE [DATA-ROOT...]\n";
    return 2;
  }
  // Before any thread is there: only sigwait below gets these.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);

  // [worker]
  cw::register_function<SaturationPressure>();                // graphs may call it
  cw::register_aggregate<LongestDry>();                       // reduce by it
  cw::register_source_kind(Stations::kind, &Stations::open);  // and have such sources
  const auto x = cw::full<1>({1}, 0.0);
  cw::register_kernels_of(humidity(x, x));  // not needed: what a worker has no kernel for it interprets

  cw::WorkerOptions options;
  options.coordinator = argv[1];
  options.data_roots.assign(argv + 2, argv + argc);
  options.log = [](const std::string& line) { std::cerr << line << '\n'; };
  const cw::Worker worker(options);
  // [/worker]

  int signal = 0;
  sigwait(&end, &signal);
}
