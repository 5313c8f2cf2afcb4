#pragma once
/// A cluster without bytes around a coordinator's machine: workers that work, fail, vanish, freeze and come back,
/// clients that come and go, and coordinators that are started again. Whatever the machine says is held against what
/// the workers really have. Everything follows from a seed. The file is long because any event may meet any other: all
/// of them change one state of the simulated cluster.
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "backends/cluster/machine/machine.hpp"

namespace chunkwise_test {

using namespace chunkwise::cluster;  // NOLINT: a test's vocabulary

class ClusterSim {
 public:
  explicit ClusterSim(std::uint64_t seed) : random_(seed) {}
  virtual ~ClusterSim() = default;

  /// Something happens; with trouble, also what should not.
  void step(bool trouble) {
    const std::int64_t roll = choose(100);
    if (roll < 6)
      join(memory_of_a_worker(trouble));
    else if (roll < 12)
      come();
    else if (roll < 22)
      submit();
    else if (roll < 57)
      finish_any(trouble);
    else if (roll < 60)
      copy_any(trouble);
    else if (roll < 72)
      consume_any();
    else if (roll < 76)
      upload_any();
    else if (roll < 82)
      use_names();
    else if (roll < 86)
      release_any();
    else if (roll < 92)
      tick(0.3 * static_cast<double>(1 + choose(5)));
    else if (trouble)
      make_trouble();
  }

  /// Trouble is over: frozen workers are found lost, and one that has room for everything joins. Everything comes to an
  /// end within bounds.
  void come_to_an_end() {
    join(plenty);
    for (int round = 0; round < 3000; ++round) {
      bool busy = false;
      for (const WorkerId id : ids(workers_))
        while (workers_.count(id) && is_up(workers_.at(id)) && !workers_.at(id).ranges.empty())
          finish(id, workers_.at(id).ranges.begin()->first), busy = true;
      for (const ClientId id : ids(clients_))
        while (clients_.count(id) && !clients_.at(id).silent && !clients_.at(id).ready.empty())
          consume(id), busy = true;
      for (const ClientId id : ids(clients_))
        while (clients_.count(id) && !clients_.at(id).uploads.empty()) upload(id), busy = true;
      for (const WorkerId id : ids(workers_))
        while (workers_.count(id) && is_up(workers_.at(id)) && !workers_.at(id).copies.empty())
          copy(id, workers_.at(id).copies.begin()->first), busy = true;
      for (const WorkerId id : ids(workers_))
        if (workers_.at(id).retiring && is_up(workers_.at(id)) && !machine_.handing_over(id)) go(id), busy = true;
      if (busy) continue;
      bool over = true;
      for (const Machine::RunListing& run : machine_.runs()) over = over && run.view.state == RunView::State::finished;
      for (const Machine::WorkerView& worker : machine_.workers()) over = over && is_up(workers_.at(worker.id));
      if (over) return;
      tick(1);
    }
    std::string states;
    for (const Machine::RunListing& run : machine_.runs())
      states += " " + std::to_string(run.id) + ":" + std::to_string(static_cast<int>(run.view.state));
    expect(false, "everything comes to an end, but runs are" + states);
  }

  /// What is kept is there, and nothing but that; once everybody has gone, there is nothing.
  void check_end() {
    for (const Machine::ArrayListing& array : machine_.arrays()) {
      const auto inputs = machine_.locate(array.key);
      expect(inputs.has_value(), "an array that is kept is there");
      check_inputs(*inputs, "the array");
      expect(machine_.view(array.key.run)->elements_done == machine_.view(array.key.run)->elements_total ||
                 recovered_.count(array.key.run) || given_up_.count(array.key.run),
             "what is finished is counted once and in full");
    }
    for (const ClientId id : ids(clients_)) tell(ClientGone{id});
    clients_.clear();
    for (const std::string& name : names_) tell(Unpublished{name});
    tick(100);  // recovered arrays are given up
    expect(machine_.runs().empty() && machine_.arrays().empty(), "nothing stays that nobody has");
    for (const Machine::WorkerView& worker : machine_.workers()) {
      expect(worker.held == 0 && worker.ranges == 0, "no worker holds anything at the end");
      expect(workers_.at(worker.id).holds.empty(), "workers were told to drop everything");
    }
  }

