#include "runtime/io/canonical.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The bits of T, which decide whether it is NaN: so no option of a compiler has a say.
template <class T>
using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
constexpr auto canonical = std::bit_cast<Word<T>>(std::numeric_limits<T>::quiet_NaN());

template <class T>
constexpr bool is_nan(Word<T> bits) {
  return (bits & (~Word<T>{0} >> 1U)) > std::bit_cast<Word<T>>(std::numeric_limits<T>::infinity());
}

template <class T>
Word<T> word(const void* data, std::size_t i) {
  Word<T> bits;
  std::memcpy(&bits, static_cast<const std::byte*>(data) + i * sizeof bits, sizeof bits);
  return bits;
}

template <class T>
bool any_other_nan(const void* data, std::size_t count) {
  Word<T> found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Word<T> bits = word<T>(data, i);
    found |= static_cast<Word<T>>(is_nan<T>(bits)) & static_cast<Word<T>>(bits != canonical<T>);
  }
  return found != 0;
}

template <class T>
void copy(const void* from, void* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Word<T> bits = word<T>(from, i);
    if (is_nan<T>(bits)) bits = canonical<T>;
    std::memcpy(static_cast<std::byte*>(to) + i * sizeof bits, &bits, sizeof bits);
  }
}

}  // namespace

bool has_other_nan(DType dtype, const void* data, std::size_t count) {
  if (dtype == DType::float32) return any_other_nan<float>(data, count);
  if (dtype == DType::float64) return any_other_nan<double>(data, count);
  return false;
}

void copy_canonical(DType dtype, const void* from, void* to, std::size_t count) {
  if (dtype == DType::float32) return copy<float>(from, to, count);
  if (dtype == DType::float64) return copy<double>(from, to, count);
  std::memcpy(to, from, count * size_of(dtype));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
