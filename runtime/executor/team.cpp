#include "runtime/executor/team.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <utility>
#include <vector>

#include "chunkwise/core/made_once.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/stack.hpp"
#include "runtime/executor/float_environment.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

using Clock = std::chrono::steady_clock;

/// This is true in the threads of the team.
thread_local bool in_team = false;

struct Job {
  std::int64_t items = 0;
  int threads = 1;
  const ItemFunction* body = nullptr;
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> stop{false};
  int joined = 0;  // guarded by Team::mutex_, as are the following
  int active = 0;
  std::exception_ptr error;
  std::condition_variable finished;

  [[nodiscard]] bool has_work() const { return !stop && next.load(std::memory_order_relaxed) < items; }
};

class Team {
 public:
  /// Returns the team of this process: a forked child has none of its parent's threads, and makes a team of its own.
  static Team& instance() {
    Current& of_process = current();
    const std::scoped_lock lock(of_process.changing);
    // The parent's team is left as it is: its locks may be held by threads that are not here.
    if (of_process.team->forks_ != fork_count()) of_process.team = new Team;
    return *of_process.team;
  }

  void run(Job& job, const std::function<void()>& tick) {
    std::unique_lock lock(mutex_);
    grow(static_cast<std::size_t>(std::min<std::int64_t>(job.threads, job.items)));
    if (threads_.empty()) {
      lock.unlock();
      throw NoThreads{};
    }
    jobs_.push_back(&job);
    lock.unlock();
    work_.notify_all();  // not before: they would wake to wait for the lock
    lock.lock();
    const auto done = [&job] { return job.active == 0 && !job.has_work(); };
    while (!done()) {
      if (job.finished.wait_for(lock, std::chrono::milliseconds(100), done)) break;
      if (!tick) continue;
      lock.unlock();
      try {
        tick();
      } catch (...) {
        fail(job, std::current_exception());
      }
      lock.lock();
    }
    jobs_.remove(&job);
    lock.unlock();
    if (job.error) std::rethrow_exception(job.error);
  }

  /// Thrown if the system gives no thread at all.
  struct NoThreads {};

  Team(const Team&) = delete;

 private:
  struct Current {
    std::mutex changing;  ///< of `team`
    Team* team = nullptr;
  };
  static Current& current() {
    return *chunkwise::detail::made_once([] {
      auto* const made = new Current;
      made->team = new Team;
      hold_over_forks(made->changing);
      // The threads end before the process does.
      std::atexit([] {
        Team*& team = current().team;
        if (team && team->forks_ == fork_count()) delete std::exchange(team, nullptr);
      });
      return made;
    });
  }

  Team() = default;
  ~Team() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
      work_.notify_all();
    }
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  }

  /// Adds threads until there are `wanted`, or as many as the system gives; mutex_ is held. A thread counts when it is
  /// there: a job must not wait for one that never came.
  void grow(std::size_t wanted) {
    if (threads_.size() >= wanted || Clock::now() < try_again_) return;
    threads_.reserve(wanted);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    // A deep graph needs this much, whatever ulimit -s says.
    (void)pthread_attr_setstacksize(&attributes, thread_stack);
    while (threads_.size() < wanted) {
      pthread_t thread{};
      if (pthread_create(&thread, &attributes, &run_member, this) != 0) {
        // The system may give later the thread that it refuses now, but not to every run that asks.
        try_again_ = Clock::now() + std::chrono::seconds(1);
        break;
      }
      threads_.push_back(thread);
    }
    pthread_attr_destroy(&attributes);
  }

  static void* run_member(void* team) {
    detail::become_member();
    trace::name_thread("computing");
    static_cast<Team*>(team)->work();
    return nullptr;
  }

  void fail(Job& job, std::exception_ptr error) {
    const std::scoped_lock lock(mutex_);
    if (!job.error) job.error = std::move(error);
    job.stop = true;
  }

  Job* find_job() {
    for (Job* job : jobs_)
      if (job->joined < job->threads && job->has_work()) return job;
    return nullptr;
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      work_.wait(lock, [&] { return closing_ || (job = find_job()) != nullptr; });
      if (!job) return;
      const int slot = job->joined++;
      ++job->active;
      lock.unlock();
      take_items(*job, slot);
      lock.lock();
      // The job may be gone as soon as the lock is.
      if (--job->active == 0 && !job->has_work()) job->finished.notify_all();
    }
  }

  void take_items(Job& job, int slot) {
    in_team = true;
    const FloatEnvironment environment;
    while (!job.stop.load(std::memory_order_relaxed)) {
      const std::int64_t item = job.next.fetch_add(1, std::memory_order_relaxed);
      if (item >= job.items) return;
      try {
        (*job.body)(slot, item);
      } catch (...) {
        fail(job, std::current_exception());
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable work_;
  std::list<Job*> jobs_;
  std::vector<pthread_t> threads_;
  Clock::time_point try_again_;  ///< not before, since threads were refused
  bool closing_ = false;
  const std::uint64_t forks_ = fork_count();
};

}  // namespace

namespace {

/// Items run in the calling thread only if it has as much stack as a deep graph may take.
constexpr std::size_t enough_stack = std::size_t{2} << 20;

void run_here(std::int64_t items, const ItemFunction& body, const std::function<void()>& tick) {
  const FloatEnvironment environment;
  auto last = Clock::now();
  for (std::int64_t item = 0; item < items; ++item) {
    body(0, item);
    if (!tick) continue;
    if (const auto now = Clock::now(); now - last >= std::chrono::milliseconds(100)) {
      last = now;
      tick();
    }
  }
}

}  // namespace

void make_team() { (void)Team::instance(); }

void run_items(int threads, std::int64_t items, const ItemFunction& body, const std::function<void()>& tick) {
  if (items <= 0) return;
  // An item that has items of its own runs them itself: its team may be busy with items that wait just as it would.
  const bool alone = threads <= 1 || items == 1;
  if (in_team || (alone && stack_left() >= enough_stack)) return run_here(items, body, tick);
  Job job;
  job.items = items;
  job.threads = alone ? 1 : threads;
  job.body = &body;
  try {
    Team::instance().run(job, tick);
  } catch (const Team::NoThreads&) {
    if (stack_left() < enough_stack) require_stack(max_depth, "computing where the system gives no thread for it");
    run_here(items, body, tick);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
