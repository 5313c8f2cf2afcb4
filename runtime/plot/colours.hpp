#pragma once
/// The colour maps behind plot::Colours, as tables.
#include <array>
#include <cstddef>
#include <cstdint>

#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Red, green and blue from 0 to 1, in sRGB.
struct Colour {
  double red;
  double green;
  double blue;
};

using ColourTable = std::array<Colour, 256>;

/// Returns the 256 colours of a colour map, from the lowest value to the highest.
[[nodiscard]] const ColourTable& colour_table(Colours colours);

/// Returns the colour of the category with this number: colours in no order. The first eight of them differ for
/// colour-blind eyes, and the first twenty for others.
[[nodiscard]] Colour category_colour(std::uint64_t number);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
