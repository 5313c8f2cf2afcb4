#include "runtime/executor/evaluate.hpp"
#include "runtime/optimize/passes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

plan::Plan fuse_reductions(plan::Plan plan) {
  for (plan::Stage& stage : plan.stages)
    for (plan::ReduceTask& task : stage.reductions) task.body = executor::body_of(task.body.node, true);
  return plan;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
