#pragma once
/// The decisions of a coordinator, as a pure state machine: handle(Event) gives Commands. No clock, no socket, no
/// bytes: time comes with events, and whoever drives the machine carries the commands out. docs/cluster.md tells the
/// story; tests/thrift/machine_test.cpp tells many.
///
/// All state is about *units*: a unit of a step is pending, assigned to a worker, done and held by workers, or consumed
/// by its client. Nothing costs more than the number of ranges, workers and steps: sets of units are kept as ranges.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backends/thrift/coordinator/unit_set.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

using WorkerId = std::int64_t;
using ClientId = std::int64_t;
using RunId = std::int64_t;
/// A number for people: without its upper half, which tells coordinators apart.
[[nodiscard]] inline std::string shown(std::int64_t number) { return std::to_string(number & 0xffffffff); }
/// Seconds of the driver's clock.
using Time = double;

struct StepKey {
  RunId run = 0;
  std::int32_t step = 0;
  auto operator<=>(const StepKey&) const = default;
};

/// What a step makes.
enum class StepKind : std::uint8_t {
  reduce,   ///< partial states; freed when the step's combine is done
  combine,  ///< finished values; every worker that works on a later step of the run comes to hold them too
  write,    ///< chunks of an output
  upload,   ///< chunks that the client gave: cannot be made again
};

/// A step of a run, as far as decisions need it.
struct StepSpec {
  StepKind kind = StepKind::write;
  std::int64_t units = 0;
  std::int64_t elements = 0;        ///< streamed by the whole step, for progress
  std::int64_t bytes_per_unit = 0;  ///< at most, of the product that stays
  std::int64_t grain = 1;           ///< fewest units worth a range of their own
  std::int64_t align = 1;           ///< shares of workers begin at multiples of this, where there are enough units
  bool persisted = false;           ///< a write whose chunks stay until released; else they are streamed to the client
  /// Earlier steps of this run whose every unit must be done: for combine its reduce step, for others combine steps.
  std::vector<std::int32_t> needs;
  /// Persisted arrays of other runs that it reads: all of their units must be there.
  std::vector<StepKey> reads;
  /// Of `reads`, the one whose chunks decide where this step's units run, and for ranges of units of this step the unit
  /// of it that is read first; nothing: any worker will do.
  std::optional<StepKey> follows;
  struct Follow {
    Units units;              ///< of this step
    std::int64_t unit = 0;    ///< of the followed step, for the first of `units`
    std::int64_t stride = 0;  ///< how much further for each next unit; negative: backwards
  };
  std::vector<Follow> follow;
};

struct RunSpec {
  RunId id = 0;
  ClientId client = 0;
  std::vector<StepSpec> steps;
  std::int64_t worker_memory = 0;  ///< bound of what working on a range takes on a worker, products apart
  std::string describe;            ///< of its output, for errors and logs: "array of persist ..."
};

/// An error on its way to a client.
struct Problem {
  ErrorCode code = ErrorCode::io;
  std::string message;
  std::string worker;
};

// ---------------------------------------------------------------- what happens

