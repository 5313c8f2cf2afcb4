#pragma once
/// The blocks in which sources have to be read (Source::read_block), and the slabs that follow from them.
#include <cstdint>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Returns the read block of a stage: for each axis of the domain the longest read block of a source that runs along
/// this axis unchanged.
[[nodiscard]] Shape read_block_of(const Plan& plan, const Stage& stage);

/// The largest read block of any stage: no slab can be smaller.
struct LargestBlock {
  std::int64_t elements = 0;
  std::int64_t bytes = 0;  ///< as they are stored
};
[[nodiscard]] LargestBlock largest_block(const Plan& plan);

/// Returns the shape of the slabs in which a box of the domain is streamed: about `elements` elements, more if the
/// sources' read blocks or the order of elements ask for more. A fold takes the elements of an output in row-major
/// order, so a slab that is several indices wide along a folded axis holds all of the folded axes behind it.
[[nodiscard]] Shape slab_shape(const Stage& stage, const Shape& box, std::int64_t elements);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
