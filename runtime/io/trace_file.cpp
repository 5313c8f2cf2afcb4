#include "runtime/io/trace_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "chunkwise/core/error.hpp"
#include "chunkwise/trace.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace trace {

namespace {

/// The bytes that files of this kind begin with, by which they are known.
constexpr std::string_view beginning = R"({"traceEvents":[)";

/// Returns nanoseconds as microseconds, exactly.
std::string microseconds(Time time) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%lld.%03d", static_cast<long long>(time / 1000),
                static_cast<int>(time % 1000));
  return text.data();
}

std::string json_text(std::string_view text) { return dump(Json(std::string(text))); }

/// Returns the names of a process's threads: "computing 2".
std::vector<std::string> thread_names(const Process& process) {
  std::map<std::string, int> counts;
  std::vector<std::string> names;
  for (const Thread& thread : process.threads)
    names.push_back(thread.role + " " + std::to_string(++counts[thread.role]));
  return names;
}

/// Returns what a viewer shows beside the name of a process: what its lines lack, and how exact they are.
std::string remarks_on(const Process& process) {
  std::string text;
  if (process.left_out > 0) text = std::to_string(process.left_out) + " spans left out, for which there was no room";
  if (process.clock_error > 0)
    text += (text.empty() ? "" : "; ") + std::string("clock within ") + microseconds(process.clock_error) + " us";
  return text;
}

/// Writes events, with commas between them.
class Events {
 public:
  explicit Events(std::ostream& out) : out_(out) {}
  std::ostream& next() {
    out_ << (first_ ? "\n" : ",\n");
    first_ = false;
    return out_;
  }
  void metadata(std::size_t process, std::size_t thread, const char* what, const std::string& argument) {
    next() << R"({"name":")" << what << R"(","ph":"M","pid":)" << process << R"(,"tid":)" << thread << R"(,"args":{)"
           << argument << "}}";
  }

 private:
  std::ostream& out_;
  bool first_ = true;
};

void write_process(Events& events, const Process& process, std::size_t number, Time start) {
  events.metadata(number, 0, "process_name", "\"name\":" + json_text(process.name));
  events.metadata(number, 0, "process_sort_index", "\"sort_index\":" + std::to_string(number));
  if (const std::string remarks = remarks_on(process); !remarks.empty())
    events.metadata(number, 0, "process_labels", "\"labels\":" + json_text(remarks));
  const std::vector<std::string> threads = thread_names(process);
  for (std::size_t i = 0; i < threads.size(); ++i) {
    events.metadata(number, i + 1, "thread_name", "\"name\":" + json_text(threads[i]));
    events.metadata(number, i + 1, "thread_sort_index", "\"sort_index\":" + std::to_string(i + 1));
  }
  std::vector<std::string> names;
  for (const std::string& name : process.names) names.push_back(json_text(name));
  // A span comes before those within it.
  std::vector<const Span*> spans;
  for (const Span& span : process.spans) spans.push_back(&span);
  std::ranges::sort(spans, [](const Span* a, const Span* b) {
    return std::tuple(a->begin, -a->end, a->thread) < std::tuple(b->begin, -b->end, b->thread);
  });
  for (const Span* span : spans) {
    std::ostream& out = events.next();
    out << R"({"name":)" << names[span->name] << R"(,"cat":")" << name_of(span->kind) << R"(","ph":"X","ts":)"
        << microseconds(span->begin - start) << R"(,"dur":)" << microseconds(span->end - span->begin) << R"(,"pid":)"
        << number << R"(,"tid":)" << span->thread + 1 << R"(,"args":{)";
    const char* separator = "";
    const auto argument = [&](const char* name, const std::string& value) {
      out << separator << '"' << name << "\":" << value;
      separator = ",";
    };
    if (span->bytes > 0) argument("bytes", std::to_string(span->bytes));
    if (span->item >= 0) argument("item", std::to_string(span->item));
    if (span->failed) argument("failed", "true");
    out << "}}";
  }
}

}  // namespace

void write_json(std::ostream& out, const Recorder& recorder) {
  std::vector<Process> processes = recorder.processes();
  processes.front().name = program_invocation_short_name;
  Time start = std::numeric_limits<Time>::max();
  for (const Process& process : processes)
    for (const Span& span : process.spans) start = std::min(start, span.begin);
  out << beginning;
  Events events(out);
  for (std::size_t i = 0; i < processes.size(); ++i) write_process(events, processes[i], i + 1, start);
  out << "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{\"spans_left_out\":" << recorder.left_out()
      << ",\"processes_without_answer\":" << dump(Json(recorder.missed())) << "}}\n";
}

namespace {

/// Returns the path of a file that may be written: there is none, or one that is a trace.
const std::string& replaceable(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return path;
  std::array<char, beginning.size()> bytes{};
  std::ifstream there(path, std::ios::binary);
  there.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (there.gcount() == 0 && there.eof()) return path;  // an empty file
  if (std::string_view(bytes.data(), static_cast<std::size_t>(there.gcount())) != beginning)
    throw Error(ErrorCode::invalid_argument, printable(path) +
                                                 " exists, and is no trace of a run, so it is not replaced; name "
                                                 "another file for the trace, or remove that one");
  return path;
}

}  // namespace

File::File(const std::string& path) : path_(path), pending_(replaceable(path), true) {}

void File::write(const Recorder& recorder) {
  std::ofstream out(pending_.temporary(), std::ios::binary);
  write_json(out, recorder);
  out.close();
  if (!out)
    throw Error(ErrorCode::io, "cannot write the trace " + printable(path_) + ": " + std::strerror(errno) +
                                   "; see that its disk has room");
  pending_.publish(false);
}

}  // namespace trace

// ---------------------------------------------------------------- Trace, Tracing

Trace::Trace(std::size_t most_spans) {
  constexpr std::size_t most = 10'000'000;
  if (most_spans == 0 || most_spans > most)
    throw Error(ErrorCode::invalid_argument,
                "Trace: " + std::to_string(most_spans) + " spans; a trace holds from 1 to " + std::to_string(most));
  recorder_ = std::make_shared<trace::Recorder>(most_spans);
}

std::size_t Trace::spans() const { return recorder_->spans(); }
std::uint64_t Trace::left_out() const { return recorder_->left_out(); }

std::string Trace::json() const {
  std::ostringstream out;
  trace::write_json(out, *recorder_);
  return std::move(out).str();
}

void Trace::save(const TextArgument& path) const { trace::File(std::string(std::string_view(path))).write(*recorder_); }

Tracing::Tracing(const Trace& trace) : before_(trace::exchange_current(trace.recorder())) {}
Tracing::~Tracing() { trace::exchange_current(std::move(before_)); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
