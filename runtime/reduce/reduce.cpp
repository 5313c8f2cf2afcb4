#include "runtime/reduce/reduce.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/core/level.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

namespace {

const detail::Table& kernels() {
  static const detail::Table& table = CHUNKWISE_PICK_LEVEL(reduce);
  return table;
}

/// 0: fields are float64; 1: int64; 2: uint64.
std::size_t field_type(StateKind kind, DType element) {
  if (kind == StateKind::integer_sum) return 2;
  if (kind != StateKind::minimum && kind != StateKind::maximum) return 0;
  return is_floating(element) ? 0 : is_signed_integer(element) ? 1 : 2;
}

/// Sets n numbers to what a field holds before the first element.
void fill_before_first(StateKind kind, DType element, std::size_t field, void* to, std::size_t n) {
  auto* words = static_cast<std::uint64_t*>(to);
  std::fill(words, words + n,
            kernels().before_first[static_cast<std::size_t>(kind)][static_cast<std::size_t>(element)][field]);
}

struct FieldPointers {
  void* pointers[max_fields] = {};
  FieldPointers(const State& state, std::size_t first_output) {
    for (std::size_t f = 0; f < fields_of(state.kind); ++f) pointers[f] = state.field(f) + first_output * 8;
  }
};

double* doubles(const State& state, std::size_t field) { return reinterpret_cast<double*>(state.field(field)); }

template <class From, class To>
void convert_all(const From* from, std::size_t n, To* to) {
  for (std::size_t i = 0; i < n; ++i) to[i] = op::Cast::convert<To, From>(from[i]);
}

}  // namespace

StateKind kind_for(ReduceOp op, DType element) {
  const bool floating = is_floating(element);
  switch (op) {
    case ReduceOp::nansum:
      if (floating) return StateKind::nan_sum;
      [[fallthrough]];
    case ReduceOp::sum:
      return floating ? StateKind::sum : StateKind::integer_sum;
    case ReduceOp::nanmean:
      if (floating) return StateKind::nan_sum;
      [[fallthrough]];
    case ReduceOp::mean:
      return StateKind::sum;
    case ReduceOp::nanvariance:
    case ReduceOp::nanstddev:
      if (floating) return StateKind::nan_moments;
      [[fallthrough]];
    case ReduceOp::variance:
    case ReduceOp::stddev:
      return StateKind::moments;
    case ReduceOp::nanminimum:
      if (floating) return StateKind::nan_minimum;
      [[fallthrough]];
    case ReduceOp::minimum:
      return StateKind::minimum;
    case ReduceOp::nanmaximum:
      if (floating) return StateKind::nan_maximum;
      [[fallthrough]];
    case ReduceOp::maximum:
      return StateKind::maximum;
    case ReduceOp::count:
      break;
  }
  return floating ? StateKind::count : StateKind::sum;
}

bool covers(StateKind have, StateKind want) {
  if (have == want) return true;
  if (want == StateKind::sum) return have == StateKind::moments;
  if (want == StateKind::nan_sum) return have == StateKind::nan_moments;
  if (want == StateKind::count) return have == StateKind::nan_sum || have == StateKind::nan_moments;
  return false;
}

State::State(StateKind state_kind, DType element_type, std::size_t output_count)
    : kind(state_kind), element(element_type), outputs(output_count) {
  memory = allocate_buffer(std::max<std::size_t>(bytes(), 64));
}

void State::begin() {
  for (std::size_t f = 0; f < fields_of(kind); ++f) fill_before_first(kind, element, f, field(f), outputs);
  count = 0;
}

void begin_lanes(StateKind kind, DType element, void* lane_states, std::size_t outputs) {
  auto* to = static_cast<std::byte*>(lane_states);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t f = 0; f < fields_of(kind); ++f, to += lanes * 8) fill_before_first(kind, element, f, to, lanes);
}

void accumulate_lanes(StateKind kind, DType element, void* lane_state, const void* values, std::size_t n,
                      std::int64_t position) {
  kernels().accumulate_lanes[static_cast<std::size_t>(kind)][static_cast<std::size_t>(element)](
      lane_state, values, n, static_cast<std::size_t>(position) % lanes);
}

