// A command without the explorer.
#include "runtime/cli/explore.hpp"
#include "runtime/cli/part.hpp"

namespace chunkwise::cli {

int serve_page(const ExploreOptions&) { refuse_without(explorer_part, "explore"); }

}  // namespace chunkwise::cli
