#include "runtime/plan/stage.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI::plan {

std::int64_t groups_in(const FoldTask& task, const ChunkGrid& grid, std::int64_t chunks) {
  if (!task.grouping) return 1;
  const std::int64_t indices = std::max<std::int64_t>(grid[task.grouping->axis].largest(), 1);
  return chunks < task.grouping->groups / indices ? chunks * indices : task.grouping->groups;
}

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
