#include "runtime/executor/team.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/executor/float_environment.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// True in the threads of the team.
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
  static Team& instance() {
    static Team team;
    return team;
  }

  void run(Job& job, const std::function<void()>& tick) {
    std::unique_lock lock(mutex_);
    grow(std::min<std::int64_t>(job.threads, job.items));
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

  Team(const Team&) = delete;

 private:
  Team() = default;
  ~Team() {
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
      work_.notify_all();
    }
    for (std::thread& leader : leaders_) leader.join();
  }

  /// Adds threads until there are `wanted`; mutex_ is held.
  void grow(std::int64_t wanted) {
    const int missing = static_cast<int>(wanted) - size_;
    if (missing <= 0) return;
    size_ += missing;
    // The leader is a thread of its own, so that a team outlives the call that made it.
    leaders_.emplace_back([this, missing] { detail::run_team(missing, [this] { work(); }); });
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
      // It may be gone as soon as the lock is.
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
  std::vector<std::thread> leaders_;
  int size_ = 0;
  bool closing_ = false;
};

}  // namespace

void make_team() { (void)Team::instance(); }

void run_items(int threads, std::int64_t items, const ItemFunction& body, const std::function<void()>& tick) {
  if (items <= 0) return;
  // An item that has items of its own runs them itself: its team may be busy with items that wait just as it would.
  if (threads <= 1 || items == 1 || in_team) {
    const FloatEnvironment environment;
    auto last = std::chrono::steady_clock::now();
    for (std::int64_t item = 0; item < items; ++item) {
      body(0, item);
      if (!tick) continue;
      if (const auto now = std::chrono::steady_clock::now(); now - last >= std::chrono::milliseconds(100)) {
        last = now;
        tick();
      }
    }
    return;
  }
  Job job;
  job.items = items;
  job.threads = threads;
  job.body = &body;
  Team::instance().run(job, tick);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
