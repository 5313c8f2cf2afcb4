// A worker's life with its coordinator: it waits for it, joins, does as it is told, and forgets runs that are no more.
#include <malloc.h>

#include <algorithm>

#include "backends/thrift/worker/running.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/durations.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using thrift::RunId;
using thrift::StepKey;

/// The idle time after which memory that is kept for the next run is given back to the system.
constexpr std::chrono::seconds idle_before_rest{2};

/// The longest pause before a coordinator that has refused this worker is asked again: it may be started anew, with
/// other files.
constexpr std::chrono::seconds longest_refusal_pause{30};

/// The refusal of a coordinator to let this worker in, as both are now.
class Refused : public Error {
 public:
  explicit Refused(const std::string& why) : Error(ErrorCode::denied, why) {}
};

}  // namespace

wire::Registration Worker::Running::registration() {
  wire::Registration registration;
  registration.name = options.name;
  registration.server = server->identity();
  registration.threads = place->threads;
  registration.memory_limit = static_cast<std::int64_t>(place->admission->limit());
  registration.can_spill = !options.spill_directory.empty();
  for (const Function& function : known_functions()) registration.functions.push_back(thrift::to_wire(function));
  const std::scoped_lock lock(mutex);
  registration.address = address;
  registration.previous_id = previous_id;
  registration.previous_token = token;
  for (const auto& [array, ranges] : place->store->held()) {
    const auto description = kept.find(array.run);
    if (description == kept.end()) {
      place->store->drop(array);
      continue;
    }
    wire::Holding holding;
    holding.run = description->second;
    holding.step = array.step;
    for (const store::ChunkRange& range : ranges) {
      wire::HeldRange held;
      held.first = range.first;
      held.last = range.last;
      holding.ranges.push_back(held);
    }
    if (!holding.ranges.empty()) registration.holdings.push_back(std::move(holding));
  }
  return registration;
}

void Worker::Running::abandon() {
  std::unique_lock lock(mutex);
  waiting.clear();
  copies.clear();
  for (const auto& [number, run] : runs) run->cancel();
  changed.wait(lock, [this] { return executing == 0 || stopping; });
  previous_id = id != 0 ? id : previous_id;
  id = 0;
  for (const auto& [number, run] : runs) kept.emplace(number, run->description());
  for (const auto& [array, ranges] : place->store->held()) {
    const auto run = runs.find(array.run);
    if (run != runs.end() && !run->second->persists(array.step)) place->store->drop(array);
  }
  runs.clear();
  std::map<RunId, wire::RunDescription> holding;
  for (const auto& [array, ranges] : place->store->held())
    if (auto found = kept.find(array.run); found != kept.end() && !ranges.empty()) holding.insert(*found);
  kept = std::move(holding);
}

std::shared_ptr<wire::Connection<wire::CoordinatorService>> Worker::Running::connected_to(const std::string& to) {
  try {
    return std::make_shared<wire::Connection<wire::CoordinatorService>>(to, coordinators->credentials(), as_worker);
  } catch (const wire::TlsRefused& error) {
    throw Refused(error.what());
  } catch (const wire::PeerLost&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw;  // it has no room at present, or was too slow
    throw Refused(error.what());
  }
}

void Worker::Running::live_with_coordinator() {
  const std::string to = wire::address_of(named);
  const auto connection = connected_to(to);
  const Told told = listen_for_others(*connection);
  wire::Registered registered;
  {
    const std::scoped_lock lock(mutex);
    if (stopping) return;
    commands = connection;
    coordinator = to;
  }
  const wire::Registration registering = registration();
  connection->call([&](auto& client) { client.register_worker(registered, registering); });
  {
    const std::scoped_lock lock(mutex);
    id = registered.id;
    token = registered.token;
  }
  log("worker " + options.name + " joined the coordinator at " + to + "; others fetch from it at " + told.address);
  if (!told.warning.empty()) log(told.warning);
  waited_for.clear();
  refusal_pause = {};
  follow(*connection);
}

double Worker::Running::tell_refused(const std::string& why) {
  const std::chrono::seconds before = refusal_pause;
  refusal_pause = std::clamp(before * 2, std::chrono::seconds(1), longest_refusal_pause);
  // While the pause grows, each refusal is said; after that, as seldom as other reasons to wait.
  if (refusal_pause != before) say_next = {};
  tell_waiting("it refused this worker, and is asked again in " + std::to_string(refusal_pause.count()) + " s: " + why);
  return static_cast<double>(refusal_pause.count());
}

void Worker::Running::tell_waiting(const std::string& why) {
  const auto now = Clock::now();
  const bool began = waited_for.empty();
  if (began) {
    alone = now;
    silence = std::chrono::seconds(5);
  }
  // A reason that changes is news, but not five times a second.
  if (waited_for == why ? now < say_next : !began && now < said + std::chrono::seconds(1)) return;
  std::string line = id != 0 ? "coordinator lost: " : "waiting for the coordinator: ";
  if (!began && waited_for == why)
    line = "waiting for the coordinator for " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - alone).count()) + " s: ";
  log(line + why);
  waited_for = why;
  said = now;
  say_next = now + silence;
  silence = std::min<Clock::duration>(silence * 3, std::chrono::minutes(10));
}

