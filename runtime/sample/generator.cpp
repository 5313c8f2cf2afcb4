#include <netcdf.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/sample.hpp"
#include "chunkwise/sample/planet.hpp"
#include "runtime/io/pending_file.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/sample/parallel.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace sample {
namespace {

namespace fs = std::filesystem;
using Date = std::chrono::year_month_day;

constexpr short missing = -32767;
constexpr double largest_packed = 32766;  // as far below zero as above, and never `missing`
constexpr const char* stamp_name = "generator_options";

// ---------------------------------------------------------------------------------------------------------- dates

Date parse_date(const std::string& text) {
  const auto number = [&](std::size_t from, std::size_t size) {
    int value = -1;
    const char* const end = text.data() + from + size;
    const auto [stop, error] = std::from_chars(text.data() + from, end, value);
    return error == std::errc{} && stop == end ? value : -1;
  };
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year >= 1900 && year <= 2100 && month > 0 && day > 0) {
      const Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                      std::chrono::day(static_cast<unsigned>(day))};
      if (date.ok()) return date;
    }
  }
  throw Error(ErrorCode::invalid_argument,
              "weather: '" + text + "' is no day; write it as YYYY-MM-DD, from 1900-01-01 to 2100-12-31");
}

Date days_later(Date date, int days) { return std::chrono::sys_days(date) + std::chrono::days(days); }

