#pragma once
/// The ways in which elements come to the states of a reduction, and the choice of a slab's way. Every way gives the
/// same bits (docs/semantics.md); they differ in what they load, store and allocate. ChunkAccumulator goes by these
/// functions and nothing else.
#include <cstdint>

#include "runtime/plan/body.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

enum class ReductionPath : std::uint8_t {
  none,           ///< no slab was added yet
  lanes,          ///< a slab is added to the lane states of its outputs
  whole_outputs,  ///< a slab has all elements of its outputs: each state is made at once, without lane states
  single_rows,    ///< a slab is added row by row to the states of its outputs
  row_groups,     ///< a slab in memory is added several rows of the same outputs at a time
  products,       ///< the same of products of rows in memory with a number each, which are not stored
  folded_rows,    ///< a chunk of a few rows goes into the merged states, without states of its own
  folded_chunks,  ///< several such chunks in memory go there at a time
};

/// The facts that decide on the way of a slab that is added to the states of its chunk.
struct SlabFacts {
  bool takes_lanes = false;         ///< the definition gives an output 32 lanes
  bool in_memory = false;           ///< elements lie in memory as they are, to be taken in any number
  bool are_products = false;        ///< elements are products of rows in memory with a number each, to be summed
  std::int64_t stretch_length = 0;  ///< elements that follow each other: of one output with lanes, of a row without
  std::int64_t reduced = 0;         ///< elements of an output in the chunk
  bool outputs_are_next = false;    ///< its outputs follow each other and those whose states are made
  bool positions_follow = false;    ///< positions of an output's elements follow each other, or nobody wants them
};

/// Elements of a row below which taking several rows at a time does not pay.
inline constexpr std::int64_t shortest_grouped_row = 64;

/// Returns the way of a slab that is added to the states of its chunk.
[[nodiscard]] constexpr ReductionPath path_of(const SlabFacts& slab) {
  if (!slab.takes_lanes) {
    if (slab.stretch_length < shortest_grouped_row) return ReductionPath::single_rows;
    return slab.in_memory      ? ReductionPath::row_groups
           : slab.are_products ? ReductionPath::products
                               : ReductionPath::single_rows;
  }
  const bool at_once = slab.in_memory || slab.reduced <= plan::block_elements;
  const bool whole = slab.stretch_length == slab.reduced && slab.outputs_are_next && slab.positions_follow;
  return whole && at_once ? ReductionPath::whole_outputs : ReductionPath::lanes;
}

/// Returns the way of a chunk that is one slab and is merged with others. Its rows are few if each is of one position
/// and of outputs that follow each other, and there are at most plan::most_rows of them; `several`: chunks that follow
/// it may come along. If its rows are not few, it gets states of its own, and the way is path_of(slab).
[[nodiscard]] constexpr ReductionPath fold_path(const SlabFacts& slab, bool rows_are_few, bool several) {
  if (!rows_are_few) return path_of(slab);
  return several && slab.in_memory ? ReductionPath::folded_chunks : ReductionPath::folded_rows;
}

/// The ways in which the elements of a slab are dealt to the groups of a grouping; each group then has a ReductionPath.
enum class Dealing : std::uint8_t {
  none,        ///< no slab was dealt yet
  folded,      ///< each group of a chunk has one stretch, indices that follow each other: it is folded like a chunk
  by_stretch,  ///< stretch by stretch
  gathered,    ///< elements are put together group by group first
};

/// Elements of a stretch below which gathering them costs less than dealing them out one stretch at a time.
inline constexpr std::int64_t short_stretch = 64;

/// Returns the way of a slab that has parts of so many stretches, and so many elements for each index of the axes
/// outside of the grouped one.
[[nodiscard]] constexpr Dealing dealing_of(std::int64_t stretches, std::int64_t elements) {
  return stretches > 1 && elements < stretches * short_stretch ? Dealing::gathered : Dealing::by_stretch;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
