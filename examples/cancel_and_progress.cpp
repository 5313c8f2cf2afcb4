// The progress of a run, and its early end.
#include <chrono>
#include <chunkwise/chunkwise.hpp>
#include <iostream>
#include <thread>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local");
  const auto x = cw::random<double, 2>({4096, 4096}, 1, {64, 4096});

  // [progress]
  const double mean = cw::compute(backend, cw::mean(cw::log(x + 1.0)), cw::on_progress([](const cw::Progress& p) {
                                    std::cout << "  " << 100 * p.done / p.total << " %\n";
                                  }));
  // [/progress]
  std::cout << "mean " << mean << '\n';

  // [cancel]
  const auto endless = cw::random<double, 2>({1 << 24, 1 << 24}, 1);  // 2 PB, if anyone waited for it
  auto pending = cw::submit(backend, cw::mean(endless));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  pending.cancel();
  try {
    std::cout << pending.get() << '\n';
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';
  }
  // [/cancel]

  // [token]
  const cw::CancelToken token;  // copies share one flag; a signal handler may set it too
  token.cancel();
  try {
    std::cout << cw::compute(backend, cw::mean(x), cw::cancel_on(token)) << '\n';
  } catch (const cw::Error& error) {
    std::cout << (error.code() == cw::ErrorCode::cancelled ? "cancelled" : error.what()) << '\n';
  }
  // [/token]
}
