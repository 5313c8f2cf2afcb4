#pragma once
/// What a map's colours mean: a colour bar, or a legend of categories.
#include "runtime/plot/marks.hpp"
#include "runtime/plot/paint.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Beside a map's box, at its right.
class ColourBar {
 public:
  /// For a map that is about as high as this.
  ColourBar(const Canvas& canvas, const Map& map, const Paint& paint, double height);
  /// How much room it takes at the right of the box.
  [[nodiscard]] double width() const { return width_; }
  /// Draws it beside the box; an end beyond which there are values is a point.
  void draw(const Box& box) const;

 private:
  void draw_bar(const Box& bar) const;
  void draw_legend(const Box& box) const;

  const Canvas& canvas_;
  const Map& map_;
  const Paint& paint_;
  double widest_ = 0;
  double width_ = 0;
};

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
