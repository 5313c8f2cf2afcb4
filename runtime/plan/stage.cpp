#include "runtime/plan/stage.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

std::span<const FoldTask> folds_of(const Stage& stage) {
  if (const auto* const fold = std::get_if<Fold>(&stage.work)) return fold->tasks;
  if (const auto* const shared = std::get_if<Shared>(&stage.work)) return shared->folds;
  return {};
}

std::span<FoldTask> folds_of(Stage& stage) {
  const std::span<const FoldTask> folds = folds_of(std::as_const(stage));
  return {const_cast<FoldTask*>(folds.data()), folds.size()};
}

std::vector<const Body*> written_bodies(const Stage& stage) {
  if (const auto* const write = std::get_if<Write>(&stage.work)) return {&write->body};
  if (const auto* const materialise = std::get_if<Materialise>(&stage.work)) return {&materialise->body};
  std::vector<const Body*> bodies;
  if (const auto* const shared = std::get_if<Shared>(&stage.work))
    for (const Write& write : shared->writes) bodies.push_back(&write.body);
  return bodies;
}

std::vector<const Body*> bodies_of(const Stage& stage) {
  std::vector<const Body*> bodies;
  for (const FoldTask& task : folds_of(stage)) bodies.push_back(&task.body);
  const std::vector<const Body*> written = written_bodies(stage);
  bodies.insert(bodies.end(), written.begin(), written.end());
  return bodies;
}

const Tiles* tiles_of(const Stage& stage) {
  const auto* const fold = std::get_if<Fold>(&stage.work);
  return fold && fold->tiling.tiles ? &*fold->tiling.tiles : nullptr;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
