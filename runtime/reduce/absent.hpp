#pragma once
/// States of outputs that have no element so far, and take no memory: for a group that is not in a chunk.
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

/// Returns states that have seen no element and have no memory: others can be merged into them, and they into others.
[[nodiscard]] inline State absent(StateCode kind, DType element, std::size_t outputs) {
  State state;
  state.kind = kind;
  state.element = element;
  state.outputs = outputs;
  return state;
}
[[nodiscard]] inline bool is_absent(const State& state) { return state.memory == nullptr; }

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
