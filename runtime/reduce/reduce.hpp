#pragma once
/// What a reduction accumulates. Its value is defined in docs/semantics.md ("What a reduction is"); this module holds
/// the arithmetic of that definition and nothing of when or where it runs.
///
/// A *state* is a set of fields, each an array of 8-byte numbers with one entry an output element. Inside a chunk,
/// where elements arrive in runs that belong to one output, there are 32 lanes an output instead (*lane state*: field
/// by field, 32 numbers each). The order of events for each output: begin, accumulate the chunk's elements in row-major
/// order, close the chunk; then merge chunk states, left to right within a run and pairwise between runs; then finish.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

inline constexpr std::size_t lanes = 32;
inline constexpr std::size_t max_fields = 5;

/// What is accumulated. Several reductions are finished from one kind: mean, sum and stddev from `moments`.
enum class StateKind : std::uint8_t {
  sum,          ///< {sum} float64
  integer_sum,  ///< {sum} uint64, wrapping
  moments,  ///< {sum, shift, deviation, m2}: deviation = sum(x - shift), m2 = sum of squared deviations from the mean
  nan_sum,  ///< {sum, count}
  nan_moments,  ///< {sum, shift, deviation, m2, count}
  minimum,      ///< {value}: float64, int64 or uint64
  maximum,
  nan_minimum,
  nan_maximum,
  count,  ///< {count of elements that are not NaN} float64
};
inline constexpr std::size_t kind_count = 10;

/// Number of fields of a kind.
[[nodiscard]] constexpr std::size_t fields_of(StateKind kind) {
  switch (kind) {
    case StateKind::moments:
      return 4;
    case StateKind::nan_sum:
      return 2;
    case StateKind::nan_moments:
      return 5;
    default:
      return 1;
  }
}
/// The kind that a reduction over elements of a type needs.
[[nodiscard]] StateKind kind_for(ReduceOp op, DType element);
/// True where `have` holds all that `want` does, with the same bits.
[[nodiscard]] bool covers(StateKind have, StateKind want);

/// States of `outputs` elements over `count` reduced elements each (kinds that skip NaN count for themselves).
struct State {
  StateKind kind = StateKind::sum;
  DType element = DType::float64;
  std::size_t outputs = 0;
  std::int64_t count = 0;
  Buffer memory;

  State() = default;
  State(StateKind state_kind, DType element_type, std::size_t output_count);
  /// Field i: `outputs` numbers of 8 bytes.
  [[nodiscard]] std::byte* field(std::size_t i) const { return memory.get() + i * stride(); }
  [[nodiscard]] std::size_t bytes() const { return fields_of(kind) * stride(); }
  /// Sets every field to what it is before the first element.
  void begin();

 private:
  [[nodiscard]] std::size_t stride() const { return (outputs * 8 + 63) / 64 * 64; }
};

/// Bytes of the lane state of one output.
[[nodiscard]] inline std::size_t lane_state_bytes(StateKind kind) { return fields_of(kind) * lanes * 8; }
/// Sets the lane states of `outputs` outputs to what they are before the first element.
void begin_lanes(StateKind kind, DType element, void* lane_states, std::size_t outputs);

/// Accumulates n elements of one output; the first has position `position` in the chunk.
void accumulate_lanes(StateKind kind, DType element, void* lane_state, const void* values, std::size_t n,
                      std::int64_t position);
/// All elements of one output at once: what begin_lanes, accumulate_lanes and close_lanes would give it.
void reduce_lanes(const State& state, std::size_t output, const void* values, std::size_t n);
/// Accumulates the elements rows[r][i] of several rows, one after the other, into n outputs from `first_output` on;
/// `first`: rows[0] has their first element in this chunk.
void accumulate_rows(const State& state, std::size_t first_output, const void* const* rows, std::size_t row_count,
                     std::size_t n, bool first);
/// Accumulates one element each into n outputs from `first_output` on; `first`: it is their first in this chunk.
void accumulate_row(const State& state, std::size_t first_output, const void* values, std::size_t n, bool first);

/// The chunk's lanes become one state each, for outputs from `first_output` on: lane j with lane j + 16, then 8, 4,
/// 2, 1.
void close_lanes(const State& state, const void* lane_states, std::int64_t count, std::size_t first_output = 0);
/// The chunk's rows are complete.
void close_rows(const State& state, std::int64_t count);

/// left = left merged with right, the elements of right following those of left.
void merge(State& left, const State& right);
/// Whole chunks at once, each of the same few rows: rows[c * row_count + r][i] is element r of chunk c of output
/// first_output + i. The same numbers as accumulate_row for each row of a chunk, close_rows and merge into `folded`
/// would give, chunk by chunk, without ever storing a chunk's states. `folded.count` stays: the caller adds
/// chunks * row_count when all outputs of the chunks are in.
void fold_rows(const State& folded, std::size_t first_output, const void* const* rows, std::size_t row_count,
               std::size_t chunks, std::size_t n);

/// The result of a reduction in its own type, for outputs [0, state.outputs).
void finish(ReduceOp op, const State& state, std::int64_t ddof, DType result, void* out);

namespace detail {
using LanesFunction = void (*)(void* lane_state, const void* values, std::size_t n, std::size_t lane);
using RowsFunction = void (*)(void* const* fields, const void* const* rows, std::size_t row_count, std::size_t n,
                              bool first);
using ReduceLanesFunction = void (*)(void* const* fields, const void* values, std::size_t n);
using CloseFunction = void (*)(void* const* fields, const void* lane_state, double count);
using MergeFunction = void (*)(void* const* left, void* const* right, std::size_t n, double left_count,
                               double right_count);
using FoldFunction = void (*)(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t chunks,
                              std::size_t n, double folded_count);
using FinishFunction = void (*)(ReduceOp op, StateKind kind, void* const* fields, std::size_t n, double count,
                                double ddof, double* out);
struct Table {
  std::uint64_t before_first[kind_count][dtype_count][max_fields];  ///< the bits of a field before the first element
  FoldFunction fold_rows[kind_count][dtype_count];
  LanesFunction accumulate_lanes[kind_count][dtype_count];
  ReduceLanesFunction reduce_lanes[kind_count][dtype_count];
  RowsFunction accumulate_rows[kind_count][dtype_count];
  MergeFunction merge[kind_count][3];  ///< for fields of float64, int64, uint64
  CloseFunction close_lanes[kind_count][3];
  FinishFunction finish;  ///< for fields of float64
};

/// Squared deviations from the mean out of those from the shift: q - deviation^2 / n, never below zero; infinite where
/// q is. Where the square alone leaves the range of float64 it is divided before it is multiplied.
CHUNKWISE_INLINE double centre(double q, double deviation, double inverse_count) {
  CHUNKWISE_STRICT_FLOATS
  constexpr double infinity = __builtin_inf();
  const double square = deviation * deviation;
  const double large = deviation * (deviation * inverse_count);
  const double m2 = q - (square == infinity ? large : square * inverse_count);
  return q == infinity ? infinity : m2 < 0.0 ? 0.0 : m2;
}
}  // namespace detail
namespace baseline {
const detail::Table& table();
}
namespace avx2 {
const detail::Table& table();
}
namespace avx512 {
const detail::Table& table();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
