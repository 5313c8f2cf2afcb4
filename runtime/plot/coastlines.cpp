#include "runtime/plot/coastlines.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/dataset/format/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

namespace fs = std::filesystem;

/// Returns the name of a file by its letter: crude, low, intermediate.
std::string file_name(char detail) { return std::string("binned_GSHHS_") + detail + ".nc"; }

/// Returns one variable as it is stored.
template <class T>
std::vector<T> read(const std::string& path, const std::string& variable) {
  NetcdfOptions options;
  options.decode = false;
  const NetcdfParts parts = open_netcdf_parts({path}, variable, dtype_of<T>, options);
  const Source& source = *parts.parts.front();
  std::vector<T> values(static_cast<std::size_t>(source.shape().elements()));
  if (source.encoding().stored != dtype_of<T>)
    throw Error(ErrorCode::corrupt, path + ": '" + variable + "' is not stored as GSHHG does; install its files again");
  if (!values.empty()) source.read(Region::whole(source.shape()), values.data());
  return values;
}

/// The world in square bins, whose coasts lie in segments of points that are counted from their bin's corner.
class Bins {
 public:
  explicit Bins(const std::string& path)
      : path_(path),
        side_(one("Bin_size_in_minutes") / 60.0),
        across_(one("N_bins_in_360_longitude_range")),
        first_segment_(read<std::int32_t>(path, "Id_of_first_segment_in_a_bin")),
        segments_(read<std::int16_t>(path, "N_segments_in_a_bin")),
        codes_(read<std::int32_t>(path, "Embedded_npts_levels_exit_entry_for_a_segment")),
        first_point_(read<std::int32_t>(path, "Id_of_first_point_in_a_segment")),
        polygons_(read<std::int32_t>(path, "Id_of_GSHHS_ID")),
        areas_(read<double>(path, "The_km_squared_area_of_polygons")),
        east_(read<std::int16_t>(path, "Relative_longitude_from_SW_corner_of_bin")),
        north_(read<std::int16_t>(path, "Relative_latitude_from_SW_corner_of_bin")) {
    if (across_ < 1 || !(side_ > 0) || first_segment_.size() > segments_.size() ||
        codes_.size() > first_point_.size() || codes_.size() > polygons_.size() || east_.size() != north_.size())
      damaged();
  }

  [[nodiscard]] std::shared_ptr<const Coastlines> coasts() const {
    auto result = std::make_shared<Coastlines>();
    for (std::size_t bin = 0; bin < first_segment_.size(); ++bin) {
      const auto first = static_cast<std::int64_t>(first_segment_[bin]);
      for (std::int64_t i = first; i < first + segments_[bin]; ++i) {
        if (i < 0 || i >= static_cast<std::int64_t>(codes_.size())) damaged();
        const auto segment = static_cast<std::size_t>(i);
        if (is_drawn(segment)) result->lines.push_back(line(bin, segment));
      }
    }
    return result;
  }

 private:
  [[noreturn]] void damaged() const {
    throw Error(ErrorCode::corrupt, path_ + ": the coastlines contradict themselves; install the files of GSHHG again");
  }
  [[nodiscard]] int one(const std::string& variable) const {
    const auto values = read<std::int32_t>(path_, variable);
    if (values.size() != 1) damaged();
    return values[0];
  }
  /// Returns true for coasts of the sea, with Antarctica's ice for its ground, and those of the largest lakes.
  [[nodiscard]] bool is_drawn(std::size_t segment) const {
    constexpr int sea = 1, lake = 2;
    constexpr double large = 15'000;  // square kilometres
    const int level = codes_[segment] >> 6 & 7;
    if (level == sea) return true;
    const auto polygon = static_cast<std::size_t>(polygons_[segment]);
    return level == lake && polygon < areas_.size() && std::abs(areas_[polygon]) >= large;
  }
  [[nodiscard]] std::vector<Coastlines::Point> line(std::size_t bin, std::size_t segment) const {
    const auto bins = static_cast<std::size_t>(across_);
    const double west = static_cast<double>(bin % bins) * side_,
                 south = 90 - static_cast<double>(bin / bins + 1) * side_;
    const std::int64_t first = first_point_[segment], count = codes_[segment] >> 9;
    if (first < 0 || count < 0 || first + count > static_cast<std::int64_t>(east_.size())) damaged();
    // The numbers are unsigned.
    const auto degrees = [&](std::int16_t stored) { return static_cast<std::uint16_t>(stored) * side_ / 65535; };
    std::vector<Coastlines::Point> points;
    for (std::int64_t i = first; i < first + count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      points.push_back(
          {static_cast<float>(west + degrees(east_[at])), static_cast<float>(south + degrees(north_[at]))});
    }
    return points;
  }

