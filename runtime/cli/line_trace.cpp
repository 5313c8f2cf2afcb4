#include "runtime/cli/line_trace.hpp"

#include <exception>
#include <memory>

#include "chunkwise/trace.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/io/trace_file.hpp"

namespace chunkwise::cli {

namespace {

struct LineTrace {
  explicit LineTrace(const std::string& path) : file(path) {}
  trace::File file;
  Trace trace;
  Tracing tracing{trace};
};

std::unique_ptr<LineTrace> begun;

void write() {
  if (const std::unique_ptr<LineTrace> line = std::move(begun)) line->file.write(*line->trace.recorder());
}

}  // namespace

void begin_trace(const std::string& path) { begun = std::make_unique<LineTrace>(path); }

int traced(const std::function<int()>& action) {
  try {
    const int code = action();
    write();
    return code;
  } catch (...) {
    try {
      write();
    } catch (const std::exception& error) {
      tell(error.what());
    }
    throw;
  }
}

}  // namespace chunkwise::cli
