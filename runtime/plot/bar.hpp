#pragma once
/// The key to a map's colours: a colour bar, or a legend of categories.
#include "runtime/plot/marks.hpp"
#include "runtime/plot/paint.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// The key at the right of a map's box.
class ColourBar {
 public:
  /// The key of a map that is about as high as this.
  ColourBar(const Canvas& canvas, const Map& map, const Paint& paint, double height);
  /// Returns the width that the key takes at the right of the box.
  [[nodiscard]] double width() const { return width_; }
  /// Draws the key beside the box; an end of the bar is pointed if there are values beyond it.
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