std::string to_string(Date date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

/// Hours from 1900-01-01 00:00 UTC to the beginning of a day.
int first_hour(Date date) {
  constexpr Date epoch{std::chrono::year(1900), std::chrono::January, std::chrono::day(1)};
  return static_cast<int>((std::chrono::sys_days(date) - std::chrono::sys_days(epoch)).count()) * hours_per_day;
}

// -------------------------------------------------------------------------------------------------------- options

void check(const WeatherOptions& options) {
  const auto refuse = [](const std::string& what, int value, const std::string& range) {
    throw Error(ErrorCode::invalid_argument,
                "weather: " + what + " is " + std::to_string(value) + "; give it " + range);
  };
  if (options.days < 1) refuse("days", options.days, "1 or more");
  if (options.times_per_day < 1 || hours_per_day % options.times_per_day != 0) {
    refuse("times_per_day", options.times_per_day, "a number that divides 24");
  }
  if (options.latitudes < 2) refuse("latitudes", options.latitudes, "2 or more");
  if (options.longitudes < 1) refuse("longitudes", options.longitudes, "1 or more");
  if (options.threads < 0) refuse("threads", options.threads, "1 or more, or 0 for all");
}

/// All that a file's content follows from, beside its date. The leading number counts changes of the weather itself.
std::string stamp(const WeatherOptions& options) {
  return "version=1 seed=" + std::to_string(options.seed) + " times_per_day=" + std::to_string(options.times_per_day) +
         " latitudes=" + std::to_string(options.latitudes) + " longitudes=" + std::to_string(options.longitudes) +
         " record_time=" + std::to_string(options.record_time ? 1 : 0);
}

std::size_t values_per_day(const WeatherOptions& options) {
  return static_cast<std::size_t>(options.times_per_day) * static_cast<std::size_t>(options.latitudes) *
         static_cast<std::size_t>(options.longitudes);
}

// ---------------------------------------------------------------------------------------------------------- files

/// A file that is being written under another name, in the same folder, and gets its own when it is complete.
class NewFile {
 public:
  NewFile(std::string path, bool record_time) : path_(std::move(path)), pending_(path_, true) {
    check(nc_->create(pending_.temporary().c_str(), NC_CLOBBER | NC_64BIT_OFFSET, &id_), "cannot be created");
    open_ = true;
    nc_->set_fill(id_, NC_NOFILL, nullptr);  // saves writing twice what is written anyway; no harm if refused
    record_time_ = record_time;
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (open_) nc_->close(id_);
  }

  int dimension(const char* name, int length) {
    int dimension = 0;
    const bool unlimited = record_time_ && std::string(name) == "time";
    check(nc_->def_dim(id_, name, unlimited ? NC_UNLIMITED : static_cast<std::size_t>(length), &dimension), name);
    return dimension;
  }

  int variable(const char* name, nc_type type, const std::vector<int>& dimensions) {
    int variable = 0;
    check(nc_->def_var(id_, name, type, static_cast<int>(dimensions.size()), dimensions.data(), &variable), name);
    return variable;
  }

  void attribute(int variable, const char* name, const std::string& text) {
    check(nc_->put_att_text(id_, variable, name, text.size(), text.c_str()), name);
  }
  void attribute(int variable, const char* name, double value) {
    check(nc_->put_att_double(id_, variable, name, NC_DOUBLE, 1, &value), name);
  }
  void attribute(int variable, const char* name, short value) {
    check(nc_->put_att_short(id_, variable, name, NC_SHORT, 1, &value), name);
  }

  void end_definitions() { check(nc_->enddef(id_), "cannot be written"); }

  void put(int variable, const std::vector<std::size_t>& shape, const float* values) {
    const std::vector<std::size_t> origin(shape.size());
    check(nc_->put_vara_float(id_, variable, origin.data(), shape.data(), values), "cannot be written");
  }
  void put(int variable, const std::vector<std::size_t>& shape, const int* values) {
    const std::vector<std::size_t> origin(shape.size());
    check(nc_->put_vara_int(id_, variable, origin.data(), shape.data(), values), "cannot be written");
  }
  void put(int variable, const std::vector<std::size_t>& shape, const short* values) {
    const std::vector<std::size_t> origin(shape.size());
    check(nc_->put_vara_short(id_, variable, origin.data(), shape.data(), values), "cannot be written");
  }

  void commit() {
    open_ = false;
    check(nc_->close(id_), "cannot be completed");
    pending_.publish(false);  // a file that a power cut spoils is written again
  }

 private:
  void check(int status, const std::string& what) const {
    if (status == NC_NOERR) return;
    throw Error(ErrorCode::io, path_ + ": " + what + ": " + nc_->strerror(status) +
                                   "; see that the folder can be written and the disk has room");
  }

  netcdf::LibraryLock nc_;
  std::string path_;
  PendingFile pending_;
  int id_ = 0;
  bool open_ = false;
  bool record_time_ = false;
};

/// Is the file there, whole, and of these options? Throws where it is none of ours, which must not be lost.
bool is_current(const std::string& path, const WeatherOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  const auto size = fs::file_size(path, error);
  if (error || size == 0) return false;

  const netcdf::LibraryLock nc;
  int id = 0;
  const bool opened = nc->open(path.c_str(), NC_NOWRITE, &id) == NC_NOERR;
  std::size_t length = 0;
  std::string found;
  nc_type type = NC_NAT;
  if (opened && nc->inq_att(id, NC_GLOBAL, stamp_name, &type, &length) == NC_NOERR && type == NC_CHAR) {
    found.resize(length);
    if (nc->get_att_text(id, NC_GLOBAL, stamp_name, found.data()) != NC_NOERR) found.clear();
  }
  if (opened) nc->close(id);
  if (found.empty())
    throw Error(ErrorCode::invalid_argument,
                path + " exists and is not one of these sample files; write them to another folder");
  return found == stamp(options) && size >= values_per_day(options) * sizeof(short);
}

struct Packing {
  double scale;
  double offset;
};

/// The finest packing that holds all of the day, as ECMWF chooses it.
Packing packing_of(const std::vector<float>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double least = *low, most = *high;
  const double scale = (most - least) / (2 * largest_packed);
  return {scale > 0 ? scale : 1.0, (most + least) / 2};
}

std::vector<short> pack(const std::vector<float>& values, Packing packing) {
  std::vector<short> packed(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Rounds to the nearest: what is cut off is positive. The sum stays within 2 and 65534.5.
    const double steps = (static_cast<double>(values[i]) - packing.offset) / packing.scale;
    packed[i] = static_cast<short>(static_cast<int>(steps + 32768.5) - 32768);
  }
  return packed;
}

void write_day(const std::string& path, Date date, const Planet& planet, const WeatherOptions& options) {
  const int step = hours_per_day / options.times_per_day;
  std::vector<int> hours;
  for (int k = 0; k < options.times_per_day; ++k) hours.push_back(first_hour(date) + k * step);

  std::vector<float> kelvin(values_per_day(options));
  for (std::size_t k = 0; k < hours.size(); ++k) {
    planet.temperature(hours[k], std::span(kelvin).subspan(k * planet.size(), planet.size()));
  }
  const Packing packing = packing_of(kelvin);
  const auto packed = pack(kelvin, packing);

  const auto north = latitudes(options.latitudes);
  const auto east = longitudes(options.longitudes);
  const std::vector<float> latitude(north.begin(), north.end());
  const std::vector<float> longitude(east.begin(), east.end());

  NewFile file(path, options.record_time);
  const int longitude_dimension = file.dimension("longitude", options.longitudes);
  const int latitude_dimension = file.dimension("latitude", options.latitudes);
  const int time_dimension = file.dimension("time", options.times_per_day);

  const int longitude_id = file.variable("longitude", NC_FLOAT, {longitude_dimension});
  file.attribute(longitude_id, "units", "degrees_east");
  file.attribute(longitude_id, "long_name", "longitude");
  file.attribute(longitude_id, "standard_name", "longitude");
  const int latitude_id = file.variable("latitude", NC_FLOAT, {latitude_dimension});
  file.attribute(latitude_id, "units", "degrees_north");
  file.attribute(latitude_id, "long_name", "latitude");
  file.attribute(latitude_id, "standard_name", "latitude");
  const int time_id = file.variable("time", NC_INT, {time_dimension});
  file.attribute(time_id, "units", "hours since 1900-01-01 00:00:00.0");
  file.attribute(time_id, "long_name", "time");
  file.attribute(time_id, "standard_name", "time");
  file.attribute(time_id, "calendar", "gregorian");

  const int t2m = file.variable("t2m", NC_SHORT, {time_dimension, latitude_dimension, longitude_dimension});
  file.attribute(t2m, "scale_factor", packing.scale);
  file.attribute(t2m, "add_offset", packing.offset);
  file.attribute(t2m, "_FillValue", missing);
  file.attribute(t2m, "missing_value", missing);
  file.attribute(t2m, "units", "K");
  file.attribute(t2m, "long_name", "2 metre temperature");
  file.attribute(t2m, "standard_name", "air_temperature");

  file.attribute(NC_GLOBAL, "Conventions", "CF-1.6");
  file.attribute(NC_GLOBAL, "title", "Synthetic global 2 metre temperature of " + to_string(date));
  file.attribute(NC_GLOBAL, "history",
                 "generated by the weather example of chunkwise; not a record of any real weather");
  file.attribute(NC_GLOBAL, stamp_name, stamp(options));
  file.end_definitions();

  file.put(longitude_id, {longitude.size()}, longitude.data());
  file.put(latitude_id, {latitude.size()}, latitude.data());
  file.put(time_id, {hours.size()}, hours.data());
  file.put(t2m, {hours.size(), latitude.size(), longitude.size()}, packed.data());
  file.commit();
}

}  // namespace

