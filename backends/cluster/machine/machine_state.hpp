#pragma once
/// What a Machine knows, for its own files: machine.cpp takes events in, workers.cpp and clients.cpp change what
/// they are about, gone.cpp remembers what is no more, settle.cpp finds out what is needed because of them,
/// schedule.cpp hands out work, views.cpp answers questions, and check.cpp doubts all of it.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/cluster/machine/machine.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

struct Machine::State {
  /// A step and its units. A unit is *done* (held or consumed), else *assigned* (to a range in flight, or to be
  /// uploaded), else missing. Of a step that is in demand, missing units are queued in the share of a worker, or
  /// deferred.
  struct Step {
    StepSpec spec;
    StepKey key;

    UnitSet done, consumed, assigned;
    std::map<WorkerId, UnitSet> holders;  // no empty ones
    std::map<WorkerId, UnitSet> placed;   // where an upload in progress goes
    bool was_placed = false;

    std::map<WorkerId, UnitSet> shares;  // no empty ones
    UnitSet queued;                      // all that is in shares
    Time begun = 0;                      // when the first of them was handed out
    UnitSet deferred;                    // not before a Tick at retry_at
    Time retry_at = 0;
    std::vector<UnitSet> failures;  // [n]: units that failed n + 1 times or more
    std::vector<UnitSet> losses;    // [n]: units that were lost where they lay n + 1 times or more, not long ago
    Time lost_at = 0;
    UnitSet copying;         // on their way from a worker that retires to another
    UnitSet stays;           // could not be copied lately
    Time copied_again = 0;   // they are tried again then
    std::int64_t tiles = 0;  // of a reduce step: tiles of outputs that its units are of

    std::set<ClientId> handles;
    std::set<std::string> names;
    std::string lost_with;            // the worker with which, or at which, a part went last
    std::string lost_how;             // empty: with the worker
    std::optional<Time> unconfirmed;  // recovered: given up then, unless its client says that it has a handle

    // What settle() found:
    bool alive = false;      // may be needed once more
    bool demanded = false;   // its missing units are needed now
    bool retained = false;   // its products are
    bool startable = false;  // all it needs is there

    /// What other runs make of it.
    struct Seen {
      bool alive = false, lacks = false, works = false, all_done = false;
      bool operator==(const Seen&) const = default;
    } seen;  // at the last settle()

    [[nodiscard]] bool is_array() const { return spec.kind == StepKind::upload || spec.persisted; }
    [[nodiscard]] bool is_output() const { return spec.kind == StepKind::upload || spec.kind == StepKind::write; }
    [[nodiscard]] bool kept() const { return !handles.empty() || !names.empty(); }
    /// As an output: somebody waits for it, or has it.
    [[nodiscard]] bool wanted() const { return is_array() ? kept() || unconfirmed : alive; }
    [[nodiscard]] bool all_done() const { return done.count() == spec.units; }
    [[nodiscard]] std::int64_t missing_count() const { return spec.units - done.count() - assigned.count(); }
    [[nodiscard]] bool lacks() const { return demanded && missing_count() > 0; }
    [[nodiscard]] bool works() const { return lacks() || !assigned.empty(); }
    [[nodiscard]] bool is_streamed() const { return spec.kind == StepKind::write && !spec.persisted; }
    /// Returns the bytes that units take on one worker. Of a reduction these are states, and neighbours are merged.
    [[nodiscard]] std::int64_t bytes_of(const UnitSet& units) const {
      return (spec.kind == StepKind::reduce ? parts_of(units) : units.count()) * spec.bytes_per_unit;
    }
    [[nodiscard]] std::int64_t bytes_of(Units units) const { return bytes_of(UnitSet(units)); }
    /// Returns the states that units of a reduction come to, at most: one a whole tile, and of other tiles about one a
    /// level of the tree.
    [[nodiscard]] std::int64_t parts_of(const UnitSet& units) const;
  };

  struct Run {
    RunId id = 0;
    ClientId client = 0;
    std::int64_t worker_memory = 0;
    std::string describe;
    std::string left;  // why its client does not wait for it any more, where it has not said so itself
    std::vector<Step> steps;
    bool recovered = false;
    bool streaming = true;      // somebody is there to fetch what is streamed
    std::optional<Time> opens;  // recovered: workers may still bring what it lacks until then
    bool complete = false, was_complete = false;
    std::optional<Problem> problem;  // it fails when it is settled
    std::optional<Problem> setback;  // why what it lacks of arrays that were there cannot be made again at present
    bool is_short = false;           // that is for want of memory
    std::vector<RunId> behind;       // it gave its memory to these, and waits until one of them is over
    int in_flight = 0;
    std::int64_t bytes_read = 0;
    std::set<WorkerId> told;  // workers that know of it
  };

