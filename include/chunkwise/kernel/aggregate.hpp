#pragma once
/// The kernels of aggregates: loops over elements, rows and states, made of an aggregate's step and merge. Those of the
/// catalogue are instances in runtime/reduce; those of a user's own aggregates are made where they are registered, and
/// stand in the register of a user's functions (kernel/registry.hpp).
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "chunkwise/core/config.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/aggregate/own.hpp"
#include "chunkwise/op/comparison.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace aggregate::detail {
/// True if A::step is told the position of an element.
template <class A, class T>
constexpr bool step_is_told_position = requires(typename A::template state<T>& state, T element) {
  A::step(state, element, std::int64_t{});
};

template <class A, class T, class S>
CHUNKWISE_INLINE void step(S& state, T element, std::int64_t position) {
  if constexpr (step_is_told_position<A, T>)
    A::step(state, element, position);
  else
    A::step(state, element);
}

template <class A, class S>
CHUNKWISE_INLINE auto finish_one(const S& state, Reduced of) {
  if constexpr (requires { A::finish(state, of); })
    return A::finish(state, of);
  else
    return A::finish(state);
}
}  // namespace aggregate::detail

namespace kernel {

/// The accumulators of an output inside a chunk, if elements are dealt to lanes.
inline constexpr std::size_t aggregate_lanes = 32;

/// The functions of a state over elements of a type. `fields` point to the entries of the first output.
struct AggregateKernels {
  std::size_t fields = 0;        ///< arrays of a state; 0: there is no such state
  std::size_t field_bytes = 0;   ///< of an output's entry in each
  std::size_t lane_bytes = 0;    ///< of the lane state of an output
  bool takes_positions = false;  ///< whether elements come with their positions
  /// Sets the states of n outputs to their values before the first element.
  void (*begin)(void* const* fields, std::size_t n) = nullptr;
  /// Does the same with lane states.
  void (*begin_lanes)(void* lane_states, std::size_t outputs) = nullptr;
  /// Adds n elements of one output, the first of them to a lane.
  void (*accumulate_lanes)(void* lane_state, const void* values, std::size_t n, std::size_t lane,
                           std::int64_t position) = nullptr;
  /// Makes the state of one output of all its elements of a chunk.
  void (*reduce_lanes)(void* const* fields, const void* values, std::size_t n, std::int64_t position) = nullptr;
  /// Adds rows of elements, one after the other, to n outputs.
  void (*accumulate_rows)(void* const* fields, const void* const* rows, std::size_t row_count, std::size_t n,
                          bool first, const std::int64_t* positions) = nullptr;
  /// Adds rows times factors; null if there is no such kernel.
  void (*accumulate_products)(void* const* fields, const void* const* factors, const void* const* rows,
                              std::size_t row_count, std::size_t n) = nullptr;
  /// Makes one state of the lanes of an output.
  void (*close_lanes)(void* const* fields, const void* lane_state, double count) = nullptr;
  /// Merges the states of later chunks into those of earlier ones.
  void (*merge)(void* const* left, void* const* right, std::size_t n, double left_count, double right_count) = nullptr;
  /// Adds whole chunks of a few rows each, chunk by chunk.
  void (*fold_rows)(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t chunks,
                    std::size_t n, double folded_count, const std::int64_t* positions) = nullptr;
  /// Writes the results of n outputs.
  void (*finish)(AggregateCode aggregate, void* const* fields, std::size_t n, aggregate::Reduced of,
                 void* out) = nullptr;
};

/// The loops of an aggregate over elements of T, made of its step and merge. States of outputs lie side by side.
/// `Local` keeps instances of one file apart from those of another, which is compiled for other instructions.
template <class A, class T, class Local>
struct AggregateLoops {
  using S = typename A::template state<T>;                                      ///< the state of an output
  static constexpr std::size_t width = (A::takes_lanes ? aggregate_lanes : 1);  ///< lanes of an output
  static_assert(std::is_trivially_copyable_v<S> && alignof(S) <= 8,
                "chunkwise: the state of an aggregate is trivially copyable");

