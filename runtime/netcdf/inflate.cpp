#include "runtime/netcdf/inflate.hpp"

#include <libdeflate.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/shared_library.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

struct Libdeflate {
  SharedLibrary library{CHUNKWISE_DEFLATE_LIBRARY, "libdeflate, which compressed NetCDF-4 files take,"};
  decltype(&::libdeflate_alloc_decompressor) alloc_decompressor = library["libdeflate_alloc_decompressor"];
  decltype(&::libdeflate_free_decompressor) free_decompressor = library["libdeflate_free_decompressor"];
  decltype(&::libdeflate_zlib_decompress) zlib_decompress = library["libdeflate_zlib_decompress"];
};

const Libdeflate& libdeflate() {
  return *detail::made_once([] { return new const Libdeflate; });
}

struct Free {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate().free_decompressor(decompressor); }
};

/// The elements' type as a number whose bytes are put together.
template <class U>
void join_bytes(const std::byte* shuffled, std::size_t elements, std::size_t count, std::byte* out) {
  const auto* const __restrict planes = reinterpret_cast<const std::uint8_t*>(shuffled);
  for (std::size_t i = 0; i < count; ++i) {
    U value = 0;
    for (std::size_t b = 0; b < sizeof(U); ++b)
      value = static_cast<U>(value | static_cast<U>(static_cast<U>(planes[b * elements + i]) << (8 * b)));
    std::memcpy(out + i * sizeof(U), &value, sizeof(U));
  }
}

}  // namespace

bool inflate(const void* stream, std::size_t stream_bytes, void* out, std::size_t out_bytes) {
  const Libdeflate& library = libdeflate();
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> decompressor(library.alloc_decompressor());
  if (!decompressor) throw Error(ErrorCode::memory_limit, "the system has no memory for a decompressor");
  return library.zlib_decompress(decompressor.get(), stream, stream_bytes, out, out_bytes, nullptr) ==
         LIBDEFLATE_SUCCESS;
}

void unshuffle(const std::byte* shuffled, std::size_t elements, std::size_t element_bytes, std::size_t first,
               std::size_t count, std::byte* out) {
  static_assert(std::endian::native == std::endian::little, "chunkwise: bytes are joined in the order of the machine");
  shuffled += first;
  switch (element_bytes) {
    case 2:
      return join_bytes<std::uint16_t>(shuffled, elements, count, out);
    case 4:
      return join_bytes<std::uint32_t>(shuffled, elements, count, out);
    case 8:
      return join_bytes<std::uint64_t>(shuffled, elements, count, out);
    default:
      std::memcpy(out, shuffled, count);
  }
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
