#include "runtime/store/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace chunkwise::inline CHUNKWISE_ABI::store {

namespace {

constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87, prime2 = 0xC2B2AE3D27D4EB4F, prime3 = 0x165667B19E3779F9,
                        prime4 = 0x85EBCA77C2B2AE63, prime5 = 0x27D4EB2F165667C5;

template <class Word>
Word word_at(const std::byte* data) {
  static_assert(std::endian::native == std::endian::little,
                "chunkwise: the checksum is defined over little-endian words");
  Word word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

std::uint64_t mixed(std::uint64_t lane, std::uint64_t word) { return std::rotl(lane + word * prime2, 31) * prime1; }

}  // namespace

std::uint64_t checksum(const std::byte* data, std::size_t size) {
  const std::byte* const end = data + size;
  std::uint64_t hash = prime5;
  if (size >= 32) {
    std::array<std::uint64_t, 4> lanes{prime1 + prime2, prime2, 0, 0 - prime1};
    for (; end - data >= 32; data += 32)
      for (std::size_t i = 0; i < 4; ++i) lanes[i] = mixed(lanes[i], word_at<std::uint64_t>(data + 8 * i));
    hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) hash = (hash ^ mixed(0, lane)) * prime1 + prime4;
  }
  hash += size;
  for (; end - data >= 8; data += 8)
    hash = std::rotl(hash ^ mixed(0, word_at<std::uint64_t>(data)), 27) * prime1 + prime4;
  if (end - data >= 4) {
    hash = std::rotl(hash ^ word_at<std::uint32_t>(data) * prime1, 23) * prime2 + prime3;
    data += 4;
  }
  for (; data < end; ++data) hash = std::rotl(hash ^ static_cast<std::uint64_t>(*data) * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
