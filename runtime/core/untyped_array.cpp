#include "chunkwise/core/untyped_array.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

std::string to_string(const UntypedArray& array) {
  if (!array.node) throw Error(ErrorCode::invalid_argument, "an array to print stands for nothing: its node is null");
  std::string text = "Array " + std::string(name_of(array.node->dtype)) + " (";
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const std::string name = printable(array.labels.dimension(axis));
    text += (axis ? ", " : "") + name + (name.empty() ? "" : " ") + std::to_string(array.shape[axis]);
  }
  // Floating point, since an array may have more bytes than an integer counts.
  double bytes = static_cast<double>(size_of(array.node->dtype));
  for (const std::int64_t extent : array.shape) bytes *= static_cast<double>(extent);
  return text + "), " + to_string(array.node->grid) + ", " + format_bytes(bytes);
}

std::string format_bytes(double bytes) {
  if (!std::isfinite(bytes)) return "an unknown number of bytes";
  if (std::fabs(bytes) < 999.5) {
    const long count = std::lround(bytes);
    return std::to_string(count) + (count == 1 ? " byte" : " bytes");
  }
  static constexpr std::array<const char*, 6> units{"kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  double value = bytes / 1000;
  // A number that would be printed as 1000 is 1 of the next unit.
  while (std::fabs(value) >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 400> text{};
  const bool small = std::fabs(value) < 99.95 && std::lround(value * 10) % 10 != 0;
  std::snprintf(text.data(), text.size(), small ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text.data();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
