#pragma once
/// A sheet to draw a picture on, by cairo.
#include <cairo.h>

#include <cstddef>
#include <cstdint>
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

/// The part of a text that stands at the point at which it is written.
enum class Align { left, centre, right };

/// The pixels of a box, 0xrrggbb, row by row from the top.
struct Pixels {
  std::uint32_t* first = nullptr;
  std::ptrdiff_t stride = 0;  // from one row to the next, in pixels
  int width = 0;
  int height = 0;

  [[nodiscard]] std::uint32_t* row(int y) const { return first + y * stride; }
};

/// Returns the text as UTF-8 that cairo can show: each byte that is not UTF-8 is taken for Latin-1, and characters
/// that end a line or control a terminal become spaces.
[[nodiscard]] std::string printable(const std::string& text);

/// A white sheet whose shorter side is 450 units long whatever its pixels, with the origin at its upper left.
class Canvas {
 public:
  /// Throws invalid_argument for a size that no picture can have, and memory_limit if there is no memory for it.
  explicit Canvas(Size size);

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }
  [[nodiscard]] double pixels_per_unit() const { return scale_; }
  [[nodiscard]] cairo_t* cairo() const { return cairo_.get(); }

  /// Calls paint(pixels) with the pixels of a box, whose sides are whole pixels.
  template <class Paint>
  void paint_pixels(const Box& box, const Paint& paint) const {
    cairo_surface_flush(surface_.get());
    paint(pixels(box));
    cairo_surface_mark_dirty(surface_.get());
  }

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
  /// Writes a text as text() does, at most `room` wide: a longer text is written smaller, and a text still too long is
  /// cut.
  void text_within(double room, double x, double y, const std::string& text, Text style) const;
  /// Returns the width of the widest of these texts.
  [[nodiscard]] double widest(const std::vector<std::string>& texts) const;

  /// Returns the distance from the left at which a chart begins, so that these labels of its vertical axis and the
  /// title of the axis have room.
  [[nodiscard]] double left_margin(const std::vector<std::string>& labels) const;

  /// Writes the title of a vertical axis beside its labels, and that of a horizontal axis below them.
  void vertical_title(const Box& box, const std::string& text) const;
  void horizontal_title(const Box& box, const std::string& text) const;

  /// Writes into the middle of an empty chart the reason why it is empty.
  void notice(const Box& box, const std::string& text) const;

  /// Writes the title and the subtitle below it, with their left ends at x.
  void heading(double x, const std::string& title, const std::string& subtitle) const;

  /// Returns the sheet as a PNG file's bytes. Throws memory_limit or io if cairo could not draw or encode it.
  [[nodiscard]] std::string png() const;

 private:
  void font(const Text& style) const;
  [[nodiscard]] Pixels pixels(const Box& box) const;

  struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  };
  Size size_;
  double scale_ = 1;
  double width_ = 0;
  double height_ = 0;
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
