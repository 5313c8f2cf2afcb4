#pragma once
/// Elements at a place in the order of lines that lie side by side, without sorting them. The bits of the element's
/// number (order_of, op/line/order.hpp) are found from the highest to the lowest, of all lines at a time: a bit is set
/// if no more elements than the place says are smaller than with it. Bits that all elements of a line share need no
/// search, so elements of a narrow range, and of few digits, take fewer passes. It is a radix selection whose counts
/// are made by vectors. Included by tiles.cpp, once for each instruction set, so all of it has internal linkage.
#include "chunkwise/op/line/order.hpp"
#include "runtime/line/tiles.hpp"
#include "runtime/load/load.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {
namespace {

template <std::size_t Size>
struct KeyOf;
template <>
struct KeyOf<2> {
  using type = std::int16_t;
};
template <>
struct KeyOf<4> {
  using type = std::int32_t;
};
template <>
struct KeyOf<8> {
  using type = std::int64_t;
};

template <class T>
CHUNKWISE_INLINE T from_bytes(const Scalar& scalar) {
  T value;
  __builtin_memcpy(&value, scalar.bytes.data(), sizeof value);
  return value;
}

template <class T>
struct Select {
  using K = typename KeyOf<sizeof(T)>::type;
  static constexpr std::size_t lines = tile_row_bytes / sizeof(T);
  static constexpr K largest = static_cast<K>((std::uint64_t{1} << (8 * sizeof(T) - 1)) - 1);
  static constexpr K top_bit = static_cast<K>(~largest);
  typedef K Keys __attribute__((vector_size(tile_row_bytes), may_alias));
  /// Rows that are counted before counts are added up: a count is as wide as an element.
  static constexpr std::size_t counted_rows = 16384;

  /// A signed number with the order of the element.
  static CHUNKWISE_INLINE K key_of(T element) {
    K bits;
    __builtin_memcpy(&bits, &element, sizeof bits);
    if constexpr (std::is_floating_point_v<T>)
      return bits ^ static_cast<K>((bits >> (8 * sizeof(T) - 1)) & largest);
    else if constexpr (std::is_unsigned_v<T>)
      return static_cast<K>(bits ^ top_bit);
    else
      return bits;
  }
  static CHUNKWISE_INLINE T element_of(K key) {
    if constexpr (std::is_floating_point_v<T>)
      key = key ^ static_cast<K>((key >> (8 * sizeof(T) - 1)) & largest);
    else if constexpr (std::is_unsigned_v<T>)
      key = static_cast<K>(key ^ top_bit);
    T element;
    __builtin_memcpy(&element, &key, sizeof element);
    return element;
  }

  static void run(const Selection& of) {
    const std::size_t n = of.length;
    auto* const elements = static_cast<T*>(of.tile);
    auto* const rows = static_cast<Keys*>(of.tile);
    make_keys(of, elements);

    std::int64_t rank[lines];
    const Place of_all = of.place(n, of.parameters);
    for (std::size_t l = 0; l < lines; ++l) {
      const auto numbers = static_cast<std::size_t>(of.numbers[l]);
      const Place place = numbers == n ? of_all : numbers == 0 ? Place{} : of.place(numbers, of.parameters);
      rank[l] = static_cast<std::int64_t>(place.below);
      of.way[l] = place.way;
    }

    Keys varying{};
    const Keys first = rows[0];
    for (std::size_t k = 1; k < n; ++k) varying |= rows[k] ^ first;
    K varies = 0;
    for (std::size_t l = 0; l < lines; ++l) varies = static_cast<K>(varies | varying[l]);

    // Counted from the smallest key, whose top bit is clear then.
    Keys found = (first ^ top_bit) & static_cast<K>(~varies);
    for (int bit = 8 * static_cast<int>(sizeof(T)) - 1; bit >= 0; --bit) {
      const auto mask = static_cast<K>(std::uint64_t{1} << bit);
      if ((varies & mask) == 0) continue;
      const Keys trial = (found | mask) ^ top_bit;
      std::int64_t below[lines] = {};
      count<false>(rows, n, trial, below);
      for (std::size_t l = 0; l < lines; ++l)
        if (below[l] <= rank[l]) found[l] = static_cast<K>(found[l] | mask);
    }
    found ^= top_bit;

    // The next one in order is another of the same, or the smallest that is larger.
    std::int64_t up_to[lines] = {};
    count<true>(rows, n, found, up_to);
    Keys above = Keys{} + largest;
    for (std::size_t k = 0; k < n; ++k) {
      const Keys row = rows[k];
      const Keys larger = row > found ? row : Keys{} + largest;
      above = larger < above ? larger : above;
    }
    for (std::size_t l = 0; l < lines; ++l) {
      static_cast<T*>(of.below)[l] = element_of(found[l]);
      static_cast<T*>(of.next)[l] = element_of(up_to[l] > rank[l] + 1 ? found[l] : above[l]);
    }
  }

