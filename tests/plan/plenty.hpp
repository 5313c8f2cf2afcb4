#pragma once
#include <cstdint>

namespace chunkwise_test {

/// A limit of memory that no plan of the tests comes near.
inline constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

}  // namespace chunkwise_test
