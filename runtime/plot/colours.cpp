#include "runtime/plot/colours.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

/// Viridis, by Nathaniel Smith, Stefan van der Walt and Eric Firing (2015), dedicated to the public domain by CC0
/// (https://bids.github.io/colormap): its entries 0, 15, 30 ... 255.
constexpr std::array<std::uint32_t, 18> viridis = {0x440154, 0x481769, 0x472a7a, 0x433d84, 0x3d4e8a, 0x355e8d,
                                                   0x2e6d8e, 0x297b8e, 0x23898e, 0x1f978b, 0x21a585, 0x2eb37c,
                                                   0x46c06f, 0x65cb5e, 0x89d548, 0xb0dd2f, 0xd8e219, 0xfde725};

/// RdBu in eleven classes, by Cynthia Brewer, Mark Harrower and The Pennsylvania State University (Apache License 2.0,
/// https://colorbrewer2.org), from blue to red.
constexpr std::array<std::uint32_t, 11> red_blue = {0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7,
                                                    0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f};

/// YlOrRd and Blues in nine classes, by the same.
constexpr std::array<std::uint32_t, 9> heat = {0xffffcc, 0xffeda0, 0xfed976, 0xfeb24c, 0xfd8d3c,
                                               0xfc4e2a, 0xe31a1c, 0xbd0026, 0x800026};
constexpr std::array<std::uint32_t, 9> blues = {0xf7fbff, 0xdeebf7, 0xc6dbef, 0x9ecae1, 0x6baed6,
                                                0x4292c6, 0x2171b5, 0x08519c, 0x08306b};

constexpr std::array<std::uint32_t, 2> greys = {0x161616, 0xfafafa};

/// Codes have the eight colours of Masataka Okabe and Kei Ito (2002), with a pale one for black, first; then twelve
/// that differ from these, most of them of Paul Tol's "bright", "muted" and "light" schemes (2021, free to use).
constexpr std::array<std::uint32_t, 20> categories = {
    0xf3e6c4, 0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xf0e442, 0x332288, 0x882255,
    0x44aa99, 0x999933, 0xee6677, 0x661100, 0x555555, 0xffaabb, 0x117733, 0xbbcc33, 0xddcc77, 0x9970ab};

constexpr Colour colour_of(std::uint32_t code) {
  return {(code >> 16U & 0xffU) / 255.0, (code >> 8U & 0xffU) / 255.0, (code & 0xffU) / 255.0};
}

/// Returns a table of straight lines between evenly spaced colours.
template <std::size_t N>
constexpr ColourTable interpolate(const std::array<std::uint32_t, N>& colours) {
  ColourTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double position = static_cast<double>(i) * (N - 1) / (table.size() - 1.0);
    const std::size_t left = i + 1 == table.size() ? N - 2 : static_cast<std::size_t>(position);
    const double t = position - static_cast<double>(left);
    const auto channel = [&](int shift) {
      const double a = (colours[left] >> shift) & 0xffU;
      const double b = (colours[left + 1] >> shift) & 0xffU;
      return (a + t * (b - a)) / 255;
    };
    table[i] = {channel(16), channel(8), channel(0)};
  }
  return table;
}

constexpr ColourTable viridis_table = interpolate(viridis);
constexpr ColourTable red_blue_table = interpolate(red_blue);
constexpr ColourTable heat_table = interpolate(heat);
constexpr ColourTable blues_table = interpolate(blues);
constexpr ColourTable greys_table = interpolate(greys);

}  // namespace

const ColourTable& colour_table(Colours colours) {
  switch (colours) {
    case Colours::red_blue:
      return red_blue_table;
    case Colours::heat:
      return heat_table;
    case Colours::blues:
      return blues_table;
    case Colours::greys:
      return greys_table;
    case Colours::viridis:
      break;
  }
  return viridis_table;
}

Colour category_colour(std::uint64_t number) {
  if (number < categories.size()) return colour_of(categories[number]);
  // Steps of the R2 sequence (M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018) over hues
  // and lightnesses: also codes that are multiples of one number lie far apart.
  constexpr double whole = 4294967296;  // 2^32
  const double hue = 6 * static_cast<double>(number * 0xc13fa9a902a6328fU >> 32U) / whole;
  const double lightness = 0.32 + 0.44 * static_cast<double>(number * 0x91e10da5c79e7b1dU >> 32U) / whole;
  constexpr double saturation = 0.65;
  const double chroma = (1 - std::abs(2 * lightness - 1)) * saturation;
  const auto channel = [&](double shift) {
    const double place = std::fmod(hue + shift, 6.0);
    return lightness + chroma * (std::clamp(std::abs(place - 3) - 1, 0.0, 1.0) - 0.5);
  };
  return {channel(0), channel(4), channel(2)};
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