  /// Units that a worker was given. Those of them that came to be done elsewhere are not its `open` ones any more.
  struct Range {
    StepKey key;
    Units units;
    UnitSet open;
    ClientId client = 0;
    std::int64_t bytes = 0, worker_memory = 0;
  };

  /// Products on their way to a worker from one that retires.
  struct Copying {
    StepKey key;
    Held held;
    std::int64_t bytes = 0;
  };

  struct Worker {
    std::string name, address;
    int threads = 1;
    std::int64_t memory_limit = 0;
    bool can_spill = false;
    Time heard = 0;
    std::int64_t last_ticket = 0;
    std::map<std::int64_t, Range> ranges;    // by ticket
    std::int64_t taken = 0;                  // it has what it was given up to this ticket
    std::map<std::int64_t, Copying> copies;  // that it fetches, by ticket
    std::int64_t held = 0, coming = 0;       // bytes of products: there, and of ranges and copies in flight
    std::int64_t spilled = 0;                // of those that are there, in files
    bool spill_is_full = false;
    Time spills_again = 0;  // it is tried again then
    bool retiring = false;  // it gets nothing more
    Time copies_again = 0;  // it could not make a copy: others are asked first until then
    std::int64_t reported_used = 0;
    [[nodiscard]] bool spills() const { return can_spill && !spill_is_full; }
    /// Memory that is neither taken nor promised, but for work.
    [[nodiscard]] std::int64_t free() const { return memory_limit - (held - std::min(spilled, held)) - coming; }
    [[nodiscard]] bool works_for(ClientId client) const;
  };

  /// A run that is over.
  struct Ended {
    ClientId client = 0;
    RunView view;
  };

  /// A client that has gone, and the arrays that it had a handle of.
  struct Departed {
    std::string told;  // how, to itself
    std::set<StepKey> arrays;
  };

  explicit State(MachineOptions o) : options(o) {}

  // ---- machine.cpp: what is there, and which units are done
  void on(const Tick& event);
  Run* find_run(RunId id);
  Step* find_step(const StepKey& key);
  Worker* hear(WorkerId id);
  bool hear_client(ClientId id);
  /// Units became done, here or elsewhere: nobody need make them any more.
  void make_done(Step& step, const UnitSet& units);
  /// A worker has products. What others hold already is dropped again, unless many may hold it.
  void hold(Step& step, WorkerId worker, const UnitSet& units);
  /// A worker does not hold units; gives those that nobody holds now.
  UnitSet unhold(Step& step, WorkerId worker, const UnitSet& units);
  void count_failure(Run& run, Step& step, const UnitSet& units, ErrorCode code, const std::string& why);
  /// Units were lost where they lay: what is lost again and again is not made again without end.
  void count_loss(Run& run, Step& step, const UnitSet& units, const std::string& why);
  void log(std::string line) { commands.emplace_back(Log{std::move(line)}); }
  /// "1 range", "2 ranges".
  [[nodiscard]] static std::string counted(std::int64_t n, const std::string& what);

  // ---- workers.cpp: workers and their ranges
  void on(const WorkerJoined& event);
  void on(const WorkerHeard& event);
  void on(const WorkerMemory& event);
  void on(const WorkerGone& event);
  void on(const RangeDone& event);
  void on(const RangeFailed& event);
  void on(const ProductsLost& event);
  void lose_worker(WorkerId id, const std::string& how, bool wanted);
  /// Takes a worker out of those that have so many ranges.
  void unlist(WorkerId id, std::size_t ranges);
  /// A worker has a range more, or one less, with all that is counted of it.
  void give_range(WorkerId id, Worker& worker, std::int64_t ticket, Range range);
  Range withdraw(WorkerId id, Worker& worker, std::map<std::int64_t, Range>::iterator range);
  /// Takes a range off a worker; its open units are missing from then on.
  std::optional<Range> take_range(WorkerId id, std::int64_t ticket, const StepKey& key);
  /// A worker has made products; those that are streamed are ready.
  void take(Run& run, Step& step, WorkerId worker, const UnitSet& units);

