// A command without pictures.
#include "runtime/cli/draw.hpp"
#include "runtime/cli/part.hpp"

namespace chunkwise::cli {

int draw(const PlotOptions&) { refuse_without(plot_part, "plot"); }

}  // namespace chunkwise::cli
