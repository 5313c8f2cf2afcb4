#include "runtime/executor/copy.hpp"

#include <array>
#include <cstring>

namespace chunkwise::inline CHUNKWISE_ABI::executor {

void copy_elements(const Shape& shape, std::size_t size, const void* from, const PerAxis<std::int64_t>& from_strides,
                   void* to, const PerAxis<std::int64_t>& to_strides) {
  const std::array maps{from_strides, to_strides};
  Walk walk(shape, maps);
  if (walk.stretch_stride(0) != 1 || walk.stretch_stride(1) != 1) walk.single_elements();
  const auto bytes = static_cast<std::int64_t>(size);
  walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    std::memcpy(static_cast<std::byte*>(to) + offsets[1] * bytes,
                static_cast<const std::byte*>(from) + offsets[0] * bytes,
                static_cast<std::size_t>(walk.stretch_length()) * size);
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
