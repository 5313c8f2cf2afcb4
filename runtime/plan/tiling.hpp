#pragma once
/// The tiles of folds.
#include <cstdint>
#include <vector>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the number of elements along the axes that are not folded: the outputs of one box of the domain.
[[nodiscard]] std::int64_t output_elements(const Shape& shape, std::uint32_t axes);

/// Returns the bytes of one output's states, lanes included.
[[nodiscard]] std::int64_t state_bytes(const FoldTask& task);

/// Returns the tiles of a fold: it has some if the states of a chunk are too large to hold them for each chunk. `block`
/// is the read block that no tile may cut.
[[nodiscard]] std::optional<Tiles> choose_tiles(const Plan& plan, const Stage& stage, const Fold& fold,
                                                const Shape& block);

/// Takes over the tilings of another process's plan. They may have come from anywhere: throws invalid_argument if they
/// are not of this plan's stages.
void take_tilings(Plan& plan, const std::vector<Tiling>& tilings);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
