#pragma once
/// The colour maps behind plot::Colours, as tables.
#include <array>
#include <cstddef>
#include <vector>

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

/// Returns colours that differ from one another, in no order: eight for colour-blind eyes, or twenty if more are
/// needed.
[[nodiscard]] std::vector<Colour> category_palette(std::size_t count);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
