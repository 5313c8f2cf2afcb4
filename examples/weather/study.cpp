/// \file
/// How unusual was the weather? The study of 2016, "Distributed Dask Arrays", retold with chunkwise: a month or more of
/// temperatures around the world in one lazy array, first looks at it, and each point's deviation from its own mean.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/netcdf.hpp>
#include <chunkwise/plot.hpp>
#include <chunkwise/sample.hpp>
#include <chunkwise/sample/planet.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "study_options.hpp"
#include "study_table.hpp"

namespace cw = chunkwise;

namespace {

std::string kelvin(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f K", value);
  return text;
}

template <class Array>
std::string size(const Array& array) {
  std::string text;
  for (int axis = 0; axis < Array::rank; ++axis) {
    text += (axis > 0 ? " x " : "") + std::to_string(array.shape()[axis]);
  }
  return text;
}

/// Returns "18 January 2015, 00:00 UTC" for the hours since 1900 that the files count.
std::string moment(double hours) {
  using namespace std::chrono;
  const auto time = sys_days(year(1900) / January / 1) + std::chrono::hours(std::lround(hours));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  constexpr const char* months[] = {"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};
  char text[64];
  std::snprintf(text, sizeof text, "%u %s %d, %02d:00 UTC", static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(duration_cast<std::chrono::hours>(time - day).count()));
  return text;
}

void generate_data(const StudyOptions& options, const cw::sample::WeatherOptions& world) {
  cw::sample::write_weather(options.data, world, [](int done, int total) {
    if (!isatty(STDERR_FILENO) && done < total) return;
    std::cerr << "\rweather: " << done << " of " << total << " days" << (done == total ? "\n" : "") << std::flush;
  });
}

void study(const StudyOptions& options) {
  cw::sample::WeatherOptions world;
  world.days = options.days;
  generate_data(options, world);

  auto backend = cw::connect(options.backend, {.memory_limit = options.memory});

  StudyTable table;
  const auto x = table.measure(
      "open", [&] { return cw::open_netcdf<double, 3>(options.data + "/t2m_*.nc", "t2m"); },
      [](const auto& array) { return size(array); });
  std::cout << x << '\n';

  const std::int64_t t = x.shape()[0] / 2;         // a moment in the middle
  const std::int64_t latitude = x.shape()[1] / 4;  // 45 degrees north

  // First looks: each reads no more of the files than it needs.
  table.measure(
      "x(0, 0, 0)", [&] { return cw::compute(backend, x(0, 0, 0)); }, kelvin);
  table.measure(
      "x(0)", [&] { return cw::compute(backend, x(0)); }, [](const auto& field) { return size(field); });
  table.measure(
      "mean(x)", [&] { return cw::compute(backend, cw::mean(x)); }, kelvin);
  table.measure(
      "mean(x(t))", [&] { return cw::compute(backend, cw::mean(x(t))); }, kelvin);
  table.measure(
      "mean(x(all, latitude, all))", [&] { return cw::compute(backend, cw::mean(x(cw::all, latitude, cw::all))); },
      kelvin);

  // How unusual: deviations from each point's own mean, in its own standard deviations, kept where they were computed.
  const auto z = table.measure(
      "z = (x - mean(x, 0)) / stddev(x, 0)",
      [&] { return cw::persist(backend, (x - cw::mean(x, 0)) / cw::stddev(x, 0), cw::progress_bar()); },
      [](const auto& array) { return size(array); });
  const auto unusual = table.measure(
      "z(t)", [&] { return cw::compute(backend, z(t)); }, [](const auto& field) { return size(field); });
  const auto profile = table.measure(
      "mean(z(t), 1)", [&] { return cw::compute(backend, cw::mean(z(t), 1)); },
      [](const auto& line) { return size(line); });
  const auto temperature = table.measure(
      "x(t)", [&] { return cw::compute(backend, x(t)); }, [](const auto& field) { return size(field); });

  // Pictures.
  const auto latitudes = x.labels().coordinate(1).to_vector();
  const auto longitudes = x.labels().coordinate(2).to_vector();
  const auto when = moment(x.labels().coordinate(0)[t]);
  const auto threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const cw::sample::Planet planet(world.latitudes, world.longitudes, world.seed, threads);  // for its coasts

  std::filesystem::create_directories(options.output);
  const std::string folder = options.output + "/";
  cw::plot::save(cw::plot::Map{.values = temperature.mutable_copy(),
                               .latitudes = latitudes,
                               .longitudes = longitudes,
                               .title = "Temperature two metres above ground",
                               .subtitle = when + ", synthetic weather",
                               .label = "temperature, K",
                               .outline = planet.land()},
                 folder + "temperature.png");
  const std::string days = std::to_string(x.shape()[0] / world.times_per_day);
  cw::plot::save(
      cw::plot::Map{.values = unusual.mutable_copy(),
                    .latitudes = latitudes,
                    .longitudes = longitudes,
                    .title = "How unusual the temperature was",
                    .subtitle = when + ", synthetic weather; each point's mean and deviation over " + days + " days",
                    .label = "standard deviations from the mean",
                    .colours = cw::plot::Colours::red_blue,
                    .symmetric = true,
                    .outline = planet.land()},
      folder + "zscore.png");
  cw::plot::save(cw::plot::Profile{.x = latitudes,
                                   .y = profile.mutable_copy(),
                                   .title = "How unusual the temperature was, by latitude",
                                   .subtitle = when + ", synthetic weather; mean over all longitudes",
                                   .x_label = "latitude",
                                   .y_label = "standard deviations from the mean",
                                   .x_axis = cw::plot::Axis::latitude},
                 folder + "profile.png");
  std::cout << "pictures: " << folder << "temperature.png, zscore.png, profile.png\n";
}

}  // namespace

int main(int argc, char** argv) {
  const StudyOptions options = parse_study_options(argc, argv);
  try {
    study(options);
  } catch (const std::exception& error) {
    std::cerr << '\n' << error.what() << '\n';
    return 1;
  }
  return 0;
}
