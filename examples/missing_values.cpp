// Missing values are NaN: some functions carry them on, and others skip them.
#include <chunkwise/chunkwise.hpp>
#include <iostream>
#include <limits>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local");
  constexpr double missing = std::numeric_limits<double>::quiet_NaN();

  // [nan]
  const auto x = cw::from_vector<2>(std::vector<double>{1.0, missing, 3.0,  //
                                                        4.0, 5.0, 6.0,      //
                                                        missing, missing, missing},
                                    {3, 3});
  std::cout << "mean    " << cw::compute(backend, cw::mean(x, 1)) << '\n'     // NaN if any is
            << "nanmean " << cw::compute(backend, cw::nanmean(x, 1)) << '\n'  // NaN where all are
            << "nansum  " << cw::compute(backend, cw::nansum(x, 1)) << '\n'   // 0 of none
            << "count   " << cw::compute(backend, cw::count(x, 1)) << '\n';   // of those that are not NaN
  // [/nan]

  // [fill]
  const auto filled = cw::where(cw::isnan(x), cw::nanmean(x, 0, cw::keepdims), x);
  // [/fill]
  std::cout << "filled with the column's mean\n" << cw::compute(backend, filled) << '\n';
}
