#include "runtime/graph/ask.hpp"
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

void fuse_reductions(Plan& plan, Sharing, Notes* notes) {
  for (Stage& stage : plan.stages)
    for (FoldTask& task : folds_of(stage)) {
      if (!graph::elementwise_of(*task.body.node)) continue;
      task.body = body_of(task.body.node, true);
      if (notes && task.body.program) notes->done("map " + to_string(*task.body.program) + " into its reduction");
    }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
