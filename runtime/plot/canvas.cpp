#include "runtime/plot/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double shorter_side = 450;
constexpr const char* font_family = "sans-serif";  // fontconfig finds what the machine has
constexpr int longest_side = 32767;                // that cairo takes
constexpr std::int64_t most_pixels = 400'000'000;  // 1.6 GB

void check(Size size) {
  const std::string text = "plot: a picture of " + std::to_string(size.width) + " x " + std::to_string(size.height);
  if (size.width < 1 || size.height < 1 || size.width > longest_side || size.height > longest_side)
    throw Error(ErrorCode::invalid_argument, text + " pixels; choose a size from 1 x 1 to 32767 x 32767");
  if (std::int64_t{size.width} * size.height > most_pixels)
    throw Error(ErrorCode::invalid_argument, text + " pixels; choose one of at most 400 million, as 20000 x 20000 has");
}

[[noreturn]] void fail(cairo_status_t status, Size size) {
  const bool memory = status == CAIRO_STATUS_NO_MEMORY;
  throw Error(memory ? ErrorCode::memory_limit : ErrorCode::io,
              "plot: a picture of " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                  " pixels cannot be made: " + cairo_status_to_string(status) +
                  (memory ? "; choose a smaller size" : ""));
}

/// Returns the length of the UTF-8 sequence that begins at i, or 0.
std::size_t sequence_length(const std::string& text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(at < text.size() ? text[at] : 0); };
  const unsigned first = byte(i);
  const std::size_t length = first < 0x80        ? 1
                             : first >> 5U == 6  ? 2
                             : first >> 4U == 14 ? 3
                             : first >> 3U == 30 ? 4
                                                 : 0;
  if (length < 2) return length;
  unsigned code = first & (0xffU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if (byte(i + k) >> 6U != 2) return 0;
    code = code << 6U | (byte(i + k) & 0x3fU);
  }
  constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code >= least[length] && code < 0x110000 && !surrogate && code != 0xfffe && code != 0xffff ? length : 0;
}

}  // namespace

std::string printable(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      result += static_cast<char>(0xc0U | byte >> 6U);
      result += static_cast<char>(0x80U | (byte & 0x3fU));
    } else if (length == 1) {
      result += byte < 0x20 || byte == 0x7f ? ' ' : text[i];
    } else {
      result += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

Canvas::Canvas(Size size) : size_(size) {
  check(size);
  scale_ = std::min(size.width, size.height) / shorter_side;
  width_ = size.width / scale_;
  height_ = size.height / scale_;
  surface_.reset(cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width, size.height));
  cairo_.reset(cairo_create(surface_.get()));
  if (const auto status = cairo_status(cairo()); status != CAIRO_STATUS_SUCCESS) fail(status, size);
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

Pixels Canvas::pixels(const Box& box) const {
  const auto pixel = [&](double at, int most) {
    return std::clamp(static_cast<int>(std::lround(at * scale_)), 0, most);
  };
  const int left = pixel(box.left, size_.width), right = pixel(box.right(), size_.width);
  const int top = pixel(box.top, size_.height), bottom = pixel(box.bottom(), size_.height);
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface_.get()) / 4;
  auto* const first = reinterpret_cast<std::uint32_t*>(cairo_image_surface_get_data(surface_.get()));
  return {first + top * stride + left, stride, std::max(right - left, 0), std::max(bottom - top, 0)};
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
  cairo_text_extents(cairo(), printable(text).c_str(), &extents);
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
  cairo_show_text(cairo(), printable(text).c_str());
  cairo_restore(cairo());
}

void Canvas::text_within(double room, double x, double y, const std::string& whole, Text style) const {
  constexpr double least_part = 0.65;
  if (whole.empty() || room <= 0) return;
  const double needed = text_width(whole, style);
  if (needed > room) style.size *= std::max(least_part, room / needed);
  if (needed * least_part <= room) return text(x, y, whole, style);
  const std::string line = printable(whole.substr(0, 2000));
  std::size_t length = line.size();
  const auto cut = [&] {
    while (length > 0 && (static_cast<unsigned char>(line[length]) & 0xc0U) == 0x80) --length;
    return line.substr(0, length) + "…";
  };
  while (length > 1 && text_width(cut(), style) > room) length = length * 15 / 16;
  text(x, y, cut(), style);
}

double Canvas::widest(const std::vector<std::string>& texts) const {
  double width = 0;
  for (const std::string& text : texts) width = std::max(width, text_width(text, {}));
  return width;
}

double Canvas::left_margin(const std::vector<std::string>& labels) const {
  constexpr double beside = 40;  // the axis's own label, and the gap between
  return widest(labels) + beside;
}

void Canvas::vertical_title(const Box& box, const std::string& text) const {
  // It may be longer than the axis, and stay on the sheet.
  const double middle = box.top + box.height / 2;
  const double room = 2 * std::min(middle - 8, height() - middle - 8);
  text_within(room, 20, middle, text, {.size = 10, .align = Align::centre, .upwards = true});
}

void Canvas::horizontal_title(const Box& box, const std::string& text) const {
  const double middle = box.left + box.width / 2;
  const double room = 2 * std::min(middle - 8, width() - middle - 8);
  text_within(room, middle, box.bottom() + 34, text, {.size = 10, .align = Align::centre});
}

void Canvas::notice(const Box& box, const std::string& text) const {
  text_within(box.width - 20, box.left + box.width / 2, box.top + box.height / 2 + 4, text,
              {.size = 12, .align = Align::centre});
}

void Canvas::heading(double x, const std::string& title, const std::string& subtitle) const {
  const double room = width() - x - 12;
  text_within(room, x, 33, title, {.size = 16, .bold = true});
  text_within(room, x, 50, subtitle, {.size = 10, .colour = faint_ink});
}

std::string Canvas::png() const {
  if (const auto status = cairo_status(cairo()); status != CAIRO_STATUS_SUCCESS) fail(status, size_);
  cairo_surface_flush(surface_.get());
  std::string bytes;
  const auto append = [](void* to, const unsigned char* data, unsigned int length) {
    try {
      static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    } catch (const std::bad_alloc&) {  // must not pass through C
      return CAIRO_STATUS_NO_MEMORY;
    }
    return CAIRO_STATUS_SUCCESS;
  };
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface_.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) fail(status, size_);
  return bytes;
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
