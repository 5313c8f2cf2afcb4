#include "runtime/trace/recorder.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "chunkwise/core/error.hpp"
#include "runtime/core/bytes.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::trace {

namespace {

constexpr std::size_t most_names = 10'000;
/// Room beyond the limit for spans that enclose many others and end after them.
constexpr std::size_t reserved = 1000;

struct ThreadName {
  const char* role = "calling";
  std::int64_t lane = -1;  ///< -1: the thread's own number
};
thread_local ThreadName thread_name;

struct Current {
  std::shared_ptr<Recorder> recorder;
  std::uint64_t forks = 0;  ///< when it was set
};
thread_local Current current_of_thread;

bool encloses(Kind kind) { return kind == Kind::run || kind == Kind::plan || kind == Kind::wait; }

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kind_count> names{"run",    "plan",  "wait",    "compute", "read",
                                                           "derive", "write", "combine", "fetch",   "send"};
  return names[static_cast<std::size_t>(kind)];
}

Time now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t this_thread() { return static_cast<std::int64_t>(::syscall(SYS_gettid)); }

void name_thread(const char* role) { thread_name.role = role; }

Lane::Lane(const char* role, std::int64_t of, std::int64_t number) {
  constexpr std::int64_t most_lanes = 1 << 20;
  thread_name = {role, of * most_lanes + number};
}
Lane::~Lane() { thread_name = {}; }

std::shared_ptr<Recorder> current() {
  // A child of a fork has its parent's recorder, perhaps locked by a thread that is not there.
  if (!current_of_thread.recorder || current_of_thread.forks != fork_count()) return nullptr;
  return current_of_thread.recorder;
}

std::shared_ptr<Recorder> exchange_current(std::shared_ptr<Recorder> recorder) {
  std::shared_ptr<Recorder> before = current();
  current_of_thread = {std::move(recorder), fork_count()};
  return before;
}

// ---------------------------------------------------------------- Recorder

Recorder::Recorder(std::size_t most_spans) : most_(most_spans), processes_(1) {}

std::size_t Recorder::spans() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

std::uint64_t Recorder::left_out() const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t sum = 0;
  for (const Process& process : processes_) sum += process.left_out;
  return sum;
}

std::uint32_t Recorder::name(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  Process& own = processes_.front();
  if (own.names.size() >= most_names && names_.find(name) == names_.end()) name = "others";
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(own.names.size());
  own.names.emplace_back(name);
  names_.emplace(name, number);
  return number;
}

std::uint32_t Recorder::thread() {
  const Thread own{thread_name.role, thread_name.lane >= 0 ? thread_name.lane : this_thread()};
  const std::scoped_lock lock(mutex_);
  auto& threads = processes_.front().threads;
  const auto [place, is_new] = threads_.try_emplace(own, static_cast<std::uint32_t>(threads.size()));
  if (is_new) threads.push_back(own);
  return place->second;
}

bool Recorder::has_room(Kind kind) const { return count_ < most_ + (encloses(kind) ? reserved : 0); }

void Recorder::add(const Span& span) {
  const std::scoped_lock lock(mutex_);
  Process& own = processes_.front();
  if (closed_) return;
  if (!has_room(span.kind)) {
    ++own.left_out;
    return;
  }
  own.spans.push_back(span);
  ++count_;
}

void Recorder::add(Process process, Time offset) {
  const std::scoped_lock lock(mutex_);
  auto known = std::find_if(std::next(processes_.begin()), processes_.end(),
                            [&](const Process& p) { return p.name == process.name; });
  if (known == processes_.end()) {
    processes_.emplace_back().name = process.name;
    known = std::prev(processes_.end());
  }
  Process& to = *known;
  const auto number_in = [](auto& all, const auto& one) {
    const auto place = std::find(all.begin(), all.end(), one);
    const auto number = static_cast<std::uint32_t>(place - all.begin());
    if (place == all.end()) all.push_back(one);
    return number;
  };
  std::vector<std::uint32_t> threads;
  std::vector<std::uint32_t> names;
  for (const Thread& thread : process.threads) threads.push_back(number_in(to.threads, thread));
  for (const std::string& name : process.names) names.push_back(number_in(to.names, name));
  to.left_out += process.left_out;
  to.clock_error = std::max(to.clock_error, process.clock_error);
  for (Span span : process.spans) {
    if (!has_room(span.kind)) {
      ++to.left_out;
      continue;
    }
    span.begin += offset;
    span.end += offset;
    span.thread = threads[span.thread];
    span.name = names[span.name];
    to.spans.push_back(span);
    ++count_;
  }
}

