#include "plot_canvas.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace plot {
namespace {

constexpr double sheet_height = 450;
constexpr const char* font_family = "sans-serif";  // fontconfig finds what the machine has

std::string degrees(double value, const char* positive, const char* negative) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", std::abs(value));
  return std::string(text) + "°" + (value > 0 ? positive : value < 0 ? negative : "");
}

Ticks multiples(Limits limits, double step) {
  Ticks result{{}, step};
  const double slack = 1e-6;  // a limit that is itself a multiple has its tick in spite of rounding
  const auto first = static_cast<long>(std::ceil(limits.low / step - slack));
  const auto last = static_cast<long>(std::floor(limits.high / step + slack));
  for (long i = first; i <= last; ++i) result.values.push_back(static_cast<double>(i) * step);
  return result;
}

}  // namespace

Canvas::Canvas(Size size)
    : scale_(size.height / sheet_height),
      width_(size.width / scale_),
      height_(sheet_height),
      surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width, size.height)),
      cairo_(cairo_create(surface_.get())) {
  if (size.width < 1 || size.height < 1 || cairo_status(cairo_.get()) != CAIRO_STATUS_SUCCESS) {
    throw std::runtime_error("plot: no picture can have " + std::to_string(size.width) + " x " +
                             std::to_string(size.height) + " pixels; choose a size from 1 x 1 to 32767 x 32767");
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

void Canvas::heading(double x, const std::string& title, const std::string& subtitle) const {
  text(x, 33, title, {.size = 16, .bold = true});
  text(x, 50, subtitle, {.size = 10, .colour = faint_ink});
}

void Canvas::save(const std::string& path) const {
  cairo_surface_flush(surface_.get());
  const cairo_status_t status = cairo_surface_write_to_png(surface_.get(), path.c_str());
  if (status != CAIRO_STATUS_SUCCESS) {
    throw std::runtime_error(path + ": the picture cannot be written: " + cairo_status_to_string(status) +
                             "; see that its folder is there and can be written");
  }
}

Ticks ticks(Limits limits, int about) {
  const double wanted = (limits.high - limits.low) / about;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= wanted) return multiples(limits, factor * power);
  }
  return multiples(limits, 10 * power);
}

Ticks degree_ticks(Limits limits, int about) {
  const double wanted = (limits.high - limits.low) / about;
  for (const double step : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0}) {
    if (step >= wanted) return multiples(limits, step);
  }
  return multiples(limits, 90);
}

std::string label(double value, double step) {
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, std::abs(value));
  return (value < 0 ? "\u2212" : "") + std::string(text);
}

std::string latitude_label(double value) { return degrees(value, "N", "S"); }

std::string longitude_label(double value) {
  const double wrapped = value > 180 ? value - 360 : value;
  return std::abs(wrapped) == 180 ? "180°" : degrees(wrapped, "E", "W");
}

}  // namespace plot