void reduce_lanes(const State& state, std::size_t output, const void* values, std::size_t n) {
  const FieldPointers fields(state, output);
  kernels().reduce_lanes[static_cast<std::size_t>(state.kind)][static_cast<std::size_t>(state.element)](fields.pointers,
                                                                                                        values, n);
}

void accumulate_rows(const State& state, std::size_t first_output, const void* const* rows, std::size_t row_count,
                     std::size_t n, bool first) {
  const FieldPointers fields(state, first_output);
  kernels().accumulate_rows[static_cast<std::size_t>(state.kind)][static_cast<std::size_t>(state.element)](
      fields.pointers, rows, row_count, n, first);
}

void accumulate_row(const State& state, std::size_t first_output, const void* values, std::size_t n, bool first) {
  accumulate_rows(state, first_output, &values, 1, n, first);
}

void fold_rows(const State& folded, std::size_t first_output, const void* const* rows, std::size_t row_count,
               std::size_t chunks, std::size_t n) {
  const FieldPointers fields(folded, first_output);
  kernels().fold_rows[static_cast<std::size_t>(folded.kind)][static_cast<std::size_t>(folded.element)](
      fields.pointers, rows, row_count, chunks, n, static_cast<double>(folded.count));
}

void close_lanes(const State& state, const void* lane_states, std::int64_t count, std::size_t first_output) {
  const detail::CloseFunction close =
      kernels().close_lanes[static_cast<std::size_t>(state.kind)][field_type(state.kind, state.element)];
  const std::size_t bytes = lane_state_bytes(state.kind);
  const auto* from = static_cast<const std::byte*>(lane_states) + first_output * bytes;
  for (std::size_t o = first_output; o < state.outputs; ++o, from += bytes) {
    const FieldPointers fields(state, o);
    close(fields.pointers, from, static_cast<double>(count));
  }
}

void close_rows(const State& state, std::int64_t count) {
  if (state.kind != StateKind::moments && state.kind != StateKind::nan_moments) return;
  const double* deviation = doubles(state, 2);
  double* m2 = doubles(state, 3);
  if (state.kind == StateKind::moments) {
    const double inverse = 1.0 / static_cast<double>(count);
    for (std::size_t i = 0; i < state.outputs; ++i) m2[i] = detail::centre(m2[i], deviation[i], inverse);
  } else {
    const double* counts = doubles(state, 4);
    for (std::size_t i = 0; i < state.outputs; ++i)
      m2[i] = counts[i] == 0.0 ? 0.0 : detail::centre(m2[i], deviation[i], 1.0 / counts[i]);
  }
}

void merge(State& left, const State& right) {
  if (right.count == 0) return;
  if (left.count == 0) {
    for (std::size_t f = 0; f < fields_of(left.kind); ++f) std::memcpy(left.field(f), right.field(f), left.outputs * 8);
    left.count = right.count;
    return;
  }
  const FieldPointers to(left, 0);
  const FieldPointers from(right, 0);
  kernels().merge[static_cast<std::size_t>(left.kind)][field_type(left.kind, left.element)](
      to.pointers, from.pointers, left.outputs, static_cast<double>(left.count), static_cast<double>(right.count));
  left.count += right.count;
}

void finish(ReduceOp op, const State& state, std::int64_t ddof, DType result, void* out) {
  const std::size_t type = field_type(state.kind, state.element);
  // Integers keep all their bits; what was accumulated in float64 is rounded once.
  dispatch(result, [&](auto zero) {
    using T = decltype(zero);
    T* to = static_cast<T*>(out);
    if (type == 1) return convert_all(reinterpret_cast<const std::int64_t*>(state.field(0)), state.outputs, to);
    if (type == 2) return convert_all(reinterpret_cast<const std::uint64_t*>(state.field(0)), state.outputs, to);
    constexpr std::size_t block = 512;
    alignas(64) double numbers[block];
    for (std::size_t begin = 0; begin < state.outputs; begin += block) {
      const std::size_t n = std::min(block, state.outputs - begin);
      const FieldPointers fields(state, begin);
      kernels().finish(op, state.kind, fields.pointers, n, static_cast<double>(state.count), static_cast<double>(ddof),
                       numbers);
      convert_all(numbers, n, to + begin);
    }
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
