#pragma once
/// Copies of elements between byte orders and strides; elements of 1, 2, 4 and 8 bytes.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Returns an element's bytes in the opposite order.
template <class U>
[[nodiscard]] constexpr U reversed_bytes(U value) {
  if constexpr (sizeof(U) == 2)
    return __builtin_bswap16(value);
  else if constexpr (sizeof(U) == 4)
    return __builtin_bswap32(value);
  else if constexpr (sizeof(U) == 8)
    return __builtin_bswap64(value);
  else
    return value;
}

/// Returns a big-endian element, as classic files store it, in native order.
template <class U>
[[nodiscard]] constexpr U from_big_endian(U value) {
  return std::endian::native == std::endian::big ? value : reversed_bytes(value);
}

/// Calls f with a value of the unsigned type that has as many bytes as an element.
template <class F>
void with_unsigned_of(std::size_t element_bytes, F&& f) {
  switch (element_bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

/// Copies `count` elements that lie `from_step` and `to_step` bytes apart, each changed by `convert`. Neither side
/// needs to be aligned.
template <class U, class Convert>
void copy_elements(const std::byte* from, std::int64_t from_step, std::byte* to, std::int64_t to_step,
                   std::int64_t count, Convert convert) {
  for (std::int64_t i = 0; i < count; ++i) {
    U value;
    std::memcpy(&value, from + i * from_step, sizeof value);
    value = convert(value);
    std::memcpy(to + i * to_step, &value, sizeof value);
  }
}

/// Turns `bytes` bytes of big-endian elements into native ones, in place.
void make_native(std::size_t element_bytes, std::byte* data, std::size_t bytes);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
