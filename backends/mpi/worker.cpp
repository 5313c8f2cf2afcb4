#include "backends/mpi/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "backends/cluster/worker/serve_chunks.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/threads.hpp"
#include "runtime/dataset/source.hpp"
#include "runtime/executor/team.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

namespace {

/// Ranges that are worked on at a time: those that rank 0 gives, and one for another small run.
constexpr int executing_threads = 3;
/// Questions of other ranks that are answered at a time.
constexpr int serving_threads = 2;

std::string name_of(int rank) { return "rank " + std::to_string(rank); }

/// Returns the exception that is being handled as it travels.
Problem current_problem(const std::string& worker) {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what(), worker};
  } catch (const std::bad_alloc&) {
    return {ErrorCode::memory_limit, "the system has no memory to give", worker};
  } catch (const std::exception& error) {
    return {ErrorCode::io, error.what(), worker};
  }
}

/// Returns the threads that are this rank's share of its host. Ranks that are bound to CPUs have those.
int own_threads(const Messenger& messenger) {
  const int all = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  return std::clamp(all / messenger.size_here(), 1, usable_threads());
}

}  // namespace

// ---------------------------------------------------------------- RankPeers

Answer RankPeers::ask(WorkerId holder, std::vector<std::byte> text, SharedBytes payload, std::span<std::byte> into,
                      const std::stop_token& stop) {
  try {
    return messenger_.ask(rank_of(holder), std::move(text), std::move(payload), into, stop);
  } catch (const AskFailed& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::lost) throw;
    throw Unreachable(holder, "chunks could not be fetched from " + name_of(rank_of(holder)) + ": " + error.what());
  }
}

void RankPeers::read_chunks(WorkerId holder, const StepKey& key, const Region& region, std::span<std::byte> out,
                            const std::stop_token& stop) {
  (void)ask(holder, chunks_message(key, region), {}, out, stop);
}

SharedBytes RankPeers::read_states(WorkerId holder, const StepKey& key, std::int64_t tile,
                                   const std::stop_token& stop) {
  return ask(holder, product_message(Subject::read_states, key, tile), {}, {}, stop).payload;
}

SharedBytes RankPeers::read_finished(WorkerId holder, const StepKey& key, std::int64_t tile,
                                     const std::stop_token& stop) {
  return ask(holder, product_message(Subject::read_finished, key, tile), {}, {}, stop).payload;
}

void RankPeers::upload(WorkerId holder, const StepKey& key, std::int64_t item, std::span<const std::byte> chunk) {
  (void)ask(holder, product_message(Subject::upload, key, item), {chunk, nullptr}, {}, {});
}

// ---------------------------------------------------------------- RankWorker

RankWorker::RankWorker(Messenger& messenger, const Settings& settings) : messenger_(messenger) {
  executor::make_team();
  const std::uint64_t limit = settings.memory_limit > 0
                                  ? settings.memory_limit
                                  : usable_memory() / 4 * 3 / static_cast<std::uint64_t>(messenger.size_here());
  pool_ = std::make_unique<PoolLimit>(limit);
  // All ranks are one program of one user: what rank 0 may open, they may open.
  place_ = std::make_shared<Workplace>(Workplace{
      std::make_shared<executor::Admission>(limit), nullptr, std::make_shared<RankPeers>(messenger),
      DataRoots({"/"}, name_of(messenger.rank())), settings.threads > 0 ? settings.threads : own_threads(messenger)});
  place_->store = std::make_shared<store::ChunkStore>(place_->admission);
  dataset::register_kinds();
  threads_.push_back(start_thread("a rank's work", [this] { follow(); }));
  for (int i = 0; i < executing_threads; ++i)
    threads_.push_back(start_thread("a rank's work", [this] { execute_next(); }));
  for (int i = 0; i < serving_threads; ++i) threads_.push_back(start_thread("a rank's work", [this] { serve_next(); }));
}

RankWorker::~RankWorker() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& [number, run] : runs_) run->cancel();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

WorkerFacts RankWorker::facts() const {
  return {messenger_.host(), place_->threads, place_->admission->limit(), known_functions()};
}

void RankWorker::take(Incoming&& message) {
  const Subject subject = subject_of(message.text);
  // Calls about a run do not wait for orders that came before, so what runs there are is known at once.
  const auto run =
      subject == Subject::describe ? std::make_shared<const Description>(description_of(message.text)) : nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (run) {
      described_.insert_or_assign(run->submission.run, run);
      return;
    }
    if (subject == Subject::forget) described_.erase(forget_of(message.text).run);
    // Work does not overtake what was ordered before it.
    const bool is_work = subject == Subject::assign || subject == Subject::copy;
    (message.call != 0                         ? questions_
     : is_work && orders_.empty() && !obeying_ ? waiting_
                                               : orders_)
        .push_back(std::move(message));
  }
  changed_.notify_all();
}

void RankWorker::follow() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !orders_.empty(); });
    if (stopping_) return;
    Incoming order = std::move(orders_.front());
    orders_.pop_front();
    const Subject subject = subject_of(order.text);
    if (subject == Subject::assign || subject == Subject::copy) {
      waiting_.push_back(std::move(order));
      changed_.notify_all();
      continue;
    }
    obeying_ = true;
    lock.unlock();
    obey(order);
    lock.lock();
    obeying_ = false;
  }
}

