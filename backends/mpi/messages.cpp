#include "backends/mpi/messages.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

namespace {

ByteWriter begun(Subject subject) {
  ByteWriter out;
  out.number(static_cast<std::uint64_t>(subject), 1);
  return out;
}

/// Reads a message from behind its subject.
class Reader : public ByteReader {
 public:
  explicit Reader(const std::vector<std::byte>& message) : ByteReader(message, "message between ranks") {
    (void)number(1);
  }
  [[nodiscard]] bool flag() { return number(1) != 0; }
  [[nodiscard]] std::int32_t small() { return static_cast<std::int32_t>(number(4)); }
  [[nodiscard]] StepKey key() {
    const RunId run = signed_number();
    return {run, small()};
  }
  [[nodiscard]] Items items() {
    const std::int64_t first = signed_number();
    return {first, signed_number()};
  }
  [[nodiscard]] Held held() {
    const Items of = items();
    return {of, signed_number()};
  }
  [[nodiscard]] std::vector<std::byte> bytes() {
    const auto found = block();
    return {found.begin(), found.end()};
  }
};

void write(ByteWriter& out, bool flag) { out.number(flag ? 1U : 0U, 1); }
void write_small(ByteWriter& out, std::int32_t number) {
  out.number(static_cast<std::uint64_t>(static_cast<std::uint32_t>(number)), 4);
}
void write(ByteWriter& out, const StepKey& key) {
  out.number(key.run);
  write_small(out, key.step);
}
void write(ByteWriter& out, const Items& items) {
  out.number(items.first);
  out.number(items.last);
}
void write(ByteWriter& out, const Held& held) {
  write(out, held.items);
  out.number(held.worker);
}

}  // namespace

std::vector<std::byte> message(Subject subject) { return begun(subject).take(); }

Subject subject_of(const std::vector<std::byte>& message) {
  if (message.empty() || std::to_integer<int>(message.front()) > static_cast<int>(Subject::report))
    throw Error(ErrorCode::invalid_argument, "a message between ranks without a subject that there is");
  return static_cast<Subject>(message.front());
}

std::vector<std::byte> to_message(const Settings& settings) {
  ByteWriter out = begun(Subject::begin);
  write_small(out, settings.threads);
  out.number(settings.memory_limit, 8);
  return out.take();
}
Settings settings_of(const std::vector<std::byte>& message) {
  Reader in(message);
  const int threads = in.small();
  return {threads, in.number(8)};
}

std::vector<std::byte> to_message(const WorkerFacts& facts) {
  ByteWriter out = begun(Subject::begin);
  out.text(facts.host);
  write_small(out, facts.threads);
  out.number(facts.memory_limit, 8);
  out.number(facts.functions.size(), 8);
  for (const Function& function : facts.functions) {
    out.text(function.name);
    write_small(out, function.version);
    out.number(function.arguments.size(), 8);
    for (const DType argument : function.arguments) out.number(static_cast<std::uint64_t>(argument), 1);
    out.number(static_cast<std::uint64_t>(function.result), 1);
  }
  return out.take();
}
WorkerFacts facts_of(const std::vector<std::byte>& message) {
  Reader in(message);
  WorkerFacts facts;
  facts.host = in.text();
  facts.threads = in.small();
  facts.memory_limit = in.number(8);
  facts.functions.resize(in.count(21));
  for (Function& function : facts.functions) {
    function.name = in.text();
    function.version = in.small();
    function.arguments.resize(in.count(1));
    for (DType& argument : function.arguments) argument = in.dtype();
    function.result = in.dtype();
  }
  in.end();
  return facts;
}

std::vector<std::byte> to_message(const Description& run) {
  ByteWriter out = begun(Subject::describe);
  const Submission& submission = run.submission;
  out.number(submission.run);
  out.number(submission.client);
  out.block(run.graph);
  out.number(submission.persisted.size(), 8);
  for (const bool persisted : submission.persisted) write(out, persisted);
  out.number(submission.disabled_passes.size(), 8);
  for (const std::string& pass : submission.disabled_passes) out.text(pass);
  out.number(submission.tilings.size(), 8);
  for (const plan::Tiling& tiling : submission.tilings) {
    write(out, tiling.order == plan::WorkItemOrder::by_position);
    write(out, tiling.tiles.has_value());
    if (!tiling.tiles) continue;
    out.number(tiling.tiles->outputs);
    out.number(static_cast<std::uint64_t>(tiling.tiles->block.rank()), 1);
    for (const std::int64_t extent : tiling.tiles->block) out.number(extent);
  }
  out.number(submission.memory_limit);
  return out.take();
}
Description description_of(const std::vector<std::byte>& message) {
  Reader in(message);
  Description run;
  Submission& submission = run.submission;
  submission.run = in.signed_number();
  submission.client = in.signed_number();
  run.graph = in.bytes();
  submission.persisted.resize(in.count(1));
  for (std::size_t i = 0; i < submission.persisted.size(); ++i) submission.persisted[i] = in.flag();
  submission.disabled_passes.resize(in.count(8));
  for (std::string& pass : submission.disabled_passes) pass = in.text();
  submission.tilings.resize(in.count(2));
  for (plan::Tiling& tiling : submission.tilings) {
    tiling.order = in.flag() ? plan::WorkItemOrder::by_position : plan::WorkItemOrder::by_tile;
    if (!in.flag()) continue;
    tiling.tiles = plan::Tiles{in.signed_number(), {}};
    const std::uint64_t rank = in.number(1);
    if (rank > max_rank) throw in.error("a tiling of rank " + std::to_string(rank));
    for (std::uint64_t axis = 0; axis < rank; ++axis) tiling.tiles->block.push_back(in.signed_number());
  }
  submission.memory_limit = in.signed_number();
  in.end();
  submission.graph = run.graph;
  return run;
}

