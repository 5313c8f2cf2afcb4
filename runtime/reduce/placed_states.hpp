#pragma once
/// The kernels of states that are an element and its position (op/aggregate/places.hpp): those of own_states.hpp with
/// elements and positions in columns of their own while rows or lanes are added, since vectors hold neighbours of one
/// type. Included by kernels.cpp, once for each instruction set, so all of it has internal linkage.
#include "chunkwise/op/aggregate/places.hpp"
#include "runtime/reduce/own_states.hpp"
#include "runtime/reduce/strip.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {
namespace {

/// The type of the element of a state that is an element and its position; void for other states.
template <class S>
struct PlacedElement {
  using type = void;
};
template <class W>
struct PlacedElement<aggregate::Placed<W>> {
  using type = W;
};

template <class A, class T>
struct PlacedStates : Own<A, T> {
  using S = typename Own<A, T>::S;
  using W = typename PlacedElement<S>::type;
  using Own<A, T>::width;
  /// A state is two of these, its position and the bits of its element.
  using Word [[gnu::may_alias]] = std::int64_t;
  static_assert(sizeof(W) == sizeof(Word) && sizeof(S) == 2 * sizeof(Word));

  static CHUNKWISE_INLINE S at(const Word* states, std::size_t i) {
    return {states[2 * i], __builtin_bit_cast(W, states[2 * i + 1])};
  }
  static CHUNKWISE_INLINE void put(Word* states, std::size_t i, const S& state) {
    states[2 * i] = state.position;
    states[2 * i + 1] = __builtin_bit_cast(std::int64_t, state.value);
  }

  /// Outputs that rows are added to at a time.
  static constexpr std::size_t strip = 512;
  struct Columns {
    alignas(64) std::int64_t position[strip];
    alignas(64) W value[strip];
  };