struct WorkerJoined {
  WorkerId worker = 0;  ///< chosen by the driver, never used before
  std::string name, address;
  int threads = 1;
  std::int64_t memory_limit = 0;
  bool can_spill = false;
  struct Holding {
    StepKey key;
    std::vector<Units> units;
  };
  std::vector<Holding> holdings;  ///< of runs known already (RunRecovered comes before)
};
struct WorkerHeard {
  WorkerId worker = 0;
  std::int64_t ticket = 0;  ///< it has what it was given up to this one
};
/// It was asked to end. It gets nothing more, what it had in hand is given to others, and what it alone holds is copied
/// to them (handing_over()); it leaves by a WorkerGone.
struct WorkerRetires {
  WorkerId worker = 0;
};
/// A worker has what it was told to copy, or could not get it.
struct CopyDone {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
};
struct CopyFailed {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
};
/// Its connection closed, or it said that it leaves.
struct WorkerGone {
  WorkerId worker = 0;
  bool wanted = false;
};
struct ClientJoined {
  ClientId client = 0;  ///< may be one that was there before a restart
};
struct ClientHeard {
  ClientId client = 0;
  std::vector<StepKey> arrays;  ///< that it has handles of: kept, if they are still there
};
struct ClientGone {
  ClientId client = 0;
};
struct RunSubmitted {
  RunSpec run;
};
/// A run that a worker told of after a restart of the coordinator: only its arrays and what they need count. What no
/// worker brings within the worker timeout is made again; an array that no client says it has a handle of within the
/// client timeout (ClientHeard), and that has no name, is given up.
struct RunRecovered {
  RunSpec run;
  std::vector<std::pair<std::string, std::int32_t>> names;  ///< under which its steps were published
};
/// Units of a step of a run that is named beside it.
struct Product {
  std::int32_t step = 0;
  Units units;
};
struct RangeDone {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Units units;
  std::int64_t bytes_read = 0;
  std::vector<Product> also;  ///< of later steps of the run, which the worker went on to
};
struct RangeFailed {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Units units;
  Problem problem;
  WorkerId unreachable = 0;  ///< not 0: an input could not be fetched from this worker; the range is tried again
};
struct WorkerMemory {
  WorkerId worker = 0;
  std::int64_t used = 0;
  std::int64_t spilled = 0;    ///< of what it holds, in files
  bool spill_is_full = false;  ///< its disk takes nothing more at present
};
/// The client has chunks of a streamed output.
struct Consumed {
  ClientId client = 0;
  StepKey key;
  Units units;
};
/// The client could not fetch units from a worker, ready ones or those of an array: that worker is taken not to hold
/// them (any more). Of an upload it changes nothing, since what is given up there cannot be made again.
struct Missing {
  ClientId client = 0;
  StepKey key;
  Units units;
  WorkerId worker = 0;
};
/// All chunks of an upload are where placement() said.
struct Uploaded {
  ClientId client = 0;
  StepKey key;
};
/// Ends a run that is not finished with a RunFailed, but for what is published or opened by others; of one that is
/// finished, everything is released.
struct Cancelled {
  ClientId client = 0;
  RunId run = 0;
};
struct Released {
  ClientId client = 0;
  StepKey key;
};
struct Published {
  ClientId client = 0;
  StepKey key;
  std::string name;
};
struct Unpublished {
  std::string name;
};
/// A client opened a published array: it has a handle now.
struct Opened {
  ClientId client = 0;
  StepKey key;
};
/// Time passes.
struct Tick {};

using Event = std::variant<WorkerJoined, WorkerHeard, WorkerRetires, CopyDone, CopyFailed, WorkerGone, ClientJoined,
                           ClientHeard, ClientGone, RunSubmitted, RunRecovered, RangeDone, RangeFailed, WorkerMemory,
                           Consumed, Missing, Uploaded, Cancelled, Released, Published, Unpublished, Opened, Tick>;

// ---------------------------------------------------------------- what is to be done

/// Where products lie.
struct Held {
  Units units;
  WorkerId worker = 0;
};
struct Inputs {
  StepKey key;
  std::vector<Held> ranges;
};

struct Assign {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Units units;
  std::vector<Inputs> inputs;  ///< products it needs, each unit once
};
/// The worker fetches products from another, which is about to go, and tells of it by a CopyDone or CopyFailed.
struct Copy {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Held held;  ///< which, and who has them
};
struct Drop {
  WorkerId worker = 0;
  StepKey key;
  std::optional<Units> units;  ///< not all of them
  bool urgent = true;          ///< false: it frees little, and may be told with something else
};
/// The worker stops working on a run and forgets what it was, and every product of it.
struct ForgetRun {
  WorkerId worker = 0;
  RunId run = 0;
  bool urgent = true;  ///< false: it works on none of it, and holds little
};
/// The worker was taken for lost; whatever it says from now on is answered with that.
struct Expel {
  WorkerId worker = 0;
};
/// Streamed chunks that the client can fetch.
struct Ready {
  ClientId client = 0;
  StepKey key;
  Held held;
};
/// All outputs are there. Told again where units were lost after that and have been made again.
struct RunFinished {
  ClientId client = 0;
  RunId run = 0;
};
/// The run is over, and all it made is gone: also an array that was finished before, where it is lost for good.
struct RunFailed {
  ClientId client = 0;
  RunId run = 0;
  Problem problem;
};
/// For the log.
struct Log {
  std::string line;
};

