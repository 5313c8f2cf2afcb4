// The work of a worker: ranges, copies of products that others hand over, the reports of both, and the handing over of
// its own products.
#include <algorithm>

#include "backends/thrift/worker/running.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using thrift::StepKey;
using thrift::WorkerId;
using thrift::WorkerRun;

/// The time for which one call to the coordinator waits until all is handed over.
constexpr std::int64_t longest_wait_ms = 300;

/// Returns an assignment without addresses, which the peers learn.
thrift::Assign assign_of(const wire::Assignment& assignment, WorkerId self, thrift::WorkerPeers& peers) {
  thrift::Assign made{
      self, assignment.ticket, thrift::from_wire(assignment.key), {assignment.first, assignment.last}, {}};
  for (const wire::Location& location : assignment.inputs) made.inputs.push_back(peers.learn(location));
  return made;
}

/// Returns the same for a copy.
thrift::Copy copy_of(const wire::Assignment& assignment, WorkerId self, thrift::WorkerPeers& peers) {
  if (assignment.inputs.size() != 1 || assignment.inputs.front().ranges.size() != 1)
    throw Error(ErrorCode::invalid_argument, "a copy does not say from where");
  thrift::Held held = peers.learn(assignment.inputs.front().ranges.front());
  held.items = {assignment.first, assignment.last};
  return {self, assignment.ticket, thrift::from_wire(assignment.key), held};
}

}  // namespace

void Worker::Running::execute_next() {
  trace::name_thread("working on ranges");
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (stopping) return;
    const auto [assignment, registered_as] = std::move(waiting.front());
    waiting.pop_front();
    ++executing;
    lock.unlock();
    execute(assignment, registered_as);
    lock.lock();
    if (--executing == 0) changed.notify_all();
  }
}

void Worker::Running::copy_next() {
  trace::name_thread("copying");
  std::unique_lock lock(mutex);
  for (;;) {
    copying.wait(lock, [this] { return stopping || !copies.empty(); });
    if (stopping) return;
    const std::pair<wire::Assignment, WorkerId> next = std::move(copies.front());
    copies.pop_front();
    ++executing;
    lock.unlock();
    wire::RangeReport own = done(next.first, [&](wire::RangeReport&) {
      run(next.first.key.run)->copy(copy_of(next.first, next.second, *peers));
    });
    own.copied = true;
    report(own, next.second);
    lock.lock();
    if (--executing == 0) changed.notify_all();
  }
}

template <class Work>
wire::RangeReport Worker::Running::done(const wire::Assignment& assignment, const Work& action) {
  wire::RangeReport done;
  done.key = assignment.key;
  done.first = assignment.first;
  done.last = assignment.last;
  done.ticket = assignment.ticket;
  try {
    action(done);
  } catch (...) {
    done.__set_failure(failure_of_range());
    if (done.failure.worker.empty()) done.failure.worker = options.name;
  }
  const store::ChunkStore::Bytes held = place->store->bytes();
  done.held_bytes = static_cast<std::int64_t>(held.in_memory);
  done.spilled_bytes = static_cast<std::int64_t>(held.all - held.in_memory);
  done.memory_used = static_cast<std::int64_t>(place->admission->used());
  tell_of_spilling(done);
  return done;
}

void Worker::Running::execute(const wire::Assignment& assignment, WorkerId registered_as) {
  const wire::RangeReport own = done(assignment, [&](wire::RangeReport& done) {
    const WorkerRun::Done made = run(assignment.key.run)->execute(assign_of(assignment, registered_as, *peers));
    done.bytes_read = static_cast<std::int64_t>(made.bytes_read);
    for (const WorkerRun::Made& one : made.also) {
      wire::Product& product = done.also.emplace_back();
      product.step = one.product.step;
      product.first = one.product.items.first;
      product.last = one.product.items.last;
      if (one.values) product.__set_values(wire::Blob(one.values.get(), one.values_bytes, one.values));
    }
  });
  report(own, registered_as);
}

