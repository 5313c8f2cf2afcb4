// What workers have recorded of a run, put onto this program's clock.
#include <chrono>

#include "backends/thrift/client/session.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

using Clock = std::chrono::steady_clock;

/// The time for all workers together: a run that is over holds its caller up no longer.
constexpr std::chrono::seconds patience{5};

/// How far a worker's clock is behind this one, and by how much that may be wrong.
struct ClockOffset {
  trace::Time offset = 0, error = 0;
};

/// Estimates it as the Network Time Protocol does: the worker told its time at some moment between question and answer.
/// The quickest of several answers leaves least room for that moment.
template <class Client>
ClockOffset offset_of(Client& client) {
  constexpr int questions = 8;
  ClockOffset best;
  for (int i = 0; i < questions; ++i) {
    const trace::Time asked = trace::now();
    const trace::Time told = client.read_clock();
    const trace::Time answered = trace::now();
    const trace::Time error = (answered - asked + 1) / 2;
    if (i == 0 || error < best.error) best = {asked + (answered - asked) / 2 - told, error};
  }
  return best;
}

}  // namespace

void Session::collect_trace(RunId run, trace::Recorder& into) {
  wire::ClientOptions briefly = options_;
  briefly.deadlines = {std::chrono::seconds(1), std::chrono::seconds(1), std::chrono::seconds(1)};
  wire::ClusterStatus status;
  call([&](auto& client, const SessionToken&) { client.status(status); });
  const auto end = Clock::now() + patience;
  for (const wire::WorkerStatus& worker : status.workers) {
    const std::string name = printable(worker.name);
    if (Clock::now() > end) {
      into.miss(name);
      continue;
    }
    try {
      wire::Connection<wire::WorkerService> connection(worker.address, coordinators_.credentials(), briefly);
      wire::Blob bytes;
      ClockOffset clock;
      connection.call([&](auto& client) { client.read_trace(bytes, run); });
      if (bytes.empty()) continue;
      connection.call([&](auto& client) { clock = offset_of(client); });
      trace::Process process = trace::process_from_bytes(bytes.bytes());
      process.name = "worker " + name;
      process.clock_error = clock.error;
      into.add(std::move(process), clock.offset);
    } catch (const std::exception&) {
      into.miss(name);
    }
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
