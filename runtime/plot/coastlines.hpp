#pragma once
/// The coasts of the earth, from the files of the Global Self-consistent Hierarchical High-resolution Geography.
#include <memory>
#include <string>
#include <vector>

#include "runtime/plot/frame.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Pieces of coast.
struct Coastlines {
  struct Point {
    float longitude;  // 0 to 360
    float latitude;
  };
  std::vector<std::vector<Point>> lines;  // none crosses the meridian of Greenwich
};

/// Returns the folder that has the files; empty if there is none.
[[nodiscard]] std::string coastlines_folder();

/// Returns the coasts, read in as much detail as a map of so many degrees shows. Throws not_found if there are no
/// files, and corrupt for files that are not of GSHHG.
[[nodiscard]] std::shared_ptr<const Coastlines> read_coastlines(double degrees);

void draw_coastlines(const Canvas& canvas, const Frame& frame, const Coastlines& coastlines);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
