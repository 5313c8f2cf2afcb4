#pragma once
/// The trace of a line: what its runs did and when (chunkwise/trace.hpp), for --trace.
#include <functional>
#include <string>

namespace chunkwise::cli {

/// Has all runs that follow in this thread recorded, for a file. Throws if it cannot be written, or is there and no
/// trace.
void begin_trace(const std::string& path);

/// Returns action(), and writes the trace that it has begun, also if it fails. Throws its error; if it has none, io if
/// the trace cannot be written.
int traced(const std::function<int()>& action);

}  // namespace chunkwise::cli