  // ---- clients.cpp: clients, their runs, and what they have of them
  void on(const ClientJoined& event);
  void on(const ClientHeard& event);
  void on(const ClientGone& event);
  void on(const RunSubmitted& event);
  void on(const RunRecovered& event);
  void on(const Cancelled& event);
  void on(const Consumed& event);
  void on(const Missing& event);
  void on(const Uploaded& event);
  void on(const Released& event);
  void on(const Opened& event);
  void on(const Published& event);
  void on(const Unpublished& event);
  Run& add_run(const RunSpec& spec);
  void lose_client(ClientId id, const std::string& how, const std::string& told);
  void leave_run(Run& run, ClientId client);
  void let_go(Step& step, ClientId client);

  // ---- gone.cpp: what became of arrays that are no more
  void note_lost(const Run& run, const Problem& problem);
  void note_departed(ClientId client, const std::string& told);
  [[nodiscard]] std::optional<Problem> why_gone(const StepKey& key, ClientId client) const;
  /// Why a client cannot have an array that it names.
  [[nodiscard]] Problem absent(const StepKey& key, ClientId client) const;
  /// "worker w2", "worker w2: chunk 3 of ...", as the last part of a step went.
  [[nodiscard]] static std::string lost_at(const Step& step);

  // ---- settle.cpp: what is needed, dropped, over
  /// Something of a run changed: settle() looks at it.
  void touch(const Run& run) { touched.insert(run.id); }
  void touch_all();
  void doom(Run& run, Problem problem);
  void settle();
  void settle(Run& run);
  void judge(const Run& run, Step& step);
  void find_finished(Run& run, bool alive);
  void find_lost_inputs(Run& run);
  void drop_products(Step& step);
  /// True where so many units of a step are worth waking a worker for, to have them dropped.
  [[nodiscard]] static bool is_much(const Step& step, std::int64_t units);
  void end(Run& run, std::optional<Problem> problem);

  // ---- shortage.cpp: what becomes of runs that memory is too short for, and of arrays that cannot be made again
  /// Where all that could begin lacks memory which nothing is about to free: the youngest run gives its memory to the
  /// older ones, and the oldest fails unless a lost worker may be replaced; arrays that were there before wait. False
  /// where there is nothing to be done about it.
  bool resolve_shortage();
  /// True where a run makes what was there before and is still kept.
  [[nodiscard]] static bool is_remade(const Run& run);
  /// A run gives what it has made so far to older ones that memory is too short for, and begins again when one of them
  /// is over; false where there is none.
  bool step_back(Run& run);
  /// Lets a run go on where none of those is left that it waits for.
  void come_forward(Run& run) const;
  void release_those_behind();
  /// Ends a run that cannot be made, or, where it makes arrays that were there before, keeps them and tries again
  /// later.
  void fail(Run& run, Step& step, const UnitSet& units, Problem problem);
  void retry(Run& run);
  [[nodiscard]] const Problem* trouble_of(const Run& run) const;
  [[nodiscard]] Problem too_short(const Run& run) const;

  // ---- hand_over.cpp: workers that retire
  void on(const WorkerRetires& event);
  void on(const CopyDone& event);
  void on(const CopyFailed& event);
  /// Has what workers that retire alone hold copied to others that have room for it.
  void hand_over();
  /// Returns true if the units of a step could be made again from what the cluster has, or from files: false for what a
  /// client has given, and for what was made of arrays that were released.
  [[nodiscard]] bool can_be_made_again(const Step& step) const { return made_of(step).has_value(); }
  /// Returns a step and all that it would be made of again; nothing if it cannot be.
  [[nodiscard]] std::optional<std::vector<const Step*>> made_of(const Step& step) const;
  /// Returns true if a worker that stays has room for a unit.
  [[nodiscard]] bool fits_somewhere(const Step& step) const;
  /// Returns true if an array could be made again even if all workers that retire left at once.
  [[nodiscard]] bool is_safe_to_drop(const Step& step) const;
  /// Has a worker that stays drop what can be made again, so that it has room for units that cannot; returns false if
  /// that frees too little for one of them.
  bool make_way(const Step& step, std::int64_t units);
  void hand_over(WorkerId from, Run& run, Step& step);
  /// What others that stay do not hold.
  [[nodiscard]] UnitSet alone(const Step& step, WorkerId holder) const;
  [[nodiscard]] bool handing_over(WorkerId worker) const;
  std::optional<Copying> take_copy(WorkerId worker, std::int64_t ticket);
  [[nodiscard]] WorkerId heir(const Step& step, std::int64_t& units) const;
  /// Returns how many workers stay.
  [[nodiscard]] std::size_t staying() const { return workers.size() - retiring.size(); }

