// A client of such workers: the mean humidity of each station and its longest dry time, there and here.
//
//   own_client thrift://HOST:PORT
#include <cstring>
#include <iostream>

#include "stations.hpp"

int main(int argc, char** argv) {
  // [client]
  const auto backend = cw::connect(argc > 1 ? argv[1] : "local");
  const auto t =
      cw::from_source<double, 2>(std::make_shared<Stations>(cw::Shape{12, 240}), cw::Labels({"station", "hour"}));
  const auto by_station = cw::mean(humidity(t, t - 2.5), "hour");
  const auto there = cw::compute(backend, by_station);
  // [/client]
  const auto here = cw::compute(cw::connect("local"), by_station);
  const auto dry = cw::reduction<LongestDry>(humidity(t, t - 2.5), "hour");
  const auto dry_there = cw::compute(backend, dry), dry_here = cw::compute(cw::connect("local"), dry);
  const bool same = std::memcmp(there.data(), here.data(), 12 * sizeof(double)) == 0 &&
                    std::memcmp(dry_there.data(), dry_here.data(), 12 * sizeof(std::int64_t)) == 0;
  std::cout << there << '\n' << dry_there << '\n' << (same ? "The same bits as here.\n" : "Other bits than here!\n");
  return same ? 0 : 1;
}
