#pragma once
/// A sheet to draw a picture on, by cairo.
#include <cairo.h>

#include <memory>
#include <string>
#include <vector>

#include "chunkwise/plot.hpp"
#include "runtime/plot/colours.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

inline constexpr Colour white = {1, 1, 1};
inline constexpr Colour ink = {0.13, 0.14, 0.16};
inline constexpr Colour faint_ink = {0.42, 0.44, 0.47};

struct Box {
  double left;
  double top;
  double width;
  double height;

  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
};

/// Where a text lies, seen from the point it is put at.
enum class Align { left, centre, right };

/// A white sheet, 450 units high whatever its pixels, with the origin at its upper left.
class Canvas {
 public:
  explicit Canvas(Size size);

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }
  [[nodiscard]] double pixels_per_unit() const { return scale_; }
  [[nodiscard]] cairo_t* cairo() const { return cairo_.get(); }

  void colour(Colour colour, double opacity = 1) const;
  void line(double x0, double y0, double x1, double y1) const;

  struct Text {
    double size = 9.5;
    bool bold = false;
    Colour colour = ink;
    Align align = Align::left;
    bool upwards = false;  // turned by a quarter to the left
  };
  /// Writes on a base line that begins, has its middle, or ends at (x, y).
  void text(double x, double y, const std::string& text, const Text& style) const;
  [[nodiscard]] double text_width(const std::string& text, const Text& style) const;

  /// How far from the left a chart begins, at least 64 units, so that these labels of its vertical axis have room, and
  /// the axis's own beside them.
  [[nodiscard]] double left_margin(const std::vector<std::string>& labels) const;

  /// The title and what stands below it, with their left ends at x.
  void heading(double x, const std::string& title, const std::string& subtitle) const;

  /// The sheet as a PNG file's bytes.
  [[nodiscard]] std::string png() const;

 private:
  void font(const Text& style) const;

  struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  };
  double scale_;
  double width_;
  double height_;
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
