#pragma once
/// A PNG file's pixels, for tests that look at pictures.
#include <cairo.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace chunkwise_test {

class Pixels {
 public:
  explicit Pixels(std::string png) : bytes_(std::move(png)) {
    const auto read = [](void* from, unsigned char* to, unsigned int length) {
      auto* const self = static_cast<Pixels*>(from);
      if (self->at_ + length > self->bytes_.size()) return CAIRO_STATUS_READ_ERROR;
      std::memcpy(to, self->bytes_.data() + self->at_, length);
      self->at_ += length;
      return CAIRO_STATUS_SUCCESS;
    };
    surface_.reset(cairo_image_surface_create_from_png_stream(read, this), &cairo_surface_destroy);
  }
  [[nodiscard]] int width() const { return cairo_image_surface_get_width(surface_.get()); }
  [[nodiscard]] int height() const { return cairo_image_surface_get_height(surface_.get()); }
  /// 0xrrggbb
  [[nodiscard]] std::uint32_t operator()(int x, int y) const {
    std::uint32_t pixel = 0;
    std::memcpy(
        &pixel,
        cairo_image_surface_get_data(surface_.get()) + y * cairo_image_surface_get_stride(surface_.get()) + x * 4,
        sizeof pixel);
    return pixel & 0xffffff;
  }
  [[nodiscard]] int count(std::uint32_t colour) const {
    int found = 0;
    for (int y = 0; y < height(); ++y)
      for (int x = 0; x < width(); ++x) found += (*this)(x, y) == colour ? 1 : 0;
    return found;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  std::shared_ptr<cairo_surface_t> surface_;
};

/// Colours that no eye tells apart, with a line of the grid's shade at most.
inline bool alike(std::uint32_t a, std::uint32_t b) {
  constexpr int most = 8;
  for (int shift = 0; shift < 24; shift += 8)
    if (std::abs(static_cast<int>(a >> shift & 0xff) - static_cast<int>(b >> shift & 0xff)) > most) return false;
  return true;
}

}  // namespace chunkwise_test