 private:
  /// Counts the keys of each line that are below a limit, or up to it.
  template <bool UpTo>
  static CHUNKWISE_INLINE void count(const Keys* rows, std::size_t n, const Keys& limit,
                                     std::int64_t (&counts)[lines]) {
    for (std::size_t begin = 0; begin < n; begin += counted_rows) {
      const std::size_t end = n - begin < counted_rows ? n : begin + counted_rows;
      Keys some{};
      for (std::size_t k = begin; k < end; ++k) {
        if constexpr (UpTo)
          some -= static_cast<Keys>(rows[k] <= limit);
        else
          some -= static_cast<Keys>(rows[k] < limit);
      }
      for (std::size_t l = 0; l < lines; ++l) counts[l] += some[l];
    }
  }

  /// Makes keys of the elements of a tile, the largest of what is no number, and counts numbers.
  static void make_keys(const Selection& of, T* elements) {
    const std::size_t n = of.length;
    auto* const keys = static_cast<K*>(of.tile);
    for (std::size_t l = 0; l < lines; ++l) of.numbers[l] = static_cast<std::int64_t>(n);
    if constexpr (std::is_floating_point_v<T>) {
      std::int64_t missing[lines] = {};
      for (std::size_t k = 0; k < n; ++k)
        for (std::size_t l = 0; l < lines; ++l) {
          T element;
          __builtin_memcpy(&element, elements + k * lines + l, sizeof element);
          const K key = element == element ? key_of(element) : largest;
          missing[l] += element == element ? 0 : 1;
          __builtin_memcpy(keys + k * lines + l, &key, sizeof key);
        }
      for (std::size_t l = 0; l < lines; ++l) of.numbers[l] -= missing[l];
    } else if (of.missing) {
      const T a = from_bytes<T>(of.missing->missing[0]), b = from_bytes<T>(of.missing->missing[1]);
      const T low = from_bytes<T>(of.missing->low), high = from_bytes<T>(of.missing->high);
      for (std::size_t begin = 0; begin < n; begin += counted_rows) {
        const std::size_t end = n - begin < counted_rows ? n : begin + counted_rows;
        K missing[lines] = {};
        for (std::size_t k = begin; k < end; ++k)
          for (std::size_t l = 0; l < lines; ++l) {
            T element;
            __builtin_memcpy(&element, elements + k * lines + l, sizeof element);
            const bool is_missing = (element == a) | (element == b) | (element < low) | (element > high);
            const K key = is_missing ? largest : key_of(element);
            missing[l] = static_cast<K>(missing[l] + (is_missing ? 1 : 0));
            __builtin_memcpy(keys + k * lines + l, &key, sizeof key);
          }
        for (std::size_t l = 0; l < lines; ++l) of.numbers[l] -= missing[l];
      }
    } else if constexpr (std::is_unsigned_v<T>) {
      auto* const rows = static_cast<Keys*>(of.tile);
      for (std::size_t k = 0; k < n; ++k) rows[k] ^= top_bit;
    }
  }
};

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