bool Worker::Running::gives_up() {
  const double patience = options.coordinator_timeout;
  if (patience <= 0 || waited_for.empty() || std::chrono::duration<double>(Clock::now() - alone).count() < patience)
    return false;
  const auto kept_here = place->store->held();
  const bool keeps = std::ranges::any_of(kept_here, [](const auto& array) { return !array.second.empty(); });
  if (keeps && !options.ends_with_coordinator) return false;
  const std::scoped_lock lock(mutex);
  why_ended = "no coordinator for " + seconds_text(patience) + " s: " + waited_for;
  return true;
}

void Worker::Running::serve_coordinator() {
  for (;;) {
    double again = 0.2;  // seconds
    try {
      live_with_coordinator();
    } catch (const std::exception& error) {
      {
        const std::scoped_lock lock(mutex);
        if (stopping) return;
      }
      // If the coordinator cannot connect back, it has tried for a while, and will not succeed soon.
      const auto* failed = dynamic_cast<const wire::RemoteError*>(&error);
      if (failed && failed->code() == ErrorCode::io) again = 2;
      if (dynamic_cast<const Refused*>(&error))
        again = tell_refused(error.what());
      else
        tell_waiting(error.what());
    }
    {
      const std::scoped_lock lock(mutex);
      // The end of the connection says that this worker is lost: it stays until the goodbye has been said.
      if (stopping) return;
      commands = nullptr;
    }
    abandon();
    if (gives_up() || pause(again)) return;
  }
}

void Worker::Running::follow(wire::Connection<wire::CoordinatorService>& connection) {
  for (;;) {
    std::vector<wire::WorkerCommand> orders;
    const auto used = static_cast<std::int64_t>(place->admission->used());
    connection.call([&](auto& client) { client.next_commands(orders, token, 1000, used, meter.now()); });
    for (const wire::WorkerCommand& order : orders) obey(order);
    rest();
    const std::scoped_lock lock(mutex);
    if (stopping) return;
  }
}

void Worker::Running::rest() {
  const auto now = std::chrono::steady_clock::now();
  const PoolStatistics pool_now = pool_statistics();
  if (std::exchange(requests, pool_now.fresh + pool_now.reused) != pool_now.fresh + pool_now.reused) {
    last_request = now;
    rested = false;
  }
  {
    const std::scoped_lock lock(mutex);
    if (rested || executing > 0 || now - last_request < idle_before_rest) return;
  }
  rested = true;
  trim_pool();
  // The C library keeps memory that threads of ended connections used.
  ::malloc_trim(0);
}

void Worker::Running::obey(const wire::WorkerCommand& command) {
  std::unique_lock lock(mutex);
  const auto known = [&](RunId number) {
    const auto found = runs.find(number);
    return found == runs.end() ? nullptr : found->second;
  };
  if (command.__isset.assignment) {
    if (command.assignment.__isset.run) kept.insert_or_assign(command.assignment.key.run, command.assignment.run);
    if (command.assignment.copy)
      copies.emplace_back(command.assignment, id);
    else if (!retiring)
      waiting.emplace_back(command.assignment, id);
  }
  if (command.__isset.drop) {
    const StepKey key = thrift::from_wire(command.drop);
    if (command.__isset.dropped_items)
      place->store->drop({key.run, key.step}, {command.dropped_items.first, command.dropped_items.last});
    else if (const auto run = known(key.run))
      run->drop(key.step);
    else
      place->store->drop({key.run, key.step});
  }
  if (command.__isset.publication) {
    const RunId number = command.publication.key.run;
    if (const auto run = known(number)) run->publish(command.publication);
    if (const auto run = kept.find(number); run != kept.end()) thrift::remember(command.publication, run->second);
  }
  if (command.__isset.ending) {
    wish = command.ending == wire::WorkerEnd::RESTART   ? Wish::restart
           : command.ending == wire::WorkerEnd::AT_ONCE ? Wish::end
                                                        : Wish::hand_over;
  }
  lock.unlock();
  // Not before the unlock: the thread would wake to wait for the lock.
  if (command.__isset.assignment) (command.assignment.copy ? copying : work).notify_one();
  if (command.__isset.forget_run) forget(command.forget_run);
}

void Worker::Running::forget(RunId number) {
  const std::scoped_lock one_at_a_time(describing);
  const std::scoped_lock lock(mutex);
  std::erase_if(waiting, [&](const auto& entry) { return entry.first.key.run == number; });
  std::erase_if(copies, [&](const auto& entry) { return entry.first.key.run == number; });
  if (const auto run = runs.find(number); run != runs.end()) {
    run->second->cancel();
    runs.erase(run);
  }
  kept.erase(number);
  for (const auto& [array, ranges] : place->store->held())
    if (array.run == number) place->store->drop(array);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
