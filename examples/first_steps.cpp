// Arrays from memory, formulas over them, and values at the end.
#include <chunkwise/chunkwise.hpp>
#include <iostream>
#include <vector>

namespace cw = chunkwise;

int main() {
  // [array]
  // Mean temperatures of three towns in four seasons, in degrees Celsius.
  const std::vector<double> values{1.5, 9.0, 18.5, 10.0, -4.0, 5.5, 16.0, 6.5, 11.0, 15.5, 24.0, 18.0};
  const auto celsius = cw::from_vector<2>(values, {3, 4}).with_labels(cw::Labels({"town", "season"}));
  std::cout << celsius << '\n';
  // [/array]

  // [formula]
  const auto fahrenheit = celsius * 1.8 + 32.0;  // nothing is computed yet
  const auto swing = cw::max(celsius, "season") - cw::min(celsius, "season");
  // [/formula]
  std::cout << fahrenheit << '\n' << swing << '\n';

  // [compute]
  auto backend = cw::connect("local");
  std::cout << cw::compute(backend, fahrenheit) << '\n';  // NdArray<double, 2>
  std::cout << cw::compute(backend, swing) << '\n';       // NdArray<double, 1>

  const auto [mean, deviation] = cw::compute(backend, cw::mean(celsius), cw::stddev(celsius));  // two doubles, one read
  std::cout << "mean " << mean << ", standard deviation " << deviation << '\n';
  // [/compute]

  // [choice]
  const auto frost = celsius < 0.0;  // Array of bool
  const auto heated = cw::where(frost, 0.0, cw::sqrt(cw::abs(celsius)));
  std::cout << cw::compute(backend, cw::sum(frost)) << " frosty season, " << cw::compute(backend, heated) << '\n';
  // [/choice]
}
