#pragma once
/// The commands that a coordinator has to tell one worker, in their order, and those of them that may go along with the
/// answer to a report. For one thread at a time.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class WorkerQueue {
 public:
  explicit WorkerQueue(const wire::Registration& registration);

  const std::string name, address;
  const std::string server;               ///< wire::Welcome.server
  const std::vector<Function> functions;  ///< those that it knows
  wire::ProcessUse use;                   ///< of its process, as of its last call
  bool is_to_end = false;                 ///< it was asked to hand over what it holds and to end
  bool comes_again = false;               ///< it was asked to hand over what it holds and to begin anew
  std::condition_variable changed;        ///< there is something urgent, or the worker is gone

  /// Adds a command; returns its number, for has_obeyed(). A command that is not urgent waits for another to be told,
  /// or for a tick.
  std::int64_t push(wire::WorkerCommand command, bool urgent);
  /// Returns true if the commands should be told now.
  [[nodiscard]] bool is_urgent() const;
  /// Time passes: commands that are not urgent have waited for long enough. Returns true if there are commands.
  bool tick();
  /// Returns all commands, for a worker that asks.
  [[nodiscard]] std::vector<wire::WorkerCommand> take_all();
  /// Returns the work that the answer to a report may have in it: none if another command would be overtaken.
  [[nodiscard]] std::vector<wire::Assignment> take_work();

  /// The worker asks for more: it has obeyed all commands that it was told.
  void obeyed_all() { obeyed_ = taken_; }
  [[nodiscard]] bool has_obeyed_all() const { return obeyed_ == taken_; }
  [[nodiscard]] bool has_obeyed(std::int64_t number) const { return obeyed_ >= number; }
  /// Returns the ticket of the last assignment that the worker was given.
  [[nodiscard]] std::int64_t told_ticket() const { return told_ticket_; }

  /// Returns true the first time: the worker has to be told the description of the run.
  bool begin_run(RunId run) { return described_.insert(run).second; }
  void forget_run(RunId run) { described_.erase(run); }

 private:
  struct Queued {
    wire::WorkerCommand command;
    std::int64_t number = 0;
    bool urgent = true;
  };
  void note_given(const wire::Assignment& assignment);

  std::deque<Queued> commands_;
  std::set<RunId> described_;                        ///< runs that it has been told of
  std::int64_t told_ticket_ = 0;                     ///< of the last assignment that was told
  std::int64_t given_ = 0, taken_ = 0, obeyed_ = 0;  ///< numbers of the last commands
  bool ticked_ = false;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
