#pragma once
/// The kernels of an aggregate whose state has no kernels of its own, made of its step and merge, and the finishing of
/// every aggregate. States of outputs lie side by side. Included by kernels.cpp, once for each instruction set, so all
/// of it has internal linkage.
#include <type_traits>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {
namespace {

/// The number of fields of a state that has kernels of its own.
template <class S>
constexpr std::size_t field_count = sizeof(S) / sizeof(typename S::Field);

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
CHUNKWISE_INLINE auto finish_one(const S& state, aggregate::Reduced of) {
  if constexpr (requires { A::finish(state, of); })
    return A::finish(state, of);
  else
    return A::finish(state);
}

/// The lanes of an output inside a chunk.
template <class A>
constexpr std::size_t lanes_of = A::takes_lanes ? lanes : 1;

template <class A, class T>
struct Own {
  using S = typename A::template state<T>;
  static constexpr std::size_t width = lanes_of<A>;
  static_assert(std::is_trivially_copyable_v<S> && alignof(S) <= 8,
                "chunkwise: the state of an aggregate is trivially copyable");

  static void begin(void* const* fields, std::size_t n) {
    S* const states = static_cast<S*>(fields[0]);
    for (std::size_t i = 0; i < n; ++i) states[i] = S{};
  }
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
      for (; i < n; ++i) step<A, T>(local[0], v[i], at(i));
    } else {
      for (; lane != 0 && i < n; ++i, lane = (lane + 1) % width) step<A, T>(local[lane], v[i], at(i));
      for (; i + width <= n; i += width)
        for (std::size_t l = 0; l < width; ++l) step<A, T>(local[l], v[i + l], at(i + l));
      for (; i < n; ++i, ++lane) step<A, T>(local[lane], v[i], at(i));
    }
  }
  static CHUNKWISE_INLINE S join(S (&local)[width]) {
    for (std::size_t half = width / 2; half > 0; half /= 2)
      for (std::size_t l = 0; l < half; ++l) A::merge(local[l], local[l + half]);
    return local[0];
  }

  [[gnu::noinline]] static void accumulate_lanes(void* lane_state, const void* elements, std::size_t n,
                                                 std::size_t lane, std::int64_t position) {
    S* const state = static_cast<S*>(lane_state);
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = state[l];
    add(local, static_cast<const T*>(elements), n, width == 1 ? 0 : lane, position);
    for (std::size_t l = 0; l < width; ++l) state[l] = local[l];
  }
  [[gnu::noinline]] static void close_lanes(void* const* fields, const void* lane_state, double /*count*/) {
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = static_cast<const S*>(lane_state)[l];
    *static_cast<S*>(fields[0]) = join(local);
  }
  static void reduce_lanes(void* const* fields, const void* elements, std::size_t n, std::int64_t position) {
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = S{};
    accumulate_lanes(local, elements, n, 0, position);
    close_lanes(fields, local, 0.0);
  }

  [[gnu::noinline]] static void accumulate_rows(void* const* fields, const void* const* rows, std::size_t row_count,
                                                std::size_t n, bool /*first*/, const std::int64_t* positions) {
    CHUNKWISE_STRICT_FLOATS
    S* const __restrict states = static_cast<S*>(fields[0]);
    for (std::size_t r = 0; r < row_count; ++r) {
      const T* const __restrict row = static_cast<const T*>(rows[r]);
      const std::int64_t position = positions ? positions[r] : 0;
      for (std::size_t i = 0; i < n; ++i) step<A, T>(states[i], row[i], position);
    }
  }
  [[gnu::noinline]] static void merge(void* const* left, void* const* right, std::size_t n, double /*left_count*/,
                                      double /*right_count*/) {
    CHUNKWISE_STRICT_FLOATS
    S* const to = static_cast<S*>(left[0]);
    const S* const from = static_cast<const S*>(right[0]);
    for (std::size_t i = 0; i < n; ++i) A::merge(to[i], from[i]);
  }
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
  static void finish(AggregateCode /*aggregate*/, void* const* fields, std::size_t n, aggregate::Reduced of,
                     void* out) {
    using R = typename A::template result<T>;
    const S* const states = static_cast<const S*>(fields[0]);
    R* const to = static_cast<R*>(out);
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = finish_one<A>(states[i], of);
      to[i] = op::Cast::convert<R>(value);
    }
  }
};

/// Returns the state of output i, from its fields.
template <class S>
CHUNKWISE_INLINE S state_at(const typename S::Field* const (&field)[max_fields], std::size_t i) {
  constexpr std::size_t count = field_count<S>;
  if constexpr (count == 1)
    return S{field[0][i]};
  else if constexpr (count == 2)
    return S{field[0][i], field[1][i]};
  else if constexpr (count == 4)
    return S{field[0][i], field[1][i], field[2][i], field[3][i]};
  else
    return S{field[0][i], field[1][i], field[2][i], field[3][i], field[4][i]};
}

template <class A, class S, class T>
CHUNKWISE_INLINE bool finish_as(AggregateCode aggregate, void* const* fields, std::size_t n, aggregate::Reduced of,
                                void* out) {
  CHUNKWISE_STRICT_FLOATS
  using Wanted = typename A::template state<T>;
  if constexpr (aggregate::Special<Wanted> && std::is_convertible_v<S, Wanted>) {
    if (aggregate != A::code) return false;
    using R = typename A::template result<T>;
    const typename S::Field* field[max_fields];
    for (std::size_t f = 0; f < max_fields; ++f)
      field[f] = static_cast<const typename S::Field*>(fields[f < field_count<S> ? f : 0]);
    R* __restrict to = static_cast<R*>(out);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
      const Wanted seen = state_at<S>(field, i);
      to[i] = op::Cast::convert<R>(finish_one<A>(seen, of));
    }
    return true;
  } else {
    return false;
  }
}

template <class S, class T, class... A>
CHUNKWISE_INLINE void finish_listed(aggregate::List<A...> /*catalog*/, AggregateCode aggregate, void* const* fields,
                                    std::size_t n, aggregate::Reduced of, void* out) {
  static_cast<void>((finish_as<A, S, T>(aggregate, fields, n, of, out) || ...));
}

/// Finishes any aggregate that a state with kernels of its own holds.
template <class S, class T>
void finish_fields(AggregateCode aggregate, void* const* fields, std::size_t n, aggregate::Reduced of, void* out) {
  finish_listed<S, T>(aggregate::Catalog{}, aggregate, fields, n, of, out);
}

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