  static void load(Columns& to, const Word* states, std::size_t n) {
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
      to.position[i] = states[2 * i];
      to.value[i] = __builtin_bit_cast(W, states[2 * i + 1]);
    }
  }
  static void store(const Columns& from, Word* states, std::size_t n) {
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) put(states, i, {from.position[i], from.value[i]});
  }
  static void clear(Columns& to, std::size_t n) {
    const S none{};
    for (std::size_t i = 0; i < n; ++i) to.position[i] = none.position, to.value[i] = none.value;
  }

  /// Adds the elements of as many rows as the compiler knows, in their order.
  template <std::size_t Rows>
  static CHUNKWISE_INLINE void add_rows(Columns& to, const void* const* rows, const std::int64_t* positions,
                                        std::size_t begin, std::size_t n) {
    CHUNKWISE_STRICT_FLOATS
    const T* v[Rows];
    std::int64_t at[Rows];
    for (std::size_t r = 0; r < Rows; ++r) {
      v[r] = static_cast<const T*>(rows[r]) + begin;
      at[r] = positions ? positions[r] : 0;
    }
    for (std::size_t from = 0; from < n; from += prefetch_strip<T>) {
      const std::size_t end = n - from < prefetch_strip<T> ? n : from + prefetch_strip<T>;
      for (std::size_t r = 0; Rows > 1 && r < Rows; ++r) prefetch(v[r] + from);
      CHUNKWISE_INDEPENDENT
      for (std::size_t i = from; i < end; ++i) {
        S state{to.position[i], to.value[i]};
        for (std::size_t r = 0; r < Rows; ++r) aggregate::detail::step<A, T>(state, v[r][i], at[r]);
        to.position[i] = state.position;
        to.value[i] = state.value;
      }
    }
  }
  static CHUNKWISE_INLINE void add_all_rows(Columns& to, const void* const* rows, std::size_t row_count,
                                            const std::int64_t* positions, std::size_t begin, std::size_t n) {
    std::size_t r = 0;
    for (; r + 4 <= row_count; r += 4) add_rows<4>(to, rows + r, positions ? positions + r : nullptr, begin, n);
    for (; r < row_count; ++r) add_rows<1>(to, rows + r, positions ? positions + r : nullptr, begin, n);
  }

  static void accumulate_rows(void* const* fields, const void* const* rows, std::size_t row_count, std::size_t n,
                              bool /*first*/, const std::int64_t* positions) {
    for (std::size_t begin = 0; begin < n; begin += strip) {
      const std::size_t length = n - begin < strip ? n - begin : strip;
      Word* const states = static_cast<Word*>(fields[0]) + 2 * begin;
      Columns local;
      load(local, states, length);
      add_all_rows(local, rows, row_count, positions, begin, length);
      store(local, states, length);
    }
  }

  static void merge(void* const* left, void* const* right, std::size_t n, double /*left_count*/,
                    double /*right_count*/) {
    CHUNKWISE_STRICT_FLOATS
    Word* const to = static_cast<Word*>(left[0]);
    const Word* const from = static_cast<const Word*>(right[0]);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
      S state = at(to, i);
      A::merge(state, at(from, i));
      put(to, i, state);
    }
  }

  static void fold_rows(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t chunks,
                        std::size_t n, double folded_count, const std::int64_t* positions) {
    CHUNKWISE_STRICT_FLOATS
    for (std::size_t begin = 0; begin < n; begin += strip) {
      const std::size_t length = n - begin < strip ? n - begin : strip;
      Word* const states = static_cast<Word*>(folded[0]) + 2 * begin;
      Columns merged, local;
      const bool is_first = folded_count == 0.0;
      if (!is_first) load(merged, states, length);
      for (std::size_t c = 0; c < chunks; ++c) {
        Columns& own = is_first && c == 0 ? merged : local;
        clear(own, length);
        add_all_rows(own, rows + c * row_count, row_count, positions ? positions + c * row_count : nullptr, begin,
                     length);
        if (&own == &merged) continue;
        CHUNKWISE_INDEPENDENT
        for (std::size_t i = 0; i < length; ++i) {
          S state{merged.position[i], merged.value[i]};
          A::merge(state, S{local.position[i], local.value[i]});
          merged.position[i] = state.position;
          merged.value[i] = state.value;
        }
      }
      store(merged, states, length);
    }
  }

  static void accumulate_lanes(void* lane_state, const void* elements, std::size_t n, std::size_t lane,
                               std::int64_t position) {
    CHUNKWISE_STRICT_FLOATS
    static_assert(width == lanes);
    const T* const v = static_cast<const T*>(elements);
    Word* const states = static_cast<Word*>(lane_state);
    alignas(64) std::int64_t positions[width];
    alignas(64) W values[width];
    for (std::size_t l = 0; l < width; ++l) {
      positions[l] = states[2 * l];
      values[l] = __builtin_bit_cast(W, states[2 * l + 1]);
    }
    const auto add = [&](std::size_t l, std::size_t i) __attribute__((always_inline)) {
      S state{positions[l], values[l]};
      aggregate::detail::step<A, T>(state, v[i], position + static_cast<std::int64_t>(i));
      positions[l] = state.position;
      values[l] = state.value;
    };
    const auto add_rounds = [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
      for (std::size_t i = begin; i < end; i += width)
        for (std::size_t l = 0; l < width; ++l) add(l, i + l);
    };
    std::size_t i = 0;
    for (; lane != 0 && i < n; ++i, lane = (lane + 1) % width) add(lane, i);
    if constexpr (requires(const S& state, T element) { A::takes(state, element); }) {
      // What is not taken in the place of the best of all lanes cannot win in its own: to see that costs less than to
      // add it. Few elements are better than all before.
      constexpr std::size_t block = 16 * width;
      const auto best_of_lanes = [&] {
        S best{positions[0], values[0]};
        for (std::size_t l = 1; l < width; ++l) A::merge(best, S{positions[l], values[l]});
        return best;
      };
      for (S best = best_of_lanes(); i + block <= n; i += block) {
        std::int64_t taken = 0;
        for (std::size_t k = i; k < i + block; ++k) taken |= -static_cast<std::int64_t>(A::takes(best, v[k]));
        if (taken == 0) continue;
        add_rounds(i, i + block);
        best = best_of_lanes();
      }
    }
    const std::size_t whole = i + (n - i) / width * width;
    add_rounds(i, whole);
    i = whole;
    for (; i < n; ++i, ++lane) add(lane, i);
    for (std::size_t l = 0; l < width; ++l) put(states, l, {positions[l], values[l]});
  }
  static void reduce_lanes(void* const* fields, const void* elements, std::size_t n, std::int64_t position) {
    S local[width];
    for (std::size_t l = 0; l < width; ++l) local[l] = S{};
    accumulate_lanes(local, elements, n, 0, position);
    Own<A, T>::close_lanes(fields, local, 0.0);
  }
};

/// The kernels of A's own state, over elements of T.
template <class A, class T, class W = typename PlacedElement<typename A::template state<T>>::type>
struct OwnKernels : PlacedStates<A, T> {};
template <class A, class T>
struct OwnKernels<A, T, void> : Own<A, T> {};

/// Returns the kernels of A's own state, over elements of T.
template <class A, class T>
constexpr detail::Kernels own_kernels() {
  return kernel::aggregate_kernels<A, T, OwnKernels<A, T>>();
}

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