  /// See AggregateKernels::begin.
  static void begin(void* const* fields, std::size_t n) {
    S* const states = static_cast<S*>(fields[0]);
    for (std::size_t i = 0; i < n; ++i) states[i] = S{};
  }
  /// See AggregateKernels::begin_lanes.
  static void begin_lanes(void* lane_states, std::size_t outputs) {
    S* const states = static_cast<S*>(lane_states);
    for (std::size_t i = 0; i < outputs * width; ++i) states[i] = S{};
  }

  /// Adds n elements, the first of them to lane `lane`.
  static CHUNKWISE_INLINE void add(S (&local)[width], const T* v, std::size_t n, std::size_t lane,
                                   std::int64_t position) {
    CHUNKWISE_STRICT_FLOATS
    const auto at = [&](std::size_t i) __attribute__((always_inline)) {
      return position + static_cast<std::int64_t>(i);
    };
    std::size_t i = 0;
    if constexpr (requires { A::step_all(local[0], v, n); }) {
      A::step_all(local[0], v, n);
    } else if constexpr (width == 1) {
      for (; i < n; ++i) aggregate::detail::step<A, T>(local[0], v[i], at(i));
    } else {
      for (; lane != 0 && i < n; ++i, lane = (lane + 1) % width)
        aggregate::detail::step<A, T>(local[lane], v[i], at(i));
      for (; i + width <= n; i += width)
        for (std::size_t l = 0; l < width; ++l) aggregate::detail::step<A, T>(local[l], v[i + l], at(i + l));
      for (; i < n; ++i, ++lane) aggregate::detail::step<A, T>(local[lane], v[i], at(i));
    }
  }
  /// Returns the state that the lanes of an output make.
  static CHUNKWISE_INLINE S join(S (&local)[width]) {
    for (std::size_t half = width / 2; half > 0; half /= 2)
      for (std::size_t l = 0; l < half; ++l) A::merge(local[l], local[l + half]);
    return local[0];
  }

  /// See AggregateKernels::accumulate_lanes.
  [[gnu::noinline]] static void accumulate_lanes(void* lane_state, const void* elements, std::size_t n,
                                                 std::size_t lane, std::int64_t position) {
    S* const state = static_cast<S*>(lane_state);
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = state[l];
    add(local, static_cast<const T*>(elements), n, width == 1 ? 0 : lane, position);
    for (std::size_t l = 0; l < width; ++l) state[l] = local[l];
  }
  /// See AggregateKernels::close_lanes.
  [[gnu::noinline]] static void close_lanes(void* const* fields, const void* lane_state, double /*count*/) {
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = static_cast<const S*>(lane_state)[l];
    *static_cast<S*>(fields[0]) = join(local);
  }
  /// See AggregateKernels::reduce_lanes.
  static void reduce_lanes(void* const* fields, const void* elements, std::size_t n, std::int64_t position) {
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = S{};
    accumulate_lanes(local, elements, n, 0, position);
    close_lanes(fields, local, 0.0);
  }

