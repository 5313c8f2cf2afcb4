// Dimension names: axes are named instead of counted, and a broadcast that would go wrong in silence is an error.
#include <chunkwise/chunkwise.hpp>
#include <iostream>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local");
  const auto x = cw::random<float, 2>({100, 100}, 7).with_labels(cw::Labels({"time", "station"}));

  // [axes]
  const auto by_station = cw::mean(x, "time");             // the same as mean(x, 0)
  const auto spread = cw::stddev(x, 0, cw::ddof(1));       // sample standard deviation
  const auto all = cw::max(x, cw::axes("time", -1));       // several axes, by name or number
  const auto kept = cw::mean(x, "station", cw::keepdims);  // (time 100, station 1)
  // [/axes]
  std::cout << by_station << '\n' << spread << '\n' << all << '\n' << kept << '\n';

  // [mismatch]
  try {
    const auto wrong = x - cw::mean(x, "station");  // 100 times against 100 stations
    std::cout << wrong << '\n';
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';
  }
  const auto right = x - cw::mean(x, "station", cw::keepdims);
  // [/mismatch]
  std::cout << "mean of the anomalies " << cw::compute(backend, cw::mean(right)) << '\n';
}