void Worker::Running::tell_of_spilling(wire::RangeReport& report) {
  const std::string problem = place->store->spill_problem();
  report.spill_is_full = !problem.empty();
  if (spill_is_full.exchange(report.spill_is_full) == report.spill_is_full) return;
  log(report.spill_is_full ? "chunks stay in memory, since files take no more: " + problem
                           : "chunks go to files again");
}

void Worker::Running::tell_lost(const store::ArrayId& array, std::int64_t chunk, const std::string& why) {
  const std::string what = "chunk " + std::to_string(chunk) + " of array " + thrift::shown(array.run) + "/" +
                           std::to_string(array.step) + ": ";
  log("worker " + options.name + " lost " + what + why);
  wire::RangeReport lost;
  lost.lost = true;
  lost.key = thrift::to_wire(StepKey{array.run, array.step});
  lost.first = chunk;
  lost.last = chunk + 1;
  lost.__set_failure(wire::make_failure(ErrorCode::lost, what + why));
  WorkerId registered_as = 0;
  {
    const std::scoped_lock lock(mutex);
    registered_as = id;
  }
  report(lost, registered_as);
}

wire::Failure Worker::Running::failure_of_range() {
  try {
    throw;
  } catch (const thrift::Unreachable& unreachable) {
    std::string to, own;
    {
      const std::scoped_lock lock(mutex);
      to = coordinator;
      own = address;
    }
    try {
      peers->blame_network(unreachable, "worker " + options.name + " at " + own,
                           [&](wire::WorkerContact& contact, WorkerId worker) {
                             coordinators->with(to, [&](auto& client) { client.reach_worker(contact, worker); });
                           });
    } catch (...) {
      return wire::current_failure();
    }
    wire::Failure failure = wire::current_failure();
    failure.unreachable = unreachable.worker();
    return failure;
  } catch (...) {
    return wire::current_failure();
  }
}

void Worker::Running::report(const wire::RangeReport& done, WorkerId registered_as) {
  std::string to, own_token;
  {
    const std::scoped_lock lock(mutex);
    if (stopping || id != registered_as || (retiring && !done.copied && !done.lost)) return;
    to = coordinator;
    own_token = token;
  }
  try {
    std::vector<wire::Assignment> next;
    coordinators->with(to, [&](auto& client) { client.report(next, own_token, done); });
    {
      const std::scoped_lock lock(mutex);
      if (id != registered_as || retiring) return;
      for (wire::Assignment& assignment : next) waiting.emplace_back(std::move(assignment), registered_as);
    }
    // The calling thread takes one of them itself.
    for (std::size_t others = 1; others < next.size(); ++others) work.notify_one();
  } catch (const wire::RemoteError&) {
    // The coordinator does not want to know.
  } catch (const std::exception&) {
    // The coordinator may have heard, and its answer is lost: the worker joins anew, with the chunks that it keeps.
    const std::scoped_lock lock(mutex);
    if (commands && id == registered_as) commands->interrupt();
  }
}

bool Worker::Running::retire(double seconds, const CancelToken& cancel) {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  {
    std::unique_lock lock(mutex);
    retiring = true;
    waiting.clear();
    for (const auto& [number, run] : runs) run->cancel();
    // While states are merged, they cannot be fetched.
    changed.wait_until(lock, end, [this] { return executing == 0 || stopping; });
  }
  try {
    for (bool left = true; left;) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      std::string from;
      std::string own;
      {
        const std::scoped_lock lock(mutex);
        from = coordinator;
        own = id != 0 ? token : "";
      }
      if (own.empty()) {
        const auto held = place->store->held();
        return std::ranges::all_of(held, [](const auto& array) { return array.second.empty(); });
      }
      if (rest <= 0 || cancel.cancelled()) return false;
      const auto wait_ms = static_cast<std::int32_t>(std::min<std::int64_t>(rest, longest_wait_ms));
      coordinators->with(from, [&](auto& client) { left = client.retire(own, wait_ms); });
    }
    return true;
  } catch (const std::exception& error) {
    log(std::string("nothing more can be handed over: ") + error.what());
    return false;
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