  // ---- schedule.cpp: who does what
  void place_upload(Step& step);
  void queue(Run& run, Step& step);
  void unqueue(Step& step, const UnitSet& units);
  void share_by_follow(Step& step, UnitSet& units, const std::vector<WorkerId>& workers);
  void share_evenly(Step& step, UnitSet units, const std::vector<WorkerId>& workers);
  void list_open(const Run& run, const Step& step);
  void schedule();
  /// True where a client with open steps has nothing running on some worker.
  [[nodiscard]] bool some_would_be_first() const;
  bool assign_one(WorkerId id, Worker& worker, bool steal);
  /// A piece of the own share, or of the largest of others', and whose share it is.
  std::optional<Units> pick(const Step& step, WorkerId id, const Worker& worker, std::int64_t room, bool steal,
                            WorkerId& owner) const;
  /// What a unit has taken a worker so far; where none is done yet, at least that.
  [[nodiscard]] double seconds_a_unit(const Step& step) const;
  /// The fewest units that are worth a range to a worker.
  [[nodiscard]] std::int64_t least_range(const Step& step, const Worker& worker) const;
  /// True where taking units from another's share gains time: where they read chunks that lie there, moving these has
  /// to take less than the half of what its owner needs for all that waits, by what the step has taken so far.
  [[nodiscard]] bool worth_moving(const Step& step, WorkerId owner, std::int64_t count) const;
  /// True where a piece of another's share should be of whole runs, because reductions of what is persisted find their
  /// chunks in one place then; not where the owner of the share is long about it.
  [[nodiscard]] bool keeps_order(const Step& step, WorkerId owner) const;
  void assign(WorkerId id, Worker& worker, Run& run, Step& step, Units units, WorkerId owner);
  /// How many units of a step a worker has memory for.
  [[nodiscard]] std::int64_t room(WorkerId id, const Worker& worker, const Run& run, const Step& step) const;
  /// What working on a run takes on a worker beside what the worker holds of it already.
  [[nodiscard]] std::int64_t to_work(const Run& run, WorkerId worker) const;
  /// Memory of a worker beside what it holds, what is coming, and what its ranges take.
  [[nodiscard]] std::int64_t left(WorkerId id, const Worker& worker, std::int64_t working) const;
  /// Where all units of a step lie, each once: at `preferred` where it holds them, else spread by `salt`.
  [[nodiscard]] Inputs lie(const Step& step, WorkerId preferred, std::int64_t salt) const;

  // ---- views.cpp
  [[nodiscard]] const Step* find_step(const StepKey& key) const;
  [[nodiscard]] std::optional<Problem> refuse(const RunSpec& spec) const;
  [[nodiscard]] RunView view(const Run& run) const;
  [[nodiscard]] std::vector<Held> place(std::int64_t units, std::int64_t bytes) const;
  [[nodiscard]] bool waits_for_memory(const Run& run) const;
  /// Streamed chunks that wait for their client, ranges that wait for a Tick, or arrays that may be given up at one.
  [[nodiscard]] bool release_to_come() const;

  // ---- check.cpp
  void check() const;
  void check(const Run& run, const Step& step) const;
  void check_workers() const;
  [[nodiscard]] bool goes_on(const Run& run) const;

  MachineOptions options;
  Time now = 0;
  std::vector<Command> commands;
  std::map<WorkerId, Worker> workers;
  // What would take all workers to find out, at each event: so many of these would be the square of them.
  std::int64_t threads = 0;                             // of all workers
  std::set<WorkerId> retiring;                          // workers that were asked to end
  std::map<std::size_t, std::set<WorkerId>> by_ranges;  // workers by the number of their ranges
  std::map<ClientId, std::size_t> served;               // how many workers have ranges of a client; no zeroes
  std::map<ClientId, Time> clients;                     // when they were heard
  std::map<RunId, Run> runs;
  std::map<RunId, Ended> ended;
  std::map<std::string, StepKey> names;
  std::map<std::string, Lost> lost_names;
  std::map<RunId, Problem> lost_runs;  // that had arrays
  std::map<ClientId, Departed> departed;
  std::map<StepKey, std::set<StepKey>> readers;  // of arrays
  std::set<RunId> touched;
  Time replaced_by = 0;                        // until then, a worker may come in the place of one that went
  std::map<ClientId, std::set<StepKey>> open;  // startable steps with something in their shares, by client
  std::map<ClientId, std::int64_t> turns;      // when a client was last served
  std::int64_t last_turn = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
