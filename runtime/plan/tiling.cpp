#include "runtime/plan/tiling.hpp"

#include <algorithm>
#include <bit>

#include "runtime/plan/fetches.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// The states of a tile that fit a processor's own cache (L2), beside the elements that stream past them.
constexpr std::int64_t cached_states = std::int64_t{1} << 19;
/// Outputs of a tile at most.
constexpr std::int64_t longest_tile = std::int64_t{1} << 16;

/// Outputs of a tile of a product of matrices, and rows of it: what is read of the one matrix for a tile stays in the
/// cache while the tile's rows take their turns.
constexpr std::int64_t product_tile = std::int64_t{1} << 14;
constexpr std::int64_t product_rows = 64;

/// Returns the axis of the rows of a product of matrices, along which one of two arrays that are multiplied is
/// stretched, while the other is along the last; -1 if a fold is anything else.
int rows_of_product(const Stage& stage, const Fold& fold) {
  if (fold.tasks.size() != 1 || !is_product(fold.tasks.front().body)) return -1;
  const FoldTask& task = fold.tasks.front();
  const int last = stage.domain.rank() - 1;
  const auto is_stretched = [&](const NodePtr& input, int axis) {
    const int own = axis - (stage.domain.rank() - input->shape.rank());
    return own < 0 || input->shape[own] == 1;
  };
  const auto& inputs = task.body.inputs;
  if (last < 0 || (task.axes >> last & 1U) || is_stretched(inputs[0], last) == is_stretched(inputs[1], last)) return -1;
  const NodePtr& row = inputs[is_stretched(inputs[0], last) ? 1 : 0];
  for (int axis = last - 1; axis >= 0; --axis)
    if (!(task.axes >> axis & 1U) && stage.domain[axis] > 1 && is_stretched(row, axis)) return axis;
  return -1;
}

/// Returns true if a tiling can be one of a stage.
bool fits(const Stage& stage, const Tiling& tiling) {
  if (!std::holds_alternative<Fold>(stage.work)) return tiling == Tiling{};
  if (!tiling.tiles) return true;
  const Shape& block = tiling.tiles->block;
  return tiling.tiles->outputs > 0 && block.rank() == stage.domain.rank() &&
         std::all_of(block.begin(), block.end(), [](std::int64_t extent) { return extent >= 1; });
}

}  // namespace

std::int64_t output_elements(const Shape& shape, std::uint32_t axes) {
  std::int64_t outputs = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (!(axes >> axis & 1U)) outputs *= shape[axis];
  return outputs;
}

std::int64_t state_bytes(const FoldTask& task) {
  std::int64_t bytes = 0;
  const DType element = task.body.node->dtype;
  for (const reduce::StateCode state : task.states)
    bytes += static_cast<std::int64_t>(task.definition.lanes == 1 ? reduce::state_bytes(state, element)
                                                                  : reduce::lane_state_bytes(state, element));
  return bytes;
}

std::optional<Tiles> choose_tiles(const Plan& plan, const Stage& stage, const Fold& fold, const Shape& block) {
  std::int64_t bytes = 0;
  for (const FoldTask& task : fold.tasks) bytes += state_bytes(task) * groups_in(task, stage.grid, 1);
  const std::uint32_t axes = fold.tasks.front().axes;
  const std::int64_t outputs = output_elements(stage.grid.largest(), axes);
  if (outputs <= (1 << 16) / bytes) return {};
  const bool lanes = fold.tasks.front().definition.lanes != 1;
  if (const int rows = rows_of_product(stage, fold); rows >= 0) {
    Shape own = block;
    own[rows] = std::max(own[rows], std::min(product_rows, stage.domain[rows]));
    return Tiles{product_tile, own};
  }
  // Files are read in longer pieces; memory is taken as it lies, in tiles whose states stay in the cache.
  const auto cached = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(cached_states / bytes)));
  // By groups the outputs are fewer, since each has a state a group.
  const std::int64_t groups = groups_in(fold.tasks.front(), stage.grid, 1);
  const std::int64_t shortest = groups > 1 ? 1024 : 4096;
  const std::int64_t longest =
      std::max(longest_tile / static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(groups))), shortest);
  std::int64_t tile = needs_reading(plan, stage) ? longest : std::clamp<std::int64_t>(cached, shortest, longest);
  if (lanes) tile = std::min<std::int64_t>(tile, needs_reading(plan, stage) ? 4096 : 256);
  std::int64_t merge_groups = 1;
  for (int axis = 0; axis < stage.grid.rank(); ++axis)
    if (axes >> axis & 1U) merge_groups *= stage.grid[axis].count();
  merge_groups = (merge_groups + 15) / 16;
  const std::int64_t all = output_elements(stage.domain, axes);
  while (tile > 4096 && all / tile * merge_groups < 4 * plan.threads) tile /= 2;
  return Tiles{tile, block};
}

void take_tilings(Plan& plan, const std::vector<Tiling>& tilings) {
  bool all_fit = tilings.size() == plan.stages.size();
  for (std::size_t i = 0; all_fit && i < tilings.size(); ++i) {
    all_fit = fits(plan.stages[i], tilings[i]);
    if (auto* const fold = std::get_if<Fold>(&plan.stages[i].work)) fold->tiling = tilings[i];
  }
  if (!all_fit)
    throw Error(ErrorCode::invalid_argument, "the tilings of " + std::to_string(tilings.size()) +
                                                 " stages are those of another graph than this, which has " +
                                                 std::to_string(plan.stages.size()) + " stages");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
