#pragma once
/// The state of a Machine, for its own files: machine.cpp takes events in, workers.cpp and clients.cpp change the
/// workers and clients that the events are about, gone.cpp remembers arrays that are no more, settle.cpp finds out
/// which work items are needed then, schedule.cpp hands out work, views.cpp answers questions, and check.cpp doubts
/// all.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/cluster/machine/machine.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

struct Machine::State {
  /// A step and its work items. A work item is *done* (held or consumed), else *assigned* (to a range in flight, or to
  /// be uploaded), else missing. The missing work items of a step that is in demand are queued in the share of a
  /// worker, or deferred.
  struct Step {
    StepSpec spec;
    StepKey key;

    ItemSet done, consumed, assigned;
    std::map<WorkerId, ItemSet> holders;  // no empty ones
    std::map<WorkerId, ItemSet> placed;   // where an upload in progress goes
    bool was_placed = false;

    std::map<WorkerId, ItemSet> shares;  // no empty ones
    ItemSet queued;                      // all work items in shares
    Time begun = 0;                      // when the first work item was handed out
    ItemSet deferred;                    // not queued before a Tick at retry_at
    Time retry_at = 0;
    std::vector<ItemSet> failures;  // [n]: work items that failed n + 1 times or more
    std::vector<ItemSet> losses;    // [n]: work items that were lost where they lay n + 1 times or more, not long ago
    Time lost_at = 0;
    ItemSet copying;         // on their way from a worker that retires to another
    ItemSet stays;           // work items that could not be copied lately
    Time copied_again = 0;   // when those are tried again
    std::int64_t tiles = 0;  // of a reduce step: the number of tiles of outputs

    std::set<ClientId> handles;
    std::set<std::string> names;
    std::string lost_with;            // the worker with which, or at which, a part was lost last
    std::string lost_how;             // empty: with the worker
    std::optional<Time> unconfirmed;  // recovered: given up then, unless its client says that it has a handle

    // Found by settle():
    bool alive = false;      // may be needed once more
    bool demanded = false;   // its missing work items are needed now
    bool retained = false;   // its products are needed now
    bool startable = false;  // all that it needs is there

    /// The part of its state that other runs depend on.
    struct Seen {
      bool alive = false, lacks = false, works = false, all_done = false;
      bool operator==(const Seen&) const = default;
    } seen;  // at the last settle()

    [[nodiscard]] bool is_array() const { return spec.kind == StepKind::upload || spec.persisted; }
    [[nodiscard]] bool is_output() const { return spec.kind == StepKind::upload || spec.kind == StepKind::write; }
    [[nodiscard]] bool kept() const { return !handles.empty() || !names.empty(); }
    /// Returns true if somebody waits for it, or has it, as an output.
    [[nodiscard]] bool wanted() const { return is_array() ? kept() || unconfirmed : alive; }
    [[nodiscard]] bool all_done() const { return done.count() == spec.items; }
    [[nodiscard]] std::int64_t missing_count() const { return spec.items - done.count() - assigned.count(); }
    [[nodiscard]] bool lacks() const { return demanded && missing_count() > 0; }
    [[nodiscard]] bool works() const { return lacks() || !assigned.empty(); }
    [[nodiscard]] bool is_streamed() const { return spec.kind == StepKind::write && !spec.persisted; }
    /// Returns the bytes that work items take on one worker. Of a reduction these are states, and neighbours are
    /// merged.
    [[nodiscard]] std::int64_t bytes_of(const ItemSet& items) const {
      return (spec.kind == StepKind::reduce ? parts_of(items) : items.count()) * spec.bytes_per_item;
    }
    [[nodiscard]] std::int64_t bytes_of(Items items) const { return bytes_of(ItemSet(items)); }
    /// Returns the most states that work items of a reduction come to: one for a whole tile, and for other tiles about
    /// one at each depth of the tree.
    [[nodiscard]] std::int64_t parts_of(const ItemSet& items) const;
  };