  void expect_all_finished_and_made_once() const {
    expect(failed_.empty(), "without trouble nothing fails");
    for (const auto& [key, made] : made_) {
      expect(made.count() == specs_.at(key.run).steps[static_cast<std::size_t>(key.step)].items ||
                 gone_runs_.count(key.run),
             "every work item is made");
      expect(!twice_.count(key), "no work item is made twice");
    }
  }

  [[nodiscard]] const std::vector<std::string>& history() const { return history_; }
  [[nodiscard]] std::int64_t finished() const { return finished_; }
  [[nodiscard]] std::size_t failed() const { return failed_.size(); }

 protected:
  static constexpr std::int64_t plenty = 1'000'000;

  // ---- what may be otherwise
  virtual std::int64_t memory_of_a_worker(bool trouble) {
    return trouble && choose(4) == 0 ? 20 + choose(100) : plenty;
  }
  /// Whether workers may be asked to end: without trouble, where another has room for everything.
  [[nodiscard]] virtual bool may_retire(bool) const {
    std::size_t stay = 0;
    for (const auto& [id, worker] : workers_) stay += is_up(worker) && !worker.retiring && worker.memory == plenty;
    return stay >= 2;
  }
  virtual void make_spec(RunSpec&) {}
  virtual void was_assigned(const Assign&) {}
  virtual void was_failed(const RunFailed&) {}

  struct SimWorker {
    bool vanished = false;  // without a word
    bool frozen = false;
    bool expelled = false;
    int threads = 1;
    std::int64_t memory = plenty;
    bool can_spill = false;
    bool retiring = false;
    std::map<std::int64_t, Assign> ranges;
    std::map<std::int64_t, Copy> copies;
    std::map<StepKey, ItemSet> holds;
  };
  struct SimClient {
    bool silent = false;
    std::set<StepKey> handles;
    std::set<StepKey> uploads;  // begun
    std::vector<Ready> ready;
  };

  static bool is_up(const SimWorker& worker) { return !worker.vanished && !worker.frozen; }

  template <class Map>
  static std::vector<typename Map::key_type> ids(const Map& map) {
    std::vector<typename Map::key_type> result;
    for (const auto& [id, value] : map) result.push_back(id);
    return result;
  }

