// Persist: computed once, kept where the backend works, and an array like any other.
#include <chunkwise/chunkwise.hpp>
#include <iostream>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local");
  const auto x = cw::random<float, 3>({100, 180, 360}, 2016).with_labels(cw::Labels({"time", "latitude", "longitude"}));

  // [persist]
  const auto z = cw::persist(backend, (x - cw::mean(x, 0)) / cw::stddev(x, 0), cw::progress_bar("z-score"));
  std::cout << z << '\n';                        // an Array: lazy, chunked, named
  const auto map = cw::compute(backend, z(50));  // a view of what is kept: nothing is copied
  const auto profile = cw::compute(backend, cw::mean(z(50), "longitude"));
  // [/persist]
  std::cout << "first element " << map(0, 0) << ", first of the profile " << profile(0) << '\n';

  // [submit]
  auto largest = cw::submit(backend, cw::max(cw::abs(z)));  // in the background
  std::cout << "largest deviation " << largest.get() << '\n';
  // [/submit]
}
