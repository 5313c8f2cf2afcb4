// Compiled once for each CHUNKWISE_LEVEL. Calls no function template that other files could also emit.
#include "runtime/line/tiles.hpp"

#include "runtime/line/select.hpp"
#include "runtime/line/windows.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {
namespace {

constexpr detail::TileTable make_tile_table() {
  detail::TileTable table{};
  add_windows<float>(table.windows[0], WindowAggregates{});
  add_windows<double>(table.windows[1], WindowAggregates{});
  const auto add = [&table]<class T>(T) { table.select[static_cast<std::size_t>(dtype_of<T>)] = &Select<T>::run; };
  add(std::int16_t{});
  add(std::int32_t{});
  add(std::int64_t{});
  add(std::uint16_t{});
  add(std::uint32_t{});
  add(std::uint64_t{});
  add(float{});
  add(double{});
  return table;
}

constexpr detail::TileTable the_tile_table = make_tile_table();

}  // namespace

namespace CHUNKWISE_LEVEL {
const detail::TileTable& table() { return the_tile_table; }
}  // namespace CHUNKWISE_LEVEL

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