void Recorder::miss(std::string process) {
  const std::scoped_lock lock(mutex_);
  if (std::find(missed_.begin(), missed_.end(), process) == missed_.end()) missed_.push_back(std::move(process));
}

std::vector<Process> Recorder::processes() const {
  const std::scoped_lock lock(mutex_);
  return processes_;
}

std::vector<std::string> Recorder::missed() const {
  const std::scoped_lock lock(mutex_);
  return missed_;
}

Process Recorder::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  Process own = std::move(processes_.front());
  // Scopes that are open still have the numbers of names and threads; nothing looks at what they add.
  processes_.front() = {};
  count_ = 0;
  return own;
}

// ---------------------------------------------------------------- Scope

void Scope::begin(Kind kind, std::int64_t item) {
  span_.kind = kind;
  span_.item = item;
  span_.thread = recorder_->thread();
  exceptions_ = std::uncaught_exceptions();
  span_.begin = now();
}

void Scope::end() {
  span_.end = now();
  span_.failed = std::uncaught_exceptions() > exceptions_;
  recorder_->add(span_);
}

// ---------------------------------------------------------------- bytes

std::vector<std::byte> to_bytes(const Process& process) {
  ByteWriter out;
  out.text(process.name);
  out.number(process.threads.size(), 8);
  for (const Thread& thread : process.threads) {
    out.text(thread.role);
    out.number(thread.id);
  }
  out.number(process.names.size(), 8);
  for (const std::string& name : process.names) out.text(name);
  out.number(process.left_out, 8);
  out.number(process.spans.size(), 8);
  for (const Span& span : process.spans) {
    out.number(span.begin);
    out.number(span.end);
    out.number(span.bytes, 8);
    out.number(span.item);
    out.number(span.thread, 4);
    out.number(span.name, 4);
    out.number(static_cast<std::uint64_t>(span.kind), 1);
    out.number(span.failed ? 1U : 0U, 1);
  }
  return out.take();
}

Process process_from_bytes(std::span<const std::byte> bytes) {
  constexpr std::uint64_t span_bytes = 42;
  // Far from the ends of what a number can be, so that no sum of times wraps.
  constexpr Time latest = Time{1} << 62;
  ByteReader in(bytes, "trace");
  Process process;
  process.name = in.text();
  process.threads.resize(in.count(16));
  for (Thread& thread : process.threads) {
    thread.role = in.text();
    thread.id = in.signed_number();
  }
  process.names.resize(in.count(8));
  for (std::string& name : process.names) name = in.text();
  process.left_out = in.number(8);
  process.spans.resize(in.count(span_bytes));
  for (Span& span : process.spans) {
    span.begin = in.signed_number();
    span.end = in.signed_number();
    span.bytes = in.number(8);
    span.item = in.signed_number();
    span.thread = static_cast<std::uint32_t>(in.number(4));
    span.name = static_cast<std::uint32_t>(in.number(4));
    const std::uint64_t kind = in.number(1);
    span.failed = in.number(1) != 0;
    if (span.begin < 0 || span.end < span.begin || span.end > latest) throw in.error("a span of a time that cannot be");
    if (span.thread >= process.threads.size() || span.name >= process.names.size() || kind >= kind_count)
      throw in.error("a span of a thread, name or kind that there is not");
    span.kind = static_cast<Kind>(kind);
  }
  in.end();
  return process;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::trace
