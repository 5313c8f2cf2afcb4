// One formula of each family of functions, which the pages on the families quote.
#include <algorithm>
#include <chunkwise/chunkwise.hpp>
#include <iostream>
#include <span>
#include <vector>

namespace cw = chunkwise;

/// The height above the lowest neighbour.
struct Prominence {
  static constexpr auto name = "example.prominence";
  static constexpr int version = 1;
  static constexpr bool one_result = true;
  static void apply(std::span<const double> around, std::span<double> out) {
    out[0] = around[around.size() / 2] - *std::min_element(around.begin(), around.end());
  }
};

int main() {
  auto backend = cw::connect("local");
  const std::vector<double> hours{0, 6, 12, 18}, degrees{50, 40, 30};
  const auto t = cw::random<double, 2>({4, 3}, 1).with_labels(
      cw::Labels({"time", "latitude"},
                 {cw::Coordinate(hours, {{"units", "hours since 2014-02-11"}}), cw::Coordinate(degrees, {})}, "t", {}));

  // [elementwise]
  const auto z = cw::where(t > 0.5, cw::sqrt(t), cw::clip(t, 0.1, 0.4));
  const auto filled = cw::fillna(cw::log(t - 0.5), 0);
  // [/elementwise]

  // [shape]
  const auto windows = cw::sliding_window_view(t, 2, "time");  // (time 3, latitude 3, 2)
  const auto turned = cw::transpose(cw::pad(t, {1, 1}, "latitude", cw::PadMode::edge));
  // [/shape]

  // [reductions]
  const auto warm = cw::mean(t, "time", cw::where(t > 0.5));            // NaN where it is never warm
  const auto total = cw::nansum(filled, "latitude", cw::min_count(2));  // NaN of fewer than two
  const auto spread = cw::stddev(t, cw::axes("time", "latitude"), cw::ddof(1));
  // [/reductions]

  // [along]
  const auto at_nine = cw::interp(t, "time", {"2014-02-11T09"});
  const auto running = cw::cumulative_sum(t, "time", cw::include_initial);  // one longer
  const auto smooth =
      cw::convolve(t, cw::from_vector<1>(std::vector{0.25, 0.5, 0.25}, {3}), "time", cw::ConvolveMode::same);
  // [/along]

  // [windows]
  const auto of_two_times = cw::mean(cw::rolling(t, "time", 2), -1);  // NaN where the window is not whole
  const auto steep = cw::map_overlap<Prominence>(t, cw::axes("time", "latitude"), 1);
  // [/windows]

  // [looking_up]
  const auto warmest = cw::argmax(t, "time");              // (latitude 3)
  const auto then = t(warmest, cw::list(0, 1, 2));         // the elements there
  const auto often = cw::histogram(t, {0.0, 0.25, 1.0});   // (2), int64
  const auto by_area = cw::histogram(t, {0.0, 0.25, 1.0},  // sums of weights
                                     cw::spread(cw::cos(cw::deg2rad(t(0, cw::all))), t), cw::density);
  // [/looking_up]

  // [products]
  const auto squares = cw::vecdot(t, t, "latitude");  // (time 4)
  const auto area_mean = cw::average(t, cw::cos(cw::deg2rad(t(0, cw::all))), "latitude");
  // [/products]

  // [labels]
  const auto anomaly = t - cw::mean(t, "latitude", cw::keepdims);
  const auto morning = cw::sel(anomaly, "time", cw::between("2014-02-11T00", "2014-02-11T06"));
  // [/labels]

  std::cout << cw::compute(backend, z) << cw::compute(backend, turned) << cw::compute(backend, cw::max(windows, -1))
            << cw::compute(backend, warm) << cw::compute(backend, total) << cw::compute(backend, spread) << '\n'
            << cw::compute(backend, at_nine) << cw::compute(backend, running) << cw::compute(backend, smooth)
            << cw::compute(backend, of_two_times) << cw::compute(backend, steep) << cw::compute(backend, then)
            << cw::compute(backend, often) << cw::compute(backend, by_area) << cw::compute(backend, squares)
            << cw::compute(backend, area_mean) << cw::compute(backend, morning) << '\n';
}
