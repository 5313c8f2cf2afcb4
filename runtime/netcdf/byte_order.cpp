#include "runtime/netcdf/byte_order.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

#if defined(__x86_64__)

/// Reverses whole vectors of elements and returns how many bytes those are. Every x86-64 runs the scalar loop, at half
/// the speed of a read from the page cache; a byte shuffle keeps up with it.
[[gnu::target("avx2")]] std::size_t reverse_vectors(std::size_t element_bytes, std::byte* data, std::size_t bytes) {
  alignas(32) std::uint8_t places[32];
  for (std::size_t i = 0; i < 32; ++i)
    places[i] =
        static_cast<std::uint8_t>(i % 16 / element_bytes * element_bytes + element_bytes - 1 - i % element_bytes);
  const __m256i shuffle = _mm256_load_si256(reinterpret_cast<const __m256i*>(places));
  std::size_t done = 0;
  for (; done + 32 <= bytes; done += 32) {
    auto* vector = reinterpret_cast<__m256i*>(data + done);
    _mm256_storeu_si256(vector, _mm256_shuffle_epi8(_mm256_loadu_si256(vector), shuffle));
  }
  return done;
}

bool has_vectors() { return __builtin_cpu_supports("avx2") != 0; }

#else

std::size_t reverse_vectors(std::size_t, std::byte*, std::size_t) { return 0; }
bool has_vectors() { return false; }

#endif

}  // namespace

void make_native(std::size_t element_bytes, std::byte* data, std::size_t bytes) {
  if (element_bytes == 1 || std::endian::native == std::endian::big) return;
  const std::size_t done = has_vectors() ? reverse_vectors(element_bytes, data, bytes) : 0;
  with_unsigned_of(element_bytes, [&]<class U>(U) {
    constexpr auto size = static_cast<std::int64_t>(sizeof(U));
    const auto left = static_cast<std::int64_t>(bytes - done) / size;
    copy_elements<U>(data + done, size, data + done, size, left, [](U value) { return reversed_bytes(value); });
  });
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