  std::int64_t choose(std::int64_t n) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n)); }
  template <class Container>
  typename Container::value_type any_of(const Container& container) {
    return *std::next(container.begin(), choose(static_cast<std::int64_t>(container.size())));
  }

  static void expect(bool holds, const std::string& what) {
    if (!holds) throw std::logic_error(what);
  }

  // ---- the machine, and what it says

  void tell(const Event& event, const std::string& what = {}) {
    if (!what.empty()) history_.push_back(what);
    const std::vector<Command> commands = machine_.handle(event, now_);
    for (const Command& command : commands) std::visit([this](const auto& c) { obey(c); }, command);
    machine_.check();
  }

  void obey(const Assign& a) {
    history_.push_back("  assign " + text(a.key) + " " + text(a.items) + " to " + std::to_string(a.worker));
    SimWorker& worker = workers_.at(a.worker);
    expect(!worker.expelled && !worker.retiring, "work is given to workers that stay");
    const StepSpec& spec = specs_.at(a.key.run).steps.at(static_cast<std::size_t>(a.key.step));
    expect(a.items.first >= 0 && a.items.first < a.items.last && a.items.last <= spec.items, "ranges are of the step");
    expect(a.inputs.size() == spec.needs.size() + spec.reads.size(), "all inputs are told");
    for (const Inputs& inputs : a.inputs) check_inputs(inputs, "an input");
    expect(worker.ranges.emplace(a.ticket, a).second, "tickets are used once");
    was_assigned(a);
  }
  void obey(const Copy& c) {
    history_.push_back("  copy " + text(c.key) + " " + text(c.held.items) + " from " + std::to_string(c.held.worker) +
                       " to " + std::to_string(c.worker));
    SimWorker& worker = workers_.at(c.worker);
    expect(!worker.expelled && !worker.retiring, "copies are made by workers that stay");
    const SimWorker& from = workers_.at(c.held.worker);
    expect(from.retiring && !from.expelled, "copies are made of what those have that go");
    const auto holds = from.holds.find(c.key);
    expect(holds != from.holds.end() && holds->second.contains(c.held.items), "what is to be copied is there");
    expect(worker.copies.emplace(c.ticket, c).second && !worker.ranges.count(c.ticket), "tickets are used once");
  }
  void check_inputs(const Inputs& inputs, const std::string& what) const {
    ItemSet all;
    for (const Held& held : inputs.ranges) {
      expect(all.common(held.items).empty(), what + " is told once");
      all.add(held.items);
      const auto worker = workers_.find(held.worker);
      expect(worker != workers_.end() && !worker->second.expelled, what + " is held by somebody who is there");
      const auto holds = worker->second.holds.find(inputs.key);
      expect(
          holds != worker->second.holds.end() && holds->second.contains(held.items),
          what + " of " + text(inputs.key) + " " + text(held.items) + " is really at " + std::to_string(held.worker));
    }
    expect(all.count() == specs_.at(inputs.key.run).steps.at(static_cast<std::size_t>(inputs.key.step)).items,
           what + " is told completely");
  }
  void obey(const Drop& d) {
    history_.push_back("  drop " + text(d.key) + (d.items ? " " + text(*d.items) : "") + " at " +
                       std::to_string(d.worker));
    const auto worker = workers_.find(d.worker);
    if (worker == workers_.end()) return;
    const auto holds = worker->second.holds.find(d.key);
    if (holds == worker->second.holds.end()) return;
    d.items ? holds->second.remove(*d.items) : holds->second.clear();
    if (holds->second.empty()) worker->second.holds.erase(holds);
  }
  void obey(const ForgetRun& f) {
    SimWorker& worker = workers_.at(f.worker);
    std::erase_if(worker.holds, [&](const auto& h) { return h.first.run == f.run; });
    for (const std::int64_t ticket : ids(worker.ranges))
      if (worker.ranges.at(ticket).key.run == f.run) make_stale(f.worker, ticket);
    std::erase_if(worker.copies, [&](const auto& c) { return c.second.key.run == f.run; });
  }
  void obey(const Expel& e) {
    history_.push_back("  expel " + std::to_string(e.worker));
    forget(e.worker);
    workers_.at(e.worker).expelled = true;
  }
  void obey(const Ready& r) {
    const auto client = clients_.find(r.client);
    expect(client != clients_.end(), "chunks are ready for clients that are there");
    for (const Ready& other : client->second.ready)
      expect(other.key != r.key || ItemSet(other.held.items).common(r.held.items).empty(), "a chunk is ready once");
    expect(consumed_[r.key].common(r.held.items).empty(), "what was consumed is not made ready again");
    check_held(r);
    client->second.ready.push_back(r);
  }
  void check_held(const Ready& r) const {
    const auto& holds = workers_.at(r.held.worker).holds;
    const auto found = holds.find(r.key);
    expect(found != holds.end() && found->second.contains(r.held.items), "what is ready is there");
  }
  void obey(const RunFinished& f) {
    history_.push_back("  finished " + std::to_string(f.run));
    ++finished_;
  }
  void obey(const RunFailed& f) {
    history_.push_back("  failed " + std::to_string(f.run) + ": " + f.problem.message);
    if (f.problem.code != chunkwise::ErrorCode::cancelled) failed_.insert(f.run);
    gone_runs_.insert(f.run);
    for (auto& [id, client] : clients_) forget_run(client, f.run);
    was_failed(f);
  }
  void obey(const Log&) {}

  static void forget_run(SimClient& client, RunId run) {
    std::erase_if(client.handles, [&](const StepKey& key) { return key.run == run; });
    std::erase_if(client.uploads, [&](const StepKey& key) { return key.run == run; });
    std::erase_if(client.ready, [&](const Ready& r) { return r.key.run == run; });
  }

  /// What a lost worker had ready can be fetched no more.
  void forget(WorkerId id) {
    for (auto& [client_id, client] : clients_)
      std::erase_if(client.ready, [&](const Ready& r) { return r.held.worker == id; });
  }

  void make_stale(WorkerId id, std::int64_t ticket) {
    const Assign a = workers_.at(id).ranges.at(ticket);
    stale_.push_back({id, ticket, a.key, a.items, 0, {}});
    workers_.at(id).ranges.erase(ticket);
  }

  // ---- workers

  void join(std::int64_t memory) {
    if (workers_.size() > 12) return;
    const WorkerId id = ++last_worker_;
    SimWorker& worker = workers_[id];
    worker.threads = static_cast<int>(1 + choose(3));
    worker.memory = memory;
    worker.can_spill = memory != plenty && choose(3) == 0;
    tell(joined(id), "worker " + std::to_string(id) + " joins");
  }
  [[nodiscard]] WorkerJoined joined(WorkerId id) const {
    const SimWorker& worker = workers_.at(id);
    WorkerJoined event{id, "w" + std::to_string(id), "host", worker.threads, worker.memory, worker.can_spill, {}};
    for (const auto& [key, items] : worker.holds) event.holdings.push_back({key, {items.begin(), items.end()}});
    return event;
  }

  void finish_any(bool trouble) {
    std::vector<std::pair<WorkerId, std::int64_t>> ranges;
    for (const auto& [id, worker] : workers_)
      if (is_up(worker))
        for (const auto& [ticket, range] : worker.ranges) ranges.emplace_back(id, ticket);
    if (trouble && !stale_.empty() && choose(10) == 0) {
      const auto chosen = stale_.begin() + choose(static_cast<std::int64_t>(stale_.size()));
      const RangeDone late = *chosen;
      stale_.erase(chosen);
      // One that vanished may have sent it before.
      const auto worker = workers_.find(late.worker);
      if (worker != workers_.end() && worker->second.vanished) have_made(worker->second, late.key, late.items);
      tell(late, "a report of " + text(late.key) + " " + text(late.items) + " comes late");
      return;
    }
    if (ranges.empty()) return;
    const auto [id, ticket] = any_of(ranges);
    finish(id, ticket, trouble && choose(150) == 0);
  }
  void finish(WorkerId id, std::int64_t ticket, bool fails = false) {
    SimWorker& worker = workers_.at(id);
    const Assign a = worker.ranges.at(ticket);
    worker.ranges.erase(ticket);
    const std::string what = text(a.key) + " " + text(a.items) + " at " + std::to_string(id);
    RangeFailed failure{id, ticket, a.key, a.items, {chunkwise::ErrorCode::io, "bad luck", ""}, 0};
    if (fails) {
      tell(failure, what + " fails");
      return;
    }
    for (const Inputs& inputs : a.inputs)
      for (const Held& held : inputs.ranges) {
        const auto holder = workers_.find(held.worker);
        const bool there = held.worker == id || (holder != workers_.end() && is_up(holder->second));
        const bool has =
            there && holder->second.holds.count(inputs.key) && holder->second.holds.at(inputs.key).contains(held.items);
        if (has) continue;
        failure.unreachable = held.worker;
        failure.problem.message = "no answer from " + std::to_string(held.worker);
        tell(failure, what + " cannot fetch its inputs");
        return;
      }
    have_made(worker, a.key, a.items);
    if (!made_[a.key].common(a.items).empty()) twice_.insert(a.key);
    made_[a.key].add(a.items);
    RangeDone done{id, ticket, a.key, a.items, 1, {}};
    if (choose(2)) done.also = go_on(id, a.key);
    tell(done, what + " is done" + (done.also.empty() ? "" : ", and what follows"));
  }
  /// A worker goes on to what needs nothing but what it has. Of a step that others have begun with, it makes all again.
  std::vector<Product> go_on(WorkerId id, const StepKey& from) {
    SimWorker& worker = workers_.at(id);
    const std::vector<StepSpec>& steps = specs_.at(from.run).steps;
    const auto has_all = [&](std::int32_t step) {
      const std::int64_t items = steps[static_cast<std::size_t>(step)].items;
      const auto held = worker.holds.find({from.run, step});
      return items == 0 || (held != worker.holds.end() && held->second.contains({0, items}));
    };
    std::vector<Product> products;
    std::set<std::int32_t> complete;
    if (has_all(from.step)) complete.insert(from.step);
    const auto is_complete = [&](std::int32_t step) { return complete.count(step) != 0; };
    for (auto step = from.step + 1; step < static_cast<std::int32_t>(steps.size()); ++step) {
      const StepSpec& spec = steps[static_cast<std::size_t>(step)];
      const StepKey key{from.run, step};
      const bool may = spec.kind == StepKind::combine || (spec.kind == StepKind::write && !spec.persisted);
      if (!may || spec.items == 0 || !spec.reads.empty() || has_all(step) || !made_[key].empty() ||
          std::none_of(spec.needs.begin(), spec.needs.end(), is_complete) ||
          !std::all_of(spec.needs.begin(), spec.needs.end(), has_all))
        continue;
      complete.insert(step);
      worker.holds[key].add(Items{0, spec.items});
      made_[key].add(Items{0, spec.items});
      products.push_back({step, {0, spec.items}});
    }
    return products;
  }

  void have_made(SimWorker& worker, const StepKey& key, Items items) {
    worker.holds[key].add(items);
    const RunSpec& run = specs_.at(key.run);
    const StepSpec& step = run.steps.at(static_cast<std::size_t>(key.step));
    if (step.kind == StepKind::combine) return;
    for (const std::int32_t needed : step.needs) {
      const ItemSet values({0, run.steps.at(static_cast<std::size_t>(needed)).items});
      if (!values.empty()) worker.holds[{key.run, needed}].add(values);
    }
  }

  void copy_any(bool trouble) {
    for (const WorkerId id : ids(workers_))
      if (is_up(workers_.at(id)) && !workers_.at(id).copies.empty() && choose(2))
        return copy(id, any_of(ids(workers_.at(id).copies)), trouble && choose(8) == 0);
    for (const WorkerId id : ids(workers_))
      if (workers_.at(id).retiring && is_up(workers_.at(id)) && !workers_.at(id).expelled &&
          (!machine_.handing_over(id) || (trouble && choose(4) == 0)))
        return go(id);
    if (!may_retire(trouble) || choose(3)) return;
    const WorkerId id = any_of(ids(workers_));
    SimWorker& worker = workers_.at(id);
    if (!is_up(worker) || worker.expelled || worker.retiring) return;
    worker.retiring = true;
    for (const std::int64_t ticket : ids(worker.ranges)) make_stale(id, ticket);
    worker.copies.clear();
    tell(WorkerRetires{id}, "worker " + std::to_string(id) + " is asked to end");
  }
  void copy(WorkerId id, std::int64_t ticket, bool fails = false) {
    SimWorker& worker = workers_.at(id);
    const Copy c = worker.copies.at(ticket);
    worker.copies.erase(ticket);
    const auto from = workers_.find(c.held.worker);
    const bool there = !fails && from != workers_.end() && is_up(from->second) && !from->second.expelled &&
                       from->second.holds.count(c.key) && from->second.holds.at(c.key).contains(c.held.items);
    const std::string what = text(c.key) + " " + text(c.held.items) + " to " + std::to_string(id);
    if (!there) return tell(CopyFailed{id, ticket}, "cannot copy " + what);
    worker.holds[c.key].add(c.held.items);
    tell(CopyDone{id, ticket}, "copied " + what);
  }
  /// A worker that was asked to end goes.
  void go(WorkerId id) {
    SimWorker& worker = workers_.at(id);
    worker.vanished = worker.expelled = true;
    forget(id);
    tell(WorkerGone{id, true}, "worker " + std::to_string(id) + " goes");
  }

  void make_trouble() {
    switch (choose(12)) {
      case 0:
      case 1:
        return vanish(false);
      case 2:
        return vanish(true);
      case 3:
      case 4:
        return freeze();
      case 5:
      case 6:
        return thaw();
      case 7:
        return miss();
      case 8:
        return cancel();
      case 9:
        return leave(false);
      case 10:
        return leave(true);
      default:
        if (choose(3) == 0) start_again();
    }
  }

  void vanish(bool silently) {
    if (workers_.empty()) return;
    const WorkerId id = any_of(ids(workers_));
    SimWorker& worker = workers_.at(id);
    if (worker.vanished || worker.expelled) return;
    worker.vanished = true;
    for (const std::int64_t ticket : ids(worker.ranges)) make_stale(id, ticket);
    history_.push_back("worker " + std::to_string(id) + " vanishes");
    if (silently) return;
    forget(id);
    worker.expelled = true;
    tell(WorkerGone{id, choose(2) == 0});
  }
  void freeze() {
    if (workers_.empty()) return;
    const WorkerId id = any_of(ids(workers_));
    workers_.at(id).frozen = true;
    history_.push_back("worker " + std::to_string(id) + " freezes");
  }
  void thaw() {
    for (const WorkerId id : ids(workers_)) {
      SimWorker& worker = workers_.at(id);
      if (!worker.frozen || worker.vanished) continue;
      worker.frozen = false;
      history_.push_back("worker " + std::to_string(id) + " wakes up");
      if (!worker.expelled) return tell(WorkerHeard{id});
      for (const std::int64_t ticket : ids(worker.ranges)) make_stale(id, ticket);
      const std::int64_t memory = worker.memory;
      if (worker.retiring) {
        worker.vanished = true;
        return;
      }
      workers_.erase(id);
      return join(memory);
    }
  }

  // ---- clients

  void come() {
    if (clients_.size() > 3) return;
    const ClientId id = ++last_client_;
    clients_[id];
    tell(ClientJoined{id}, "client " + std::to_string(id) + " comes");
  }

  StepSpec random_step(StepKind kind) {
    StepSpec step;
    step.kind = kind;
    step.items = choose(12) == 0 ? 0 : 1 + choose(kind == StepKind::combine ? 4 : 40);
    step.elements = step.items * (1 + choose(5));
    step.bytes_per_item = choose(3);
    step.grain = 1 + choose(4);
    step.align = 1 + choose(4);
    return step;
  }
  void read_arrays(StepSpec& step, const SimClient& client) {
    if (client.handles.empty() || choose(2)) return;
    const StepKey key = any_of(client.handles);
    step.reads.push_back(key);
    const std::int64_t items = specs_.at(key.run).steps.at(static_cast<std::size_t>(key.step)).items;
    if (choose(3) == 0 || items == 0 || step.items == 0) return;
    step.follows = key;
    const std::int64_t stride = items / step.items;
    const Items all{0, step.items};
    step.follow.push_back(choose(2) ? StepSpec::Follow{all, 0, stride} : StepSpec::Follow{all, items - 1, -stride});
  }
  void submit() {
    if (clients_.empty()) return;
    const ClientId id = any_of(ids(clients_));
    SimClient& client = clients_.at(id);
    if (client.silent) return;
    RunSpec run{++last_run_, id, {}, choose(8), "array of run " + std::to_string(last_run_)};
    if (choose(8) == 0) {
      run.steps.push_back(random_step(StepKind::upload));
    } else {
      std::vector<std::int32_t> combines;
      for (std::int64_t n = choose(3); n > 0; --n) {
        StepSpec reduce = random_step(StepKind::reduce);
        read_arrays(reduce, client);
        if (!combines.empty() && choose(2)) reduce.needs = {any_of(combines)};
        run.steps.push_back(reduce);
        StepSpec combine = random_step(StepKind::combine);
        combine.needs = {static_cast<std::int32_t>(run.steps.size() - 1)};
        combines.push_back(static_cast<std::int32_t>(run.steps.size()));
        run.steps.push_back(combine);
      }
      for (std::int64_t n = 1 + choose(2); n > 0; --n) {
        StepSpec write = random_step(StepKind::write);
        write.persisted = choose(2) == 0;
        read_arrays(write, client);
        if (!combines.empty() && choose(2)) write.needs = combines;
        run.steps.push_back(write);
      }
    }
    make_spec(run);
    specs_[run.id] = run;
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      const StepKey key{run.id, static_cast<std::int32_t>(s)};
      if (run.steps[s].persisted || run.steps[s].kind == StepKind::upload) client.handles.insert(key);
      if (run.steps[s].kind == StepKind::upload) client.uploads.insert(key);
    }
    tell(RunSubmitted{run}, "client " + std::to_string(id) + " submits " + std::to_string(run.id));
  }

  void consume_any() {
    for (const ClientId id : ids(clients_))
      if (!clients_.at(id).silent && !clients_.at(id).ready.empty() && choose(2)) return consume(id);
  }
  void consume(ClientId id) {
    std::vector<Ready>& ready = clients_.at(id).ready;
    const Ready r = ready.back();
    ready.pop_back();
    check_held(r);
    consumed_[r.key].add(r.held.items);
    tell(Consumed{id, r.key, r.held.items}, "consumed " + text(r.key) + " " + text(r.held.items));
  }
  void miss() {
    for (const ClientId id : ids(clients_)) {
      std::vector<Ready>& ready = clients_.at(id).ready;
      if (ready.empty()) continue;
      const Ready r = ready.back();
      ready.pop_back();
      return tell(Missing{id, r.key, r.held.items, r.held.worker},
                  "missing " + text(r.key) + " " + text(r.held.items) + " at " + std::to_string(r.held.worker));
    }
  }

  void upload_any() {
    for (const ClientId id : ids(clients_))
      if (!clients_.at(id).uploads.empty()) return upload(id);
  }
  void upload(ClientId id) {
    const StepKey key = *clients_.at(id).uploads.begin();
    const std::vector<Held> placement = machine_.placement(key);
    if (placement.empty() && machine_.workers().empty()) return;
    clients_.at(id).uploads.erase(key);
    for (const Held& held : placement) workers_.at(held.worker).holds[key].add(held.items);
    tell(Uploaded{id, key}, "uploaded " + text(key));
  }

  void use_names() {
    if (clients_.empty()) return;
    const ClientId id = any_of(ids(clients_));
    SimClient& client = clients_.at(id);
    if (client.silent) return;
    const std::string name = any_of(names_);
    const std::optional<StepKey> key = machine_.published(name);
    if (!key && !client.handles.empty()) {
      tell(Published{id, any_of(client.handles), name}, "publishes " + name);
    } else if (key && choose(2)) {
      client.handles.insert(*key);
      tell(Opened{id, *key}, "opens " + name);
    } else if (key) {
      tell(Unpublished{name}, "unpublishes " + name);
    }
  }
  void release_any() {
    if (clients_.empty()) return;
    const ClientId id = any_of(ids(clients_));
    SimClient& client = clients_.at(id);
    if (client.silent || client.handles.empty()) return;
    const StepKey key = any_of(client.handles);
    client.handles.erase(key);
    client.uploads.erase(key);
    given_up_.insert(key.run);
    gone_runs_.insert(key.run);
    tell(Released{id, key}, "releases " + text(key));
  }
  void cancel() {
    if (specs_.empty() || clients_.empty()) return;
    const RunId run = any_of(ids(specs_));
    const ClientId id = specs_.at(run).client;
    if (!clients_.count(id)) return;
    forget_run(clients_.at(id), run);
    given_up_.insert(run);
    tell(Cancelled{id, run}, "cancels " + std::to_string(run));
  }
  void leave(bool silently) {
    if (clients_.empty()) return;
    const ClientId id = any_of(ids(clients_));
    for (const auto& [run, spec] : specs_)
      if (spec.client == id) given_up_.insert(run), gone_runs_.insert(run);
    history_.push_back("client " + std::to_string(id) + " goes");
    if (silently) {
      clients_.at(id).silent = true;
      return;
    }
    clients_.erase(id);
    tell(ClientGone{id});
  }

  // ---- time

  void tick(Time seconds) {
    now_ += seconds;
    for (const WorkerId id : ids(workers_))
      if (is_up(workers_.at(id)) && !workers_.at(id).expelled) tell(WorkerHeard{id});
    for (const ClientId id : ids(clients_)) {
      if (clients_.at(id).silent) continue;
      const std::set<StepKey>& handles = clients_.at(id).handles;
      tell(ClientHeard{id, {handles.begin(), handles.end()}});
    }
    tell(Tick{}, "time passes");
    for (const ClientId id : ids(clients_))
      if (!machine_.has_client(id)) clients_.erase(id);
    for (const WorkerId id : ids(workers_))
      if (workers_.at(id).vanished && workers_.at(id).expelled) workers_.erase(id);
  }

  /// The coordinator was lost, and another one is there. Workers join anew with what they hold; clients go on.
  void start_again() {
    history_.push_back("the coordinator is started again");
    machine_ = Machine();
    restarted_ = true;
    stale_.clear();
    for (auto& [id, client] : clients_) {
      client.ready.clear();
      for (const StepKey& key : std::exchange(client.uploads, {})) client.handles.erase(key);
    }
    std::erase_if(clients_, [](const auto& c) { return c.second.silent; });
    for (const ClientId id : ids(clients_)) tell(ClientJoined{id});
    std::map<WorkerId, SimWorker> old = std::exchange(workers_, {});
    for (auto& [old_id, worker] : old) {
      if (!is_up(worker) || worker.expelled) continue;
      const WorkerId id = ++last_worker_;
      worker.ranges.clear();
      worker.copies.clear();
      worker.retiring = false;
      for (const auto& [key, items] : worker.holds) {
        const RunSpec& spec = specs_.at(key.run);
        bool keeps = false;
        for (const StepSpec& step : spec.steps) keeps = keeps || step.persisted || step.kind == StepKind::upload;
        recovered_.insert(key.run);
        if (keeps) tell(RunRecovered{spec, {}}, "run " + std::to_string(key.run) + " is told of");
      }
      workers_[id] = std::move(worker);
      tell(joined(id), "worker " + std::to_string(old_id) + " joins again as " + std::to_string(id));
    }
  }

  static std::string text(const StepKey& key) { return std::to_string(key.run) + "/" + std::to_string(key.step); }
  static std::string text(const Items& items) {
    return "[" + std::to_string(items.first) + ", " + std::to_string(items.last) + ")";
  }

  std::mt19937_64 random_;
  Machine machine_;
  Time now_ = 0;
  std::map<WorkerId, SimWorker> workers_;
  std::map<ClientId, SimClient> clients_;
  std::map<RunId, RunSpec> specs_;
  std::map<StepKey, ItemSet> consumed_, made_;
  std::set<StepKey> twice_;
  std::vector<RangeDone> stale_;
  std::set<RunId> failed_, recovered_, given_up_, gone_runs_;
  const std::vector<std::string> names_{"pressure", "temperature"};
  std::vector<std::string> history_;
  WorkerId last_worker_ = 0;
  ClientId last_client_ = 0;
  RunId last_run_ = 0;
  std::int64_t finished_ = 0;
  bool restarted_ = false;
};

}  // namespace chunkwise_test
