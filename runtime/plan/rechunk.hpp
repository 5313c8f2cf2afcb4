#pragma once
/// How an array that was rechunked is written.
#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Lets a stage that writes a rechunked array to a sink take as many neighbouring chunks at a time, from the last axis
/// on, as each of the threads has memory for: so what is read for them lies together in longer pieces. Other stages
/// stay as they are.
void take_neighbouring_chunks(Stage& stage, bool to_sink, int threads, std::uint64_t limit);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