using Command = std::variant<Assign, Copy, Drop, ForgetRun, Expel, Ready, RunFinished, RunFailed, Log>;

// ---------------------------------------------------------------- the machine

struct MachineOptions {
  Time worker_timeout = 10;
  Time client_timeout = 60;
  /// How long what memory is too short for waits for a worker that takes the place of one that was lost.
  Time replacement = 30;
  /// A range whose input cannot be fetched from a worker that is there, for which a worker has no memory after all,
  /// whose worker is lost while it has the range, or whose product the client cannot fetch: how often before the run
  /// fails. An array that was there before is kept, and what it lacks is tried again later.
  int attempts = 8;
  /// One more where a client has nothing running on the worker.
  int ranges_per_worker = 2;
};

/// What a client asks about a run.
struct RunView {
  enum class State : std::uint8_t {
    running,
    finished,
    failed,
    waiting_for_workers,
    waiting_for_release
  } state = State::running;
  std::int64_t elements_done = 0, elements_total = 0, bytes_read = 0;
  int workers = 0;
  std::optional<Problem> problem;
};

class Machine {
 public:
  explicit Machine(MachineOptions options = {});
  ~Machine();
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;

  /// Takes in what happened at `now` and gives what is to be done. Events about workers, clients or runs that are not
  /// there (any more) change nothing.
  [[nodiscard]] std::vector<Command> handle(const Event& event, Time now);

  /// Why a run cannot be accepted: needs an array that is not there, or more memory than there is, with the sizes.
  [[nodiscard]] std::optional<Problem> refuse(const RunSpec& run) const;
  /// A run that is over is remembered as it ended for as long as its client is there.
  [[nodiscard]] std::optional<RunView> view(RunId run) const;
  /// True while a run is under way, or something of it is kept.
  [[nodiscard]] bool remembers(RunId run) const;
  /// Where the units of a persisted or uploaded array lie; nothing where some are not there at present.
  [[nodiscard]] std::optional<Inputs> locate(const StepKey& key) const;
  /// Why what an array lacks cannot be made again at present; nothing where all is there, or is being made.
  [[nodiscard]] std::optional<Problem> trouble(const StepKey& key) const;
  /// True while a worker that retires has something that others need and can come to have.
  [[nodiscard]] bool handing_over(WorkerId worker) const;
  /// Where an upload of `units` chunks is to go: contiguous shares of the workers that there are, of those with room
  /// for them where there are any.
  [[nodiscard]] std::vector<Held> place(std::int64_t units, std::int64_t bytes) const;
  /// Where the chunks of an upload that was submitted are to go (decided by place() then); nothing as long as there are
  /// no workers, or when it is over.
  [[nodiscard]] std::vector<Held> placement(const StepKey& key) const;
  [[nodiscard]] std::optional<StepKey> published(const std::string& name) const;

  struct WorkerView {
    WorkerId id;
    std::string name, address;
    int threads;
    std::int64_t memory_limit, memory_used, held;
    int ranges;
    bool retiring;
  };
  struct RunListing {
    RunId id;
    ClientId client;
    RunView view;
  };
  struct ArrayListing {
    StepKey key;
    ClientId client;
    std::vector<std::string> names;
    std::int64_t bytes;
  };
  [[nodiscard]] std::vector<WorkerView> workers() const;
  [[nodiscard]] std::vector<RunListing> runs() const;
  [[nodiscard]] std::vector<ArrayListing> arrays() const;
  [[nodiscard]] int clients() const;
  /// True where a client has a handle of an array, by which it is kept for it.
  [[nodiscard]] bool has_handle(const StepKey& key, ClientId client) const;
  /// False when the client has gone, or was not heard for the client timeout.
  [[nodiscard]] bool has_client(ClientId client) const;

  /// Throws std::logic_error naming the first rule that the state breaks; for tests. Rules: a unit is in one state;
  /// what is held is held by workers that are there; nothing is assigned twice, or to a worker that is gone; a worker
  /// has at most one range more than ranges_per_worker, and none while it retires; memory is counted as it is; a
  /// finished run has no pending unit that anyone needs; dropped products have no holder; every run that is not over
  /// either has a range in flight, or waits for a worker, a release, an upload, an older run, or the next Tick.
  void check() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
