#pragma once
/// Files of traces, in the trace event format (chunkwise/trace.hpp).
#include <iosfwd>
#include <string>

#include "runtime/io/pending_file.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::trace {

/// Writes what was recorded as one JSON object: metadata events that name processes and threads, and a complete event
/// ("X") for each span, in microseconds since the first one began.
void write_json(std::ostream& out, const Recorder& recorder);

/// A file that is known to be writable before anything is recorded, and appears when it is complete.
class File {
 public:
  /// Throws as PendingFile does, and invalid_argument if there is a file that is no trace.
  explicit File(const std::string& path);
  /// Throws io if the system does not take the bytes.
  void write(const Recorder& recorder);

 private:
  std::string path_;
  PendingFile pending_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::trace
