#include "runtime/load/load.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/level.hpp"
#include "runtime/interpret/interpret.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::load {

namespace {

const detail::Table& kernels() {
  return *chunkwise::detail::made_once([] { return &CHUNKWISE_PICK_LEVEL(load); });
}

/// Calls f with an unsigned type of `size` bytes.
template <class F>
void by_size(std::size_t size, F&& f) {
  switch (size) {
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

}  // namespace

Decoding::Decoding(const Encoding& encoding)
    : stored(encoding.stored),
      masked(encoding.has_missing()),
      scaled(encoding.scaled),
      scale(encoding.scale),
      offset(encoding.offset) {
  if (!masked || stored == DType::boolean) return;
  dispatch(stored, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      using Limits = std::numeric_limits<T>;
      const T lowest = std::is_floating_point_v<T> ? -Limits::infinity() : Limits::min();
      const T highest = std::is_floating_point_v<T> ? Limits::infinity() : Limits::max();
      const T first = encoding.has_valid_range ? encoding.valid_min.as<T>() : lowest;
      const T final = encoding.has_valid_range ? encoding.valid_max.as<T>() : highest;
      low = Scalar(first);
      high = Scalar(final);
      // If no value is missing by its number, a value that is out of range anyway (or NaN) is compared in vain.
      T never = std::is_floating_point_v<T> ? Limits::quiet_NaN() : (first > lowest ? lowest : highest);
      if (!encoding.missing.empty())
        never = encoding.missing.front().as<T>();
      else if (!std::is_floating_point_v<T> && first == lowest && final == highest)
        masked = false;
      missing[0] = missing[1] = Scalar(never);
      if (encoding.missing.size() > 1) missing[1] = encoding.missing[1];
      for (std::size_t i = 2; i < encoding.missing.size(); ++i) further.push_back(encoding.missing[i]);
    }
  });
}

void decode(const Decoding& decoding, DType dtype, const void* stored, void* out, std::size_t n) {
  if (!decoding.masked && !decoding.scaled) return interpret::cast(decoding.stored, dtype, stored, out, n);
  if (!is_floating(dtype)) {
    // Scaled in float64, then cast: hardly any file has this, so there is no kernel of its own.
    double values[256];
    for (std::size_t begin = 0; begin < n; begin += std::size(values)) {
      const std::size_t count = std::min(n - begin, std::size(values));
      decode(decoding, DType::float64, static_cast<const std::byte*>(stored) + begin * size_of(decoding.stored), values,
             count);
      interpret::cast(DType::float64, dtype, values, static_cast<std::byte*>(out) + begin * size_of(dtype), count);
    }
    return;
  }
  const std::size_t variant = (decoding.masked ? 2U : 0U) + (decoding.scaled ? 1U : 0U) - 1;
  kernels().decode[static_cast<std::size_t>(decoding.stored)][dtype == DType::float64 ? 1 : 0][variant](decoding,
                                                                                                        stored, out, n);
  for (const Scalar& missing : decoding.further)
    dispatch(decoding.stored, [&](auto zero) {
      using T = decltype(zero);
      const T* in = static_cast<const T*>(stored);
      const T value = missing.as<T>();
      for (std::size_t i = 0; i < n; ++i) {
        if (in[i] != value) continue;
        if (dtype == DType::float64)
          static_cast<double*>(out)[i] = std::numeric_limits<double>::quiet_NaN();
        else
          static_cast<float*>(out)[i] = std::numeric_limits<float>::quiet_NaN();
      }
    });
}

void gather(const void* from, std::int64_t stride, std::size_t size, void* out, std::size_t n) {
  by_size(size, [&](auto zero) {
    using T = decltype(zero);
    const T* in = static_cast<const T*>(from);
    T* to = static_cast<T*>(out);
    for (std::size_t i = 0; i < n; ++i) to[i] = in[static_cast<std::int64_t>(i) * stride];
  });
}

void splat(const void* from, std::size_t size, void* out, std::size_t n) {
  by_size(size, [&](auto zero) {
    using T = decltype(zero);
    T value;
    std::memcpy(&value, from, sizeof value);
    T* to = static_cast<T*>(out);
    for (std::size_t i = 0; i < n; ++i) to[i] = value;
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::load
