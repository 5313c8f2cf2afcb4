#pragma once
/// Kernels of functions of lines that are made of many lines side by side: windows, and elements at a place in the
/// order of a line. They are compiled once for each instruction set. Next: line.hpp, which says what a function takes.
#include <cstddef>
#include <cstdint>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::load {
struct Decoding;
}

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

/// Lines of which windows are reduced: element i of line l is in[i * in_step + l], and so are the results in `out`.
struct WindowLines {
  const void* in = nullptr;
  std::int64_t in_step = 1;
  void* out = nullptr;
  std::int64_t out_step = 1;
  std::size_t width = 1;     ///< lines
  std::int64_t length = 0;   ///< elements of one, at least one
  std::int64_t size = 1;     ///< places of a window
  std::int64_t offset = 0;   ///< from an element to the first place of its window, 0 or less
  std::int64_t ddof = 0;     ///< of var and stddev
  double* memory = nullptr;  ///< window_bytes() for each line
};

/// Returns the bytes of states, of so many numbers each, that making the windows of a line takes.
[[nodiscard]] constexpr std::size_t window_bytes(std::int64_t size, std::int64_t length, std::size_t fields) {
  return (static_cast<std::size_t>(size < length ? size : length) + 2) * fields * sizeof(double);
}

/// How many aggregates there are of windows.
inline constexpr std::size_t window_aggregates = 21;

/// Bytes of a row of a tile that is searched: an element of each of its lines, side by side, which vectors hold.
inline constexpr std::size_t tile_row_bytes = 64;

/// Lines that are searched together for the elements at a place in their order.
struct Selection {
  /// `length` rows of tile_row_bytes: an element of each line. They are changed.
  void* tile = nullptr;
  std::size_t length = 0;                   ///< at least one
  const load::Decoding* missing = nullptr;  ///< which stored elements mean NaN; null: none
  Place (*place)(std::size_t numbers, const double* parameters) = nullptr;
  const double* parameters = nullptr;
  /// What was found of each line: how many numbers it has, the element at the place and the next one in order, as they
  /// are in the tile, and the way between the two. Of a line without numbers the elements are any.
  std::int64_t* numbers = nullptr;
  void* below = nullptr;
  void* next = nullptr;
  double* way = nullptr;
};

namespace detail {
struct WindowKernel {
  void (*run)(const WindowLines& lines) = nullptr;
  std::size_t fields = 0;  ///< numbers of the state of a window
};
/// Kernels by element type, of windows of float32 and float64 and by the place of the aggregate in WindowAggregates;
/// null if a type has none.
struct TileTable {
  WindowKernel windows[2][window_aggregates];
  void (*select[dtype_count])(const Selection& selection);
};
}  // namespace detail
namespace baseline {
const detail::TileTable& table();
}
namespace avx2 {
const detail::TileTable& table();
}
namespace avx512 {
const detail::TileTable& table();
}

/// Returns the kernels for this CPU.
[[nodiscard]] const detail::TileTable& tile_kernels();

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
