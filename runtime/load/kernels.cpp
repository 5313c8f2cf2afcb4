// Compiled once for each CHUNKWISE_LEVEL. Calls no function template that other files could also emit.
#include "runtime/load/load.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::load {
namespace {

template <class T>
T value_of(const Scalar& scalar) {
  T value;
  __builtin_memcpy(&value, scalar.bytes.data(), sizeof value);
  return value;
}

template <class Stored, class Out, bool Masked, bool Scaled>
void decode_block(const Decoding& decoding, const void* stored, void* output, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  const auto* __restrict in = static_cast<const Stored*>(stored);
  auto* __restrict out = static_cast<Out*>(output);
  const double scale = decoding.scale;
  const double offset = decoding.offset;
  const Stored missing0 = value_of<Stored>(decoding.missing[0]);
  const Stored missing1 = value_of<Stored>(decoding.missing[1]);
  const Stored low = value_of<Stored>(decoding.low);
  const Stored high = value_of<Stored>(decoding.high);
  for (std::size_t i = 0; i < n; ++i) {
    const Stored raw = in[i];
    Out value;
    if constexpr (Scaled)
      value = static_cast<Out>(static_cast<double>(raw) * scale + offset);
    else
      value = static_cast<Out>(raw);
    if constexpr (Masked) {
      const bool missing = (raw == missing0) | (raw == missing1) | (raw < low) | (raw > high);
      value = missing ? static_cast<Out>(__builtin_nan("")) : value;
    }
    out[i] = value;
  }
}

template <class Stored>
constexpr void fill(detail::Table& table) {
  auto& row = table.decode[static_cast<std::size_t>(dtype_of<Stored>)];
  row[0][0] = &decode_block<Stored, float, false, true>;
  row[0][1] = &decode_block<Stored, float, true, false>;
  row[0][2] = &decode_block<Stored, float, true, true>;
  row[1][0] = &decode_block<Stored, double, false, true>;
  row[1][1] = &decode_block<Stored, double, true, false>;
  row[1][2] = &decode_block<Stored, double, true, true>;
}

constexpr detail::Table make_table() {
  detail::Table table{};
  fill<std::int8_t>(table);
  fill<std::int16_t>(table);
  fill<std::int32_t>(table);
  fill<std::int64_t>(table);
  fill<std::uint8_t>(table);
  fill<std::uint16_t>(table);
  fill<std::uint32_t>(table);
  fill<std::uint64_t>(table);
  fill<float>(table);
  fill<double>(table);
  return table;
}

constexpr detail::Table the_table = make_table();

}  // namespace

namespace CHUNKWISE_LEVEL {
const detail::Table& table() { return the_table; }
}  // namespace CHUNKWISE_LEVEL

}  // namespace chunkwise::inline CHUNKWISE_ABI::load
