#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

Plan fuse_reductions(Plan plan, Purity) {
  for (Stage& stage : plan.stages)
    for (ReduceTask& task : stage.reductions) task.body = body_of(task.body.node, true);
  return plan;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
