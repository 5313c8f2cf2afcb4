#pragma once
/// The states that a reduction accumulates. Its value is defined in docs/semantics.md ("What a reduction is"). This
/// module holds the arithmetic of that definition, and does not decide when or where it runs.
///
/// A *state* is what has been seen of the elements of one output: a struct of op/aggregate. States with kernels of
/// their own (aggregate::Special) are kept field by field, each field an array of 8-byte numbers with one entry an
/// output element; others are kept one after the other. Inside a chunk, where elements arrive in stretches that belong
/// to one output, there may be 32 lanes an output instead (*lane state*). The order of events for each output: begin,
/// accumulate the chunk's elements in row-major order, close the chunk; then merge chunk states, left to right within a
/// merge group and pairwise between groups; then finish.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/kernel/aggregate.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

inline constexpr std::size_t lanes = kernel::aggregate_lanes;
inline constexpr std::size_t max_fields = 5;

using aggregate::StateCode;

/// Returns the number of the state that an aggregate needs over elements of T: several aggregates are finished from a
/// state with kernels of its own, which has its own number.
template <class A, class T>
inline constexpr StateCode state_code = [] {
  if constexpr (aggregate::Special<typename A::template state<T>>)
    return A::template state<T>::code;
  else
    return static_cast<StateCode>(16 + static_cast<unsigned>(A::code));
}();
/// One more than the largest number of a state.
inline constexpr std::size_t state_count = [] {
  std::size_t largest = 0;
  for (const aggregate::Description& a : aggregate::descriptions)
    largest = std::max(largest, static_cast<std::size_t>(a.code));
  return 16 + largest + 1;
}();

/// Returns the number of the state that an aggregate of the catalogue needs over elements of a type.
[[nodiscard]] StateCode state_for(AggregateCode aggregate, DType element);
/// Returns the number that the state of a user's own aggregate has in this process. The aggregate need not be
/// registered: plans are made where it is not known, and its name tells the size of its state. Throws unsupported if
/// there are more than this process has numbers for.
[[nodiscard]] StateCode own_state(const Function& own);
/// Returns the number of a state in bytes for other processes, in which own states have other numbers.
[[nodiscard]] std::uint8_t number_in_bytes(StateCode state);
/// Returns true if `have` holds all that `want` does, with the same bits: its struct converts to the other's.
[[nodiscard]] bool holds(StateCode have, StateCode want);
/// Returns true if an aggregate has such a state over elements of a type.
[[nodiscard]] bool is_state(StateCode state, DType element);
/// Returns the bytes of one output's state.
[[nodiscard]] std::size_t state_bytes(StateCode state, DType element);
/// Returns the bytes of the lane state of one output.
[[nodiscard]] std::size_t lane_state_bytes(StateCode state, DType element);
/// Returns true if the positions of elements have to be given with them.
[[nodiscard]] bool takes_positions(StateCode state, DType element);

namespace detail {
using Kernels = kernel::AggregateKernels;
}

/// States of `outputs` elements over `count` reduced elements each (states that skip NaN count for themselves).
struct State {
  StateCode kind{};
  DType element = DType::float64;
  std::size_t outputs = 0;
  std::int64_t count = 0;
  std::size_t fields = 0;       ///< arrays
  std::size_t field_bytes = 0;  ///< of one output's entry in an array
  const detail::Kernels* kernels = nullptr;
  Buffer memory;

  State() = default;
  State(StateCode state_kind, DType element_type, std::size_t output_count);
  /// States in memory that is there: bytes() of it, aligned to 64 bytes.
  State(StateCode state_kind, DType element_type, std::size_t output_count, Buffer place);
  /// Returns field i: an entry for each output.
  [[nodiscard]] std::byte* field(std::size_t i) const { return memory.get() + i * stride(); }
  [[nodiscard]] std::size_t bytes() const { return fields * stride(); }
  /// Sets every field to its value before the first element.
  void begin();

 private:
  [[nodiscard]] std::size_t stride() const { return (outputs * field_bytes + 63) / 64 * 64; }
};

/// Sets the lane states of `outputs` outputs to their values before the first element.
void begin_lanes(StateCode kind, DType element, void* lane_states, std::size_t outputs);

/// Accumulates n elements of one output; the first is element `number` of the chunk. Their positions among all reduced
/// elements follow each other from `position` on.
void accumulate_lanes(StateCode kind, DType element, void* lane_state, const void* values, std::size_t n,
                      std::int64_t number, std::int64_t position = 0);
/// Accumulates all elements of one output at once, with the result of begin_lanes, accumulate_lanes and close_lanes.
void reduce_lanes(const State& state, std::size_t output, const void* values, std::size_t n, std::int64_t position = 0);
/// Accumulates the elements rows[r][i] of several rows, one after the other, into n outputs from `first_output` on;
/// `first`: rows[0] has their first element in this chunk. Elements of rows[r] have position positions[r], if the state
/// takes positions.
void accumulate_rows(const State& state, std::size_t first_output, const void* const* rows, std::size_t row_count,
                     std::size_t n, bool first, const std::int64_t* positions = nullptr);
/// Accumulates the products *factors[r] * rows[r][i], each rounded to its type, as accumulate_rows does their elements,
/// without storing them. Only if has_products(state).
void accumulate_products(const State& state, std::size_t first_output, const void* const* factors,
                         const void* const* rows, std::size_t row_count, std::size_t n);
/// True if products can be accumulated: sums of float32 and float64.
[[nodiscard]] bool has_products(const State& state);
/// Accumulates one element each into n outputs from `first_output` on; `first`: it is their first in this chunk.
void accumulate_row(const State& state, std::size_t first_output, const void* values, std::size_t n, bool first,
                    std::int64_t position = 0);

/// Makes one state of the chunk's lanes for each output from `first_output` on: lane j with lane j + 16, then 8, 4, 2,
/// 1.
void close_lanes(const State& state, const void* lane_states, std::int64_t count, std::size_t first_output = 0);
/// Called when the chunk's rows are complete.
void close_rows(const State& state, std::int64_t count);

/// left = left merged with right, the elements of right following those of left.
void merge(State& left, const State& right);
/// Folds whole chunks at once, each of the same few rows: rows[c * row_count + r][i] is element r of chunk c of output
/// first_output + i. The numbers are the same as those of accumulate_row for each row of a chunk, close_rows and merge
/// into `folded`, chunk by chunk, but a chunk's states are never stored. `folded.count` stays: the caller adds chunks *
/// row_count when all outputs of the chunks are in.
void fold_rows(const State& folded, std::size_t first_output, const void* const* rows, std::size_t row_count,
               std::size_t chunks, std::size_t n, const std::int64_t* positions = nullptr);

/// Writes the result of an aggregate that the state holds, in the result's type, for outputs [0, state.outputs).
void finish(AggregateCode aggregate, const State& state, std::int64_t ddof, void* out);

namespace detail {
struct Table {
  Kernels kernels[state_count][dtype_count];
};

/// Returns squared deviations from the mean, made of those from the shift: q - deviation^2 / n, never below zero;
/// infinite if q is. If the square alone leaves the range of float64 it is divided before it is multiplied.
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
