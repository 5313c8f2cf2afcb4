// Pictures are drawn by chunkwise-plot.
#include "runtime/cli/draw.hpp"
#include "runtime/cli/hand_over.hpp"

namespace chunkwise::cli {

int draw(const PlotOptions&) { hand_over("chunkwise-plot", "which draws"); }

}  // namespace chunkwise::cli