std::vector<std::byte> to_message(const Assign& assign) {
  ByteWriter out = begun(Subject::assign);
  out.number(assign.worker);
  out.number(assign.ticket);
  write(out, assign.key);
  write(out, assign.items);
  out.number(assign.inputs.size(), 8);
  for (const Inputs& inputs : assign.inputs) {
    write(out, inputs.key);
    out.number(inputs.ranges.size(), 8);
    for (const Held& held : inputs.ranges) write(out, held);
  }
  return out.take();
}
Assign assign_of(const std::vector<std::byte>& message) {
  Reader in(message);
  Assign assign;
  assign.worker = in.signed_number();
  assign.ticket = in.signed_number();
  assign.key = in.key();
  assign.items = in.items();
  assign.inputs.resize(in.count(20));
  for (Inputs& inputs : assign.inputs) {
    inputs.key = in.key();
    inputs.ranges.resize(in.count(24));
    for (Held& held : inputs.ranges) held = in.held();
  }
  in.end();
  return assign;
}

std::vector<std::byte> to_message(const Copy& copy) {
  ByteWriter out = begun(Subject::copy);
  out.number(copy.worker);
  out.number(copy.ticket);
  write(out, copy.key);
  write(out, copy.held);
  return out.take();
}
Copy copy_of(const std::vector<std::byte>& message) {
  Reader in(message);
  Copy copy;
  copy.worker = in.signed_number();
  copy.ticket = in.signed_number();
  copy.key = in.key();
  copy.held = in.held();
  return copy;
}

std::vector<std::byte> to_message(const Drop& drop) {
  ByteWriter out = begun(Subject::drop);
  out.number(drop.worker);
  write(out, drop.key);
  write(out, drop.items.has_value());
  if (drop.items) write(out, *drop.items);
  return out.take();
}
Drop drop_of(const std::vector<std::byte>& message) {
  Reader in(message);
  Drop drop;
  drop.worker = in.signed_number();
  drop.key = in.key();
  if (in.flag()) drop.items = in.items();
  return drop;
}

std::vector<std::byte> to_message(const ForgetRun& forget) {
  ByteWriter out = begun(Subject::forget);
  out.number(forget.worker);
  out.number(forget.run);
  return out.take();
}
ForgetRun forget_of(const std::vector<std::byte>& message) {
  Reader in(message);
  const WorkerId worker = in.signed_number();
  return {worker, in.signed_number()};
}

std::vector<std::byte> to_message(const Report& report) {
  ByteWriter out = begun(Subject::report);
  out.number(report.ticket);
  write(out, report.key);
  write(out, report.items);
  write(out, report.copied);
  write(out, report.problem.has_value());
  if (report.problem) {
    out.number(static_cast<std::uint64_t>(report.problem->code), 1);
    out.text(report.problem->message);
    out.text(report.problem->worker);
    out.number(report.unreachable);
  }
  out.number(report.bytes_read);
  out.number(report.memory_used);
  out.number(report.also.size(), 8);
  for (const Report::Made& made : report.also) {
    write_small(out, made.product.step);
    write(out, made.product.items);
    out.block(made.values);
  }
  return out.take();
}
Report report_of(const std::vector<std::byte>& message) {
  Reader in(message);
  Report report;
  report.ticket = in.signed_number();
  report.key = in.key();
  report.items = in.items();
  report.copied = in.flag();
  if (in.flag()) {
    Problem& problem = report.problem.emplace();
    problem.code = static_cast<ErrorCode>(in.number(1));
    problem.message = in.text();
    problem.worker = in.text();
    report.unreachable = in.signed_number();
  }
  report.bytes_read = in.signed_number();
  report.memory_used = in.signed_number();
  report.also.resize(in.count(28));
  for (Report::Made& made : report.also) {
    made.product.step = in.small();
    made.product.items = in.items();
    made.values = in.bytes();
  }
  in.end();
  return report;
}

std::vector<std::byte> product_message(Subject subject, const StepKey& key, std::int64_t item) {
  ByteWriter out = begun(subject);
  write(out, key);
  out.number(item);
  return out.take();
}
std::pair<StepKey, std::int64_t> product_of(const std::vector<std::byte>& message) {
  Reader in(message);
  const StepKey key = in.key();
  return {key, in.signed_number()};
}

std::vector<std::byte> chunks_message(const StepKey& key, const Region& region) {
  ByteWriter out = begun(Subject::read_chunks);
  write(out, key);
  out.number(static_cast<std::uint64_t>(region.rank()), 1);
  for (const AxisRange& range : region) out.range(range);
  return out.take();
}
std::pair<StepKey, Region> chunks_of(const std::vector<std::byte>& message) {
  Reader in(message);
  const StepKey key = in.key();
  Region region;
  const std::uint64_t rank = in.number(1);
  if (rank > max_rank) throw in.error("a region of rank " + std::to_string(rank));
  for (std::uint64_t axis = 0; axis < rank; ++axis) region.push_back(in.range());
  return {key, region};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