void RankWorker::obey(const Incoming& message) {
  switch (subject_of(message.text)) {
    case Subject::drop: {
      const Drop drop = drop_of(message.text);
      const store::ArrayId array{drop.key.run, drop.key.step};
      if (drop.items) return place_->store->drop(array, {drop.items->first, drop.items->last});
      std::shared_ptr<WorkerRun> known;
      {
        const std::scoped_lock lock(mutex_);
        if (const auto found = runs_.find(drop.key.run); found != runs_.end()) known = found->second;
      }
      if (known) return known->drop(drop.key.step);
      return place_->store->drop(array);
    }
    case Subject::forget:
      return forget(forget_of(message.text).run);
    default:
      return;
  }
}

void RankWorker::forget(RunId number) {
  const std::scoped_lock one_at_a_time(describing_);
  const std::scoped_lock lock(mutex_);
  std::erase_if(waiting_, [&](const Incoming& order) {
    return subject_of(order.text) == Subject::assign ? assign_of(order.text).key.run == number
                                                     : copy_of(order.text).key.run == number;
  });
  if (const auto run = runs_.find(number); run != runs_.end()) {
    run->second->cancel();
    runs_.erase(run);
  }
  for (const auto& [array, ranges] : place_->store->held())
    if (array.run == number) place_->store->drop(array);
}

std::shared_ptr<WorkerRun> RankWorker::run(RunId number) {
  // Two ranges of one run must not make it twice.
  const std::scoped_lock one_at_a_time(describing_);
  std::shared_ptr<const Description> description;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = runs_.find(number); found != runs_.end()) return found->second;
    const auto found = described_.find(number);
    if (found == described_.end())
      throw Error(ErrorCode::not_found, "run " + shown(number) + " is not known here (any more)");
    description = found->second;
  }
  auto made = std::make_shared<WorkerRun>(place_, description->submission);
  const std::scoped_lock lock(mutex_);
  if (stopping_) made->cancel();
  runs_[number] = made;
  return made;
}

void RankWorker::execute_next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Incoming order = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Report done;
    try {
      if (subject_of(order.text) == Subject::copy) {
        const Copy copy = copy_of(order.text);
        done.copied = true;
        done.ticket = copy.ticket;
        done.key = copy.key;
        done.items = copy.held.items;
        run(copy.key.run)->copy(copy);
      } else {
        const Assign assign = assign_of(order.text);
        done.ticket = assign.ticket;
        done.key = assign.key;
        done.items = assign.items;
        const WorkerRun::Done made = run(assign.key.run)->execute(assign);
        done.bytes_read = static_cast<std::int64_t>(made.bytes_read);
        for (const WorkerRun::Made& one : made.also)
          done.also.push_back({one.product, {one.values.get(), one.values.get() + one.values_bytes}});
      }
    } catch (const Unreachable& error) {
      done.problem = current_problem(name_of(messenger_.rank()));
      done.unreachable = error.worker();
    } catch (...) {
      done.problem = current_problem(name_of(messenger_.rank()));
    }
    report(std::move(done));
    lock.lock();
  }
}

void RankWorker::report(Report report) {
  report.memory_used = static_cast<std::int64_t>(place_->admission->used());
  messenger_.tell(0, to_message(report));
}

void RankWorker::serve_next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
    if (stopping_) return;
    const Incoming call = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    try {
      serve(call);
    } catch (...) {
      messenger_.answer_failure(call, current_problem(name_of(messenger_.rank())));
    }
    lock.lock();
  }
}

void RankWorker::serve(const Incoming& call) {
  const Subject subject = subject_of(call.text);
  if (subject == Subject::upload) return upload(call);
  if (subject == Subject::read_chunks) {
    const auto [key, region] = chunks_of(call.text);
    const StepKey& of = key;
    const SharedBytes elements =
        serve_chunks(*place_->store, {of.run, of.step}, region, [&] { return run(of.run)->dtype_of(of.step); });
    return messenger_.answer(call, {}, elements);
  }
  const auto [key, tile] = product_of(call.text);
  const std::shared_ptr<WorkerRun> of = run(key.run);
  messenger_.answer(call, {},
                    subject == Subject::read_states ? of->states(key.step, tile) : of->finished(key.step, tile));
}

void RankWorker::upload(const Incoming& call) {
  const auto [key, item] = product_of(call.text);
  const std::shared_ptr<WorkerRun> uploaded = run(key.run);
  if (!uploaded->is_upload())
    throw Error(ErrorCode::invalid_argument, "chunks were uploaded to a run that is no upload");
  uploaded->create_array(key.step);
  if (static_cast<std::int64_t>(call.payload_bytes) != uploaded->chunk_bytes(item))
    throw Error(ErrorCode::invalid_argument, "chunk " + std::to_string(item) + " was uploaded with another size");
  const Buffer chunk = place_->store->allocate({key.run, key.step}, item);
  if (call.payload_bytes > 0) std::memcpy(chunk.get(), call.payload.get(), call.payload_bytes);
  place_->store->commit({key.run, key.step}, item);
  messenger_.answer(call, {});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
