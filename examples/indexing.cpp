// Parts of arrays: integers, ranges, new axes. An index reaches the source, so other elements are never read.
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

  // [shape]
  const auto by_place = cw::transpose(x, cw::axes("latitude", "longitude", "day"));
  const auto some_days = x(cw::list(364, 0, 31));                          // in this order
  const auto rows = cw::reshape(x, {365, -1});                             // a row a day
  const auto around = cw::pad(x, {1, 1}, "longitude", cw::PadMode::wrap);  // the globe closed on both sides
  const auto westward = x - cw::roll(x, 1, "longitude");                   // differences of neighbours
  // [/shape]
  std::cout << by_place << '\n' << some_days << '\n' << rows << '\n' << around << '\n' << westward << '\n';

  // [mistake]
  try {
    (void)x(365);
  } catch (const cw::Error& error) {
    std::cout << error.what() << '\n';  // thrown where the mistake is made, not where it is computed
  }
  // [/mistake]
}
