#pragma once
/// Draws the values of a map as pixels if the grid is rectangular: each row has one latitude, each column one
/// longitude.
#include <vector>

#include "runtime/plot/frame.hpp"
#include "runtime/plot/paint.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// A place between two of a coordinate's values.
struct Place {
  std::size_t before;
  std::size_t after;
  double fraction;
  bool in_gap = false;  // too far from both values
};

/// A coordinate, which may go round the world.
class Positions {
 public:
  /// `values` are finite, and strictly ascending or descending. Longitudes of more than one turn are not wrapped: all
  /// of them have their place. A step of angles or dates that is more than five times as wide as the middle one is a
  /// gap.
  Positions(std::vector<double> values, Axis axis);

  /// Returns true if one more step after the last longitude leads to the first. Else longitudes begin behind the widest
  /// gap: 0.5, 325.5 ... 355.5 are 35 degrees wide.
  [[nodiscard]] bool go_round() const { return round_; }
  [[nodiscard]] Place locate(double value) const;
  /// Returns the limits from half a step before the first value to half a step after the last one; no more than once
  /// round the world.
  [[nodiscard]] Limits edges() const;
  /// Returns the least value and the greatest.
  [[nodiscard]] Limits extent() const { return {values_.front(), values_.back()}; }

 private:
  /// Returns how far a value reaches into the step beside it.
  [[nodiscard]] double reach(std::size_t step) const;
  /// Returns the index in the array of an index into values_.
  [[nodiscard]] std::size_t index(std::size_t ascending) const {
    const std::size_t place = (ascending + first_) % values_.size();
    return descending_ ? values_.size() - 1 - place : place;
  }

  std::vector<double> values_;  // ascending
  bool descending_ = false;
  std::size_t first_ = 0;  // of the values as they ascend, the one that lies farthest west
  bool longitudes_;
  bool round_ = false;
  double typical_ = 0;  // the middle one of the steps
  double widest_;       // a step beyond this is a gap
};

void paint_field(const Pixels& pixels, const Map& map, const Frame& frame, const Paint& paint, const Positions& rows,
                 const Positions& columns);

/// Draws the line along which the outline's values cross one half.
void draw_outline(const Canvas& canvas, const Map& map, const Frame& frame, bool round);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
