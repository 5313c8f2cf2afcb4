#pragma once
/// The colours of a map's values.
#include <cstdint>
#include <vector>

#include "chunkwise/plot.hpp"
#include "runtime/plot/colours.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

class Paint {
 public:
  /// Takes the limits of the map; if it has none, those of its values.
  explicit Paint(const Map& map);

  /// Returns the colour of a value, 0xrrggbb.
  [[nodiscard]] std::uint32_t operator()(double value) const;

  [[nodiscard]] Limits limits() const { return limits_; }
  /// Returns true if there are values below (or above) the limits.
  [[nodiscard]] bool reaches_below() const { return below_; }
  [[nodiscard]] bool reaches_above() const { return above_; }
  /// Returns true if no value is a finite number.
  [[nodiscard]] bool is_empty() const { return empty_; }
  /// Returns one colour for each of the map's categories.
  [[nodiscard]] const std::vector<Colour>& category_colours() const { return category_colours_; }

 private:
  Limits limits_{0, 1};
  bool below_ = false;
  bool above_ = false;
  bool empty_ = true;
  std::vector<std::uint32_t> palette_;
  std::vector<double> categories_;  // their values in ascending order
  std::vector<std::uint32_t> category_pixels_;
  std::vector<Colour> category_colours_;  // in the map's own order
};

/// The colour of missing values.
inline constexpr Colour missing_grey = {0.78, 0.78, 0.78};

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
