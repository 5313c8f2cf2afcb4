// Parts of arrays: integers, ranges, new axes. An index reaches the source, so what nobody asks for is never read.
#include <chunkwise/chunkwise.hpp>
#include <iostream>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local");

  // [index]
  const auto x = cw::random<double, 3>({365, 180, 360}, 1).with_labels(cw::Labels({"day", "latitude", "longitude"}));
  const double corner = cw::compute(backend, x(0, 0, 0));
  const auto last_day = x(-1);                                     // missing subscripts mean everything
  const auto winter = x(cw::range(0, 90), cw::ellipsis);           // days 0 to 89
  const auto northward = x(0, cw::range(cw::none, cw::none, -1));  // latitudes the other way round
  const auto every_tenth = x(cw::all, cw::range(0, 180, 10), 7);   // the axis of an integer goes
  // [/index]
  std::cout << "corner " << corner << '\n'
            << last_day << '\n'
            << winter << '\n'
            << northward << '\n'
            << every_tenth << '\n';

  // [newaxis]
  const auto weight = cw::arange(1.0, 181.0);              // one number a latitude
  const auto weighted = x * weight(cw::all, cw::newaxis);  // (latitude, 1) stretches along longitude
  // [/newaxis]
  std::cout << weighted << '\n' << "mean " << cw::compute(backend, cw::mean(weighted)) << '\n';

  // [join]
  const std::vector<cw::Array<double, 3>> parts{x(cw::range(0, 10)), x(cw::range(100, 110))};
  const auto joined = cw::concatenate(parts, "day");
  // [/join]
  std::cout << joined << '\n';

  // [mistake]
  try {
    (void)x(365);
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';  // thrown where the mistake is made, not where it is computed
  }
  // [/mistake]
}
