#pragma once
/// Files to try things with: daily NetCDF files of a synthetic two-metre temperature, in the form in which the European
/// Centre for Medium-Range Weather Forecasts (ECMWF) hands out its reanalyses. The weather itself is
/// sample/planet.hpp's. Needs the library chunkwise::sample.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/text_argument.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace sample {

/// The files to generate. A file's bytes follow from its date and all of this but `days`, `start_date` and `threads`.
struct WeatherOptions {
  int days = 136;                         ///< Files, at least 1.
  int times_per_day = 4;                  ///< Times in each file, from 00:00 UTC on; divides 24.
  int latitudes = 721;                    ///< Rows from 90 to -90 degrees north, at least 2.
  int longitudes = 1440;                  ///< Columns from 0 to 360 degrees east, at least 1.
  std::uint64_t seed = 2016;              ///< Another one, other weather.
  std::string start_date = "2015-01-01";  ///< The first file's day, YYYY-MM-DD, 1900 to 2100.
  bool record_time = false;               ///< Makes time the unlimited dimension, so that a file's records interleave.
  int threads = 0;                        ///< 0: as many as the machine has.
};

/// Called as `progress(done, total)` with numbers of files, from any thread but from one at a time. An exception that
/// it throws ends the work, with no file left half written, and reaches the caller.
using WeatherProgress = std::function<void(int done, int total)>;

/// Makes the files `t2m_YYYY-MM-DD.nc` in `directory`, which it creates, and returns their paths in order of time.
///
/// Each is in NetCDF's 64-bit offset format and holds `t2m(time, latitude, longitude)` in kelvin, packed into int16 by
/// the file's own scale_factor and add_offset. A file that an earlier call left there with the same options is kept;
/// any other file of that name is replaced, in one step, when the new one is complete.
///
/// Throws invalid_argument if an option is out of its range, and io if a file cannot be written.
std::vector<std::string> write_weather(const TextArgument& directory, const WeatherOptions& options,
                                       const WeatherProgress& progress = {});

}  // namespace sample
}  // namespace chunkwise::inline CHUNKWISE_ABI
