#include "runtime/plot/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double sheet_height = 450;
constexpr const char* font_family = "sans-serif";  // fontconfig finds what the machine has

}  // namespace

Canvas::Canvas(Size size)
    : scale_(size.height / sheet_height),
      width_(size.width / scale_),
      height_(sheet_height),
      surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width, size.height)),
      cairo_(cairo_create(surface_.get())) {
  if (size.width < 1 || size.height < 1 || cairo_status(cairo_.get()) != CAIRO_STATUS_SUCCESS) {
    throw Error(ErrorCode::invalid_argument, "plot: no picture can have " + std::to_string(size.width) + " x " +
                                                 std::to_string(size.height) +
                                                 " pixels; choose a size from 1 x 1 to 32767 x 32767");
  }
  cairo_scale(cairo(), scale_, scale_);
  colour(white);
  cairo_paint(cairo());

  // Letters at their true widths: hinting would fit them to pixels that are finer than it assumes.
  cairo_font_options_t* const options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cairo(), options);
  cairo_font_options_destroy(options);
}

void Canvas::colour(Colour colour, double opacity) const {
  cairo_set_source_rgba(cairo(), colour.red, colour.green, colour.blue, opacity);
}

void Canvas::line(double x0, double y0, double x1, double y1) const {
  cairo_move_to(cairo(), x0, y0);
  cairo_line_to(cairo(), x1, y1);
  cairo_stroke(cairo());
}

void Canvas::font(const Text& style) const {
  cairo_select_font_face(cairo(), font_family, CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo(), style.size);
}

double Canvas::text_width(const std::string& text, const Text& style) const {
  font(style);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo(), text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(double x, double y, const std::string& text, const Text& style) const {
  const double width = text_width(text, style);
  const double shift = style.align == Align::left ? 0 : style.align == Align::centre ? -width / 2 : -width;
  cairo_save(cairo());
  cairo_translate(cairo(), x, y);
  if (style.upwards) cairo_rotate(cairo(), -std::acos(0.0));
  cairo_move_to(cairo(), shift, 0);
  colour(style.colour);
  cairo_show_text(cairo(), text.c_str());
  cairo_restore(cairo());
}

double Canvas::left_margin(const std::vector<std::string>& labels) const {
  constexpr double beside = 36;  // the axis's own label, and what lies between
  double margin = 64;
  for (const std::string& label : labels) margin = std::max(margin, text_width(label, {}) + beside);
  return margin;
}

void Canvas::heading(double x, const std::string& title, const std::string& subtitle) const {
  // What is longer than the sheet is written smaller.
  const double room = width() - x - 12;
  const auto fitted = [&](const std::string& line, Text style) {
    const double needed = text_width(line, style);
    if (needed > room) style.size *= room / needed;
    return style;
  };
  text(x, 33, title, fitted(title, {.size = 16, .bold = true}));
  text(x, 50, subtitle, fitted(subtitle, {.size = 10, .colour = faint_ink}));
}

std::string Canvas::png() const {
  cairo_surface_flush(surface_.get());
  std::string bytes;
  const auto append = [](void* to, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface_.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(ErrorCode::io, std::string("plot: the picture cannot be made: ") + cairo_status_to_string(status));
  return bytes;
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
