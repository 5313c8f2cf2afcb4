#pragma once
/// The place of the axis of index lists in the result of subscripts.
#include <span>

#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the number of that axis, or -1 if there is no list. It is NumPy's rule: integers count as lists here. If
/// lists stand side by side, their axis has their place; else it is the first.
[[nodiscard]] inline int list_place(std::span<const AxisSubscript> subscripts) {
  using Kind = AxisSubscript::Kind;
  int place = -1, axes = 0, blocks = 0;
  bool has_list = false, in_block = false;
  for (const AxisSubscript& s : subscripts) {
    const bool is_listed = s.kind == Kind::list || s.kind == Kind::integer;
    has_list = has_list || s.kind == Kind::list;
    if (is_listed && !in_block && ++blocks == 1) place = axes;
    in_block = is_listed;
    if (!is_listed) ++axes;
  }
  if (!has_list) return -1;
  return blocks > 1 ? 0 : place;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