std::vector<std::string> write_weather(const std::string& directory, const WeatherOptions& options,
                                       const WeatherProgress& progress) {
  check(options);
  const Date start = parse_date(options.start_date);
  parse_date(to_string(days_later(start, options.days - 1)));  // the last day is within the range, too

  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw Error(ErrorCode::io,
                directory + ": the folder cannot be created: " + error.message() + "; choose another one");
  }

  struct Day {
    Date date;
    std::string path;
  };
  std::vector<std::string> paths;
  std::vector<Day> wanted;
  for (int day = 0; day < options.days; ++day) {
    const Date date = days_later(start, day);
    paths.push_back((fs::path(directory) / ("t2m_" + to_string(date) + ".nc")).string());
    if (!is_current(paths.back(), options)) wanted.push_back({date, paths.back()});
  }

  std::mutex progress_mutex;
  int done = options.days - static_cast<int>(wanted.size());
  if (progress) progress(done, options.days);
  if (wanted.empty()) return paths;

  const int threads =
      options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const Planet planet(options.latitudes, options.longitudes, options.seed, threads);
  parallel_for(wanted.size(), threads, [&](std::size_t i) {
    write_day(wanted[i].path, wanted[i].date, planet, options);
    const std::lock_guard lock(progress_mutex);
    ++done;
    if (progress) progress(done, options.days);
  });
  return paths;
}

}  // namespace sample
}  // namespace chunkwise::inline CHUNKWISE_ABI