  std::string path_;
  double side_;  // of a bin, in degrees
  int across_;   // bins round the world
  std::vector<std::int32_t> first_segment_;
  std::vector<std::int16_t> segments_;
  std::vector<std::int32_t> codes_;
  std::vector<std::int32_t> first_point_;
  std::vector<std::int32_t> polygons_;
  std::vector<double> areas_;
  std::vector<std::int16_t> east_;
  std::vector<std::int16_t> north_;
};

}  // namespace

std::string coastlines_folder() {
  if (dataset::formats().empty()) return {};  // this program reads no files
  const auto has_files = [](const std::string& folder) {
    std::error_code error;
    return fs::exists(fs::path(folder) / file_name('l'), error);
  };
  if (const char* chosen = std::getenv("CHUNKWISE_COASTLINES"); chosen != nullptr && *chosen != '\0')
    return has_files(chosen) ? chosen : "";
  for (const char* folder : {"/usr/share/gmt-gshhg", "/usr/share/gshhg-gmt-nc4", "/usr/local/share/gshhg-gmt",
                             "/usr/share/gmt/coast", "/opt/homebrew/share/gshhg-gmt"})
    if (has_files(folder)) return folder;
  return {};
}

bool has_coastlines() { return !coastlines_folder().empty(); }

std::shared_ptr<const Coastlines> read_coastlines(double degrees) {
  const std::string folder = coastlines_folder();
  if (folder.empty())
    throw Error(ErrorCode::not_found,
                "there are no coastlines on this machine; install the files of GSHHG (Debian: gmt-gshhg-low) or name "
                "their folder in CHUNKWISE_COASTLINES");
  char detail = degrees > 180 ? 'c' : degrees > 40 ? 'l' : 'i';
  std::error_code error;
  if (!fs::exists(fs::path(folder) / file_name(detail), error)) detail = 'l';
  return Bins((fs::path(folder) / file_name(detail)).string()).coasts();
}

void draw_coastlines(const Canvas& canvas, const Frame& frame, const Coastlines& coastlines) {
  cairo_t* const cairo = canvas.cairo();
  cairo_save(cairo);
  cairo_rectangle(cairo, frame.box.left, frame.box.top, frame.box.width, frame.box.height);
  cairo_clip(cairo);
  for (const auto& line : coastlines.lines) {
    if (line.empty()) continue;
    float west = 360, east = 0, south = 90, north = -90;
    for (const auto& point : line) {
      west = std::min(west, point.longitude);
      east = std::max(east, point.longitude);
      south = std::min(south, point.latitude);
      north = std::max(north, point.latitude);
    }
    if (south > frame.north.high || north < frame.north.low) continue;
    const double first = std::ceil((frame.east.low - east) / 360), last = std::floor((frame.east.high - west) / 360);
    for (double turn = first; turn <= last; ++turn) {
      cairo_new_sub_path(cairo);
      for (const auto& point : line)
        cairo_line_to(cairo, frame.x(point.longitude + turn * 360), frame.y(point.latitude));
    }
  }
  canvas.colour(ink, 0.8);
  cairo_set_line_width(cairo, 0.5);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