  /// See AggregateKernels::accumulate_rows.
  [[gnu::noinline]] static void accumulate_rows(void* const* fields, const void* const* rows, std::size_t row_count,
                                                std::size_t n, bool /*first*/, const std::int64_t* positions) {
    CHUNKWISE_STRICT_FLOATS
    S* const __restrict states = static_cast<S*>(fields[0]);
    for (std::size_t r = 0; r < row_count; ++r) {
      const T* const __restrict row = static_cast<const T*>(rows[r]);
      const std::int64_t position = positions ? positions[r] : 0;
      for (std::size_t i = 0; i < n; ++i) aggregate::detail::step<A, T>(states[i], row[i], position);
    }
  }
  /// See AggregateKernels::merge.
  [[gnu::noinline]] static void merge(void* const* left, void* const* right, std::size_t n, double /*left_count*/,
                                      double /*right_count*/) {
    CHUNKWISE_STRICT_FLOATS
    S* const to = static_cast<S*>(left[0]);
    const S* const from = static_cast<const S*>(right[0]);
    for (std::size_t i = 0; i < n; ++i) A::merge(to[i], from[i]);
  }
  /// See AggregateKernels::fold_rows.
  static void fold_rows(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t chunks,
                        std::size_t n, double folded_count, const std::int64_t* positions) {
    // Outputs whose states stay in the cache.
    constexpr std::size_t some = sizeof(S) > 64 ? 65536 / sizeof(S) : 1024;
    for (std::size_t begin = 0; begin < n; begin += some) {
      const std::size_t length = n - begin < some ? n - begin : some;
      S* const to = static_cast<S*>(folded[0]) + begin;
      for (std::size_t c = 0; c < chunks; ++c) {
        S local[some];
        for (std::size_t i = 0; i < length; ++i) local[i] = S{};
        void* state = local;
        for (std::size_t r = c * row_count; r < (c + 1) * row_count; ++r) {
          const void* const row = static_cast<const T*>(rows[r]) + begin;
          accumulate_rows(&state, &row, 1, length, false, positions ? positions + r : nullptr);
        }
        void* merged = to;
        if (c == 0 && folded_count == 0.0)
          for (std::size_t i = 0; i < length; ++i) to[i] = local[i];
        else
          merge(&merged, &state, length, 0.0, 0.0);
      }
    }
  }
  /// See AggregateKernels::finish.
  static void finish(AggregateCode /*aggregate*/, void* const* fields, std::size_t n, aggregate::Reduced of,
                     void* out) {
    using R = typename A::template result<T>;
    const S* const states = static_cast<const S*>(fields[0]);
    R* const to = static_cast<R*>(out);
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = aggregate::detail::finish_one<A>(states[i], of);
      to[i] = op::Cast::convert<R>(value);
    }
  }
};

/// Returns the kernels made of such loops, or of loops that redefine some of them.
template <class A, class T, class Loops>
[[nodiscard]] constexpr AggregateKernels aggregate_kernels() {
  AggregateKernels kernels;
  kernels.fields = 1;
  kernels.field_bytes = sizeof(typename Loops::S);
  kernels.lane_bytes = Loops::width * sizeof(typename Loops::S);
  kernels.takes_positions = aggregate::detail::step_is_told_position<A, T>;
  kernels.begin = &Loops::begin;
  kernels.begin_lanes = &Loops::begin_lanes;
  kernels.accumulate_lanes = &Loops::accumulate_lanes;
  kernels.reduce_lanes = &Loops::reduce_lanes;
  kernels.accumulate_rows = &Loops::accumulate_rows;
  kernels.close_lanes = &Loops::close_lanes;
  kernels.merge = &Loops::merge;
  kernels.fold_rows = &Loops::fold_rows;
  kernels.finish = &Loops::finish;
  return kernels;
}

/// The function in the register for a user's own aggregate: it writes the address of the aggregate's kernels to
/// `output`.
template <UserAggregate F>
static void tell_kernels(const void* const* /*inputs*/, const Scalar* /*parameters*/, void* output, std::size_t) {
  using A = aggregate::Own<F>;
  using T = typename aggregate::AppliedTo<F>::element;
  static constexpr AggregateKernels kernels = aggregate_kernels<A, T, AggregateLoops<A, T, void>>();
  *static_cast<const AggregateKernels**>(output) = &kernels;
}

}  // namespace kernel

/// Registers an aggregate of a user's own in this process, so that graphs from elsewhere may name it: first thing in
/// the main of a worker. A program that writes reduction<F> in a formula need not.
///
///     register_aggregate<Range>();
template <class F>
void register_aggregate() {
  if constexpr (aggregate::checked<F>()) register_function(aggregate_of<F>(), &kernel::tell_kernels<F>);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
