// The page is served by chunkwise-explore.
#include "runtime/cli/explore.hpp"
#include "runtime/cli/hand_over.hpp"

namespace chunkwise::cli {

int serve_page(const ExploreOptions&) { hand_over("chunkwise-explore", "which serves the page"); }

}  // namespace chunkwise::cli