  struct Run {
    RunId id = 0;
    ClientId client = 0;
    std::int64_t worker_memory = 0;
    std::string describe;
    std::string left;  // why its client does not wait for it any more, if the client has not said so itself
    std::vector<Step> steps;
    bool recovered = false;
    bool streaming = true;      // somebody is there to fetch streamed chunks
    std::optional<Time> opens;  // recovered: workers may still bring work items that it lacks until then
    bool complete = false, was_complete = false;
    bool over = false;               // complete, and makes nothing for readers of arrays that nobody else has any more
    std::optional<Problem> problem;  // it fails with this when it is settled
    std::optional<Problem> setback;  // why work items that arrays of it have lost cannot be made again at present
    bool is_short = false;           // the setback is a lack of memory
    std::vector<RunId> behind;       // runs that it gave its memory to; it waits until one of them is over
    int in_flight = 0;
    std::int64_t bytes_read = 0;
    std::set<WorkerId> told;  // workers that know of it
  };

  /// Work items that a worker was given. Work items that have been done elsewhere are no longer in `open`.
  struct Range {
    StepKey key;
    Items items;
    ItemSet open;
    ClientId client = 0;
    std::int64_t bytes = 0, worker_memory = 0;
  };

  /// Products on their way from a worker that retires to another.
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
    std::int64_t taken = 0;                  // it has received all ranges and copies up to this ticket
    std::map<std::int64_t, Copying> copies;  // copies that it fetches, by ticket
    std::int64_t held = 0, coming = 0;       // bytes of products: held, and of ranges and copies in flight
    std::int64_t spilled = 0;                // of the held bytes, those in files
    bool spill_is_full = false;
    Time spills_again = 0;  // when its disk is tried again
    bool retiring = false;  // it gets nothing more
    Time copies_again = 0;  // after a copy that failed: others are asked first until then
    std::int64_t reported_used = 0;
    [[nodiscard]] bool spills() const { return can_spill && !spill_is_full; }
    /// Returns the memory that is neither taken by products nor promised to them; work is not counted.
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
    std::string told;  // how it went, in the words for the client itself
    std::set<StepKey> arrays;
  };

  explicit State(MachineOptions o) : options(o) {}

  // ---- machine.cpp: runs, steps, workers and clients, and the work items that are done
  void on(const Tick& event);
  Run* find_run(RunId id);
  Step* find_step(const StepKey& key);
  Worker* hear(WorkerId id);
  bool hear_client(ClientId id);
  /// Marks work items as done, here or elsewhere: nobody need make them any more.
  void make_done(Step& step, const ItemSet& items);
  /// Notes that a worker has products. Work items that others hold already are dropped again, unless many may hold
  /// them.
  void hold(Step& step, WorkerId worker, const ItemSet& items);
  /// Notes that a worker does not hold work items; returns those that nobody holds now.
  ItemSet unhold(Step& step, WorkerId worker, const ItemSet& items);
  void count_failure(Run& run, Step& step, const ItemSet& items, ErrorCode code, const std::string& why);
  /// Counts work items that were lost where they lay, so that they are not made again without end.
  void count_loss(Run& run, Step& step, const ItemSet& items, const std::string& why);
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
  /// Takes a worker out of the list of those that have so many ranges.
  void unlist(WorkerId id, std::size_t ranges);
  /// Gives a worker a range, or takes one from it, and updates the counts.
  void give_range(WorkerId id, Worker& worker, std::int64_t ticket, Range range);
  Range withdraw(WorkerId id, Worker& worker, std::map<std::int64_t, Range>::iterator range);
  /// Takes a range off a worker; its open work items are missing from then on.
  std::optional<Range> take_range(WorkerId id, std::int64_t ticket, const StepKey& key);
  /// Notes that a worker has made products; streamed ones are ready.
  void take(Run& run, Step& step, WorkerId worker, const ItemSet& items);

  // ---- clients.cpp: clients, their runs, and the products that they have
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

  // ---- gone.cpp: arrays that are no more
  void note_lost(const Run& run, const Problem& problem);
  void note_departed(ClientId client, const std::string& told);
  [[nodiscard]] std::optional<Problem> why_gone(const StepKey& key, ClientId client) const;
  /// Returns why a client cannot have an array that it names.
  [[nodiscard]] Problem absent(const StepKey& key, ClientId client) const;
  /// Returns how a part of a step was lost last: "worker w2", "worker w2 (chunk 3 of ...)".
  [[nodiscard]] static std::string lost_at(const Step& step);

  // ---- settle.cpp: work items that are needed, products that are dropped, runs that are over
  /// Notes that a run changed: settle() looks at it.
  void touch(const Run& run) { touched.insert(run.id); }
  void touch_all();
  void doom(Run& run, Problem problem);
  void settle();
  void settle(Run& run);
  void judge(const Run& run, Step& step);
  void find_finished(Run& run, bool alive);
  void find_lost_inputs(Run& run);
  void drop_products(Step& step);
  /// Returns true if it is worth waking a worker to have so many work items of a step dropped.
  [[nodiscard]] static bool is_much(const Step& step, std::int64_t items);
  void end(Run& run, std::optional<Problem> problem);

  // ---- shortage.cpp: runs that lack memory, and arrays that cannot be made again
  /// Acts if all steps that could begin lack memory and nothing is about to free some. The youngest run gives its
  /// memory to the older ones. The oldest fails, unless a lost worker may be replaced. Arrays that were there before
  /// wait. Returns false if nothing can be done.
  bool resolve_shortage();
  /// Returns true if a run makes arrays that were there before and are still kept.
  [[nodiscard]] static bool is_remade(const Run& run);
  /// Has a run give up what it has made so far for older runs that lack memory; it begins again when one of them is
  /// over. Returns false if there is no such run.
  bool step_back(Run& run);
  /// Returns true if none of these runs is over.
  [[nodiscard]] bool all_go_on(const std::vector<RunId>& older) const;
  /// Lets a run go on if one of the older runs that it waits for is over.
  void come_forward(Run& run) const;
  void release_those_behind();
  /// Ends a run that cannot be made. If it makes arrays that were there before, they are kept and tried again later.
  void fail(Run& run, Step& step, const ItemSet& items, Problem problem);
  void retry(Run& run);
  [[nodiscard]] const Problem* trouble_of(const Run& run) const;
  [[nodiscard]] Problem too_short(const Run& run) const;

  // ---- hand_over.cpp: workers that retire
  void on(const WorkerRetires& event);
  void on(const CopyDone& event);
  void on(const CopyFailed& event);
  /// Has products that only workers that retire hold copied to others that have room for them.
  void hand_over();
  /// Returns true if the work items of a step could be made again from arrays of the cluster, or from files: false for
  /// chunks that a client has given, and for chunks made of arrays that were released.
  [[nodiscard]] bool can_be_made_again(const Step& step) const { return made_of(step).has_value(); }
  /// Returns a step and all steps that it would be made of again; nothing if it cannot be.
  [[nodiscard]] std::optional<std::vector<const Step*>> made_of(const Step& step) const;
  /// Returns true if a worker that stays has room for a work item.
  [[nodiscard]] bool fits_somewhere(const Step& step) const;
  /// Returns true if an array could be made again even if all workers that retire left at once.
  [[nodiscard]] bool is_safe_to_drop(const Step& step) const;
  /// Has a worker that stays drop chunks that can be made again, so that it has room for work items that cannot.
  /// Returns false if that frees too little for one of them.
  bool make_way(const Step& step, std::int64_t items);
  void hand_over(WorkerId from, Run& run, Step& step);
  /// Returns the work items of a holder that no other worker that stays holds.
  [[nodiscard]] ItemSet alone(const Step& step, WorkerId holder) const;
  [[nodiscard]] bool handing_over(WorkerId worker) const;
  std::optional<Copying> take_copy(WorkerId worker, std::int64_t ticket);
  [[nodiscard]] WorkerId heir(const Step& step, std::int64_t& items) const;
  /// Returns the number of workers that stay.
  [[nodiscard]] std::size_t staying() const { return workers.size() - retiring.size(); }

  // ---- schedule.cpp: shares and ranges of the workers
  void place_upload(Step& step);
  void queue(Run& run, Step& step);
  void unqueue(Step& step, const ItemSet& items);
  void share_by_follow(Step& step, ItemSet& items, const std::vector<WorkerId>& workers);
  void share_evenly(Step& step, ItemSet items, const std::vector<WorkerId>& workers);
  void list_open(const Run& run, const Step& step);
  void schedule();
  /// Returns true if a client with open steps has nothing running on some worker.
  [[nodiscard]] bool some_would_be_first() const;
  bool assign_one(WorkerId id, Worker& worker, bool steal);
  /// Returns a piece of the worker's own share or, to steal, of the largest other one. Sets `owner` to the worker whose
  /// share it is.
  std::optional<Items> pick(const Step& step, WorkerId id, const Worker& worker, std::int64_t room, bool steal,
                            WorkerId& owner) const;
  /// Returns the seconds that a work item has taken a worker so far; if none is done yet, the least that one takes.
  [[nodiscard]] double seconds_an_item(const Step& step) const;
  /// Returns the fewest work items that are worth a range to a worker.
  [[nodiscard]] std::int64_t least_range(const Step& step, const Worker& worker) const;
  /// Returns true if taking work items from another's share gains time. If they read chunks that lie there, moving the
  /// chunks has to take less than half the time that the owner needs for its share, by the time a work item has taken
  /// so far.
  [[nodiscard]] bool worth_moving(const Step& step, WorkerId owner, std::int64_t count) const;
  /// Returns true if a piece of another's share should be of whole merge groups, so that reductions of the persisted
  /// array find their chunks in one place. Returns false if the owner of the share needs long for it.
  [[nodiscard]] bool keeps_order(const Step& step, WorkerId owner) const;
  void assign(WorkerId id, Worker& worker, Run& run, Step& step, Items items, WorkerId owner);
  /// Returns the number of work items of a step that a worker has memory for.
  [[nodiscard]] std::int64_t room(WorkerId id, const Worker& worker, const Run& run, const Step& step) const;
  /// Returns the memory that working on a run takes on a worker, beside the products of the run that it holds already.
  [[nodiscard]] std::int64_t to_work(const Run& run, WorkerId worker) const;
  /// Returns the memory of a worker that is left beside its products, those that are coming, and its ranges' work.
  [[nodiscard]] std::int64_t left(WorkerId id, const Worker& worker, std::int64_t working) const;
  /// Returns where all work items of a step lie, each once: at `preferred` if it holds them, else spread by `salt`.
  [[nodiscard]] Inputs lie(const Step& step, WorkerId preferred, std::int64_t salt) const;

  // ---- views.cpp
  [[nodiscard]] const Step* find_step(const StepKey& key) const;
  [[nodiscard]] std::optional<Problem> refuse(const RunSpec& spec) const;
  [[nodiscard]] RunView view(const Run& run) const;
  [[nodiscard]] std::vector<Held> place(std::int64_t items, std::int64_t bytes) const;
  [[nodiscard]] bool waits_for_memory(const Run& run) const;
  /// Returns true if streamed chunks wait for their client, work items wait for a Tick, or arrays may be given up at
  /// one.
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
  // Counted here, since counting all workers at each event would cost the square of their number.
  std::int64_t threads = 0;                             // of all workers
  std::set<WorkerId> retiring;                          // workers that were asked to end
  std::map<std::size_t, std::set<WorkerId>> by_ranges;  // workers by the number of their ranges
  std::map<ClientId, std::size_t> served;               // how many workers have ranges of a client; no zeroes
  std::map<ClientId, Time> clients;                     // when each was heard last
  std::map<RunId, Run> runs;
  std::map<RunId, Ended> ended;
  std::map<std::string, StepKey> names;
  std::map<std::string, Lost> lost_names;
  std::map<RunId, Problem> lost_runs;  // those that had arrays
  std::map<ClientId, Departed> departed;
  std::map<StepKey, std::set<StepKey>> readers;  // the steps that read an array
  std::set<RunId> touched;
  Time replaced_by = 0;                        // until then, a worker may come in the place of one that went
  std::map<ClientId, std::set<StepKey>> open;  // startable steps with work items in their shares, by client
  std::map<ClientId, std::int64_t> turns;      // when a client was last served
  std::int64_t last_turn = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
