#include "backends/mpi/job.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <utility>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

namespace {

/// Returns the number of ranks that this process was started as one of, as Open MPI, MPICH and Slurm tell it; 0: it
/// was not started by any.
int started_ranks() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* const size = std::getenv(name)) return std::atoi(size);
  for (const char* name : {"PMIX_RANK", "PMI_RANK"})
    if (std::getenv(name)) {
      const char* const tasks = std::getenv("SLURM_STEP_NUM_TASKS");
      return tasks != nullptr ? std::atoi(tasks) : 1;
    }
  return 0;
}

/// Returns advice for a process that no MPI has started: srun starts ranks only if it is told which MPI they have.
std::string how_to_start() {
  if (std::getenv("SLURM_STEP_ID") != nullptr)
    return "srun has started this one without MPI; give it --mpi=pmix or --mpi=pmi2 (srun --mpi=list tells which there "
           "are)";
  return "run it again as mpirun -n RANKS PROGRAM (rank 0 runs the program, the others work), or srun --mpi=pmix -n "
         "RANKS PROGRAM under Slurm";
}

[[noreturn]] void end_process(int code) {
  std::fflush(nullptr);
  std::exit(code);
}

}  // namespace

// ---------------------------------------------------------------- Job

Job& Job::of_process() {
  static std::mutex* const making = detail::made_once([] { return new_mutex_over_forks(); });
  static Job* made = nullptr;
  static std::string* problem = nullptr;
  const std::scoped_lock lock(*making);
  if (problem) throw Error(ErrorCode::unsupported, *problem);
  if (made) return *made;
  const int ranks = started_ranks();
  if (ranks == 0)
    throw Error(ErrorCode::unsupported, "connect: 'mpi:' is for programs that mpirun has started: " + how_to_start() +
                                            "; without MPI, connect to \"local\"");
  std::unique_ptr<Job> job(new Job);
  if (job->size() < ranks) {
    problem = new std::string("connect: mpirun has started " + std::to_string(ranks) + " ranks, but this one finds " +
                              std::to_string(job->size()) +
                              ": the program was built with another MPI than this mpirun's; use the mpirun of that MPI "
                              "(mpirun.openmpi, mpirun.mpich)");
    job->end();
    throw Error(ErrorCode::unsupported, *problem);
  }
  // It stays until the process ends, as MPI does.
  made = job.release();
  if (made->rank() == 0)
    std::atexit([] {
      if (Job& ended = of_process(); ended.forks_ == fork_count()) ended.end();  // a forked child is no rank
    });
  return *made;
}

Job::Job() : forks_(fork_count()), messenger_([this](Incoming&& message) { take(std::move(message)); }) {
  if (messenger_.rank() == 0 && messenger_.size() == 1)
    own_work_ = start_thread("a rank's work", [this] { work_in_sessions(); });
}

void Job::take(Incoming&& message) {
  try {
    const Subject subject = subject_of(message.text);
    if (subject == Subject::report) {
      std::shared_ptr<Coordinator> coordinator;
      {
        const std::scoped_lock lock(mutex_);
        coordinator = coordinator_;
      }
      if (coordinator) coordinator->take(message);
      return;
    }
    if (subject == Subject::begin || subject == Subject::end || subject == Subject::quit) {
      {
        const std::scoped_lock lock(mutex_);
        sessions_.push_back(std::move(message));
      }
      changed_.notify_all();
      return;
    }
    std::shared_ptr<RankWorker> worker;
    {
      const std::scoped_lock lock(mutex_);
      worker = worker_;
    }
    if (worker)
      worker->take(std::move(message));
    else if (message.call != 0)
      messenger_.answer_failure(message, {ErrorCode::lost, "the session is over", {}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chunkwise: rank %d: a message of another rank makes no sense: %s\n", rank(), error.what());
    std::abort();  // MPI ends the job: nothing wrong is computed
  }
}

void Job::work_in_sessions() {
  for (;;) {
    Incoming message;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !sessions_.empty(); });
      message = std::move(sessions_.front());
      sessions_.pop_front();
    }
    const Subject subject = subject_of(message.text);
    std::shared_ptr<RankWorker> before;
    {
      const std::scoped_lock lock(mutex_);
      before = std::exchange(worker_, nullptr);
    }
    before.reset();
    if (subject == Subject::quit) return;
    if (subject == Subject::end) {
      messenger_.answer(message, {});
      continue;
    }
    try {
      auto worker = std::make_shared<RankWorker>(messenger_, settings_of(message.text));
      const WorkerFacts facts = worker->facts();
      {
        const std::scoped_lock lock(mutex_);
        worker_ = std::move(worker);
      }
      messenger_.answer(message, to_message(facts));
    } catch (const Error& error) {
      messenger_.answer_failure(message, {error.code(), error.what(), {}});
    }
  }
}

void Job::work() {
  try {
    work_in_sessions();
    messenger_.stop();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chunkwise: rank %d cannot go on: %s\n", rank(), error.what());
    std::abort();  // MPI ends the job
  }
  messenger_.finalize();
  end_process(0);
}

std::shared_ptr<RankSession> Job::session(const std::string& uri, const Settings& settings) {
  if (forks_ != fork_count())
    throw Error(ErrorCode::unsupported,
                "connect: MPI was started before fork() and is the parent process's; a forked "
                "process is no rank");
  std::unique_lock one_at_a_time(connecting_);
  std::shared_ptr<RankSession> there;
  session_ended_.wait(one_at_a_time, [&] { return (there = session_.lock()) || !has_session_; });
  if (there) {
    if (there->settings().threads != settings.threads || there->settings().memory_limit != settings.memory_limit)
      throw Error(ErrorCode::invalid_argument,
                  "connect: this program is connected to '" + printable(uri) +
                      "' already, with other threads or another memory limit; all connections of a program share the "
                      "ranks: give them the same options, or let go of the first backend and its arrays before");
    return there;
  }
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) throw Error(ErrorCode::unsupported, "connect: MPI has ended in this process");
  }
  // Rank 0 works too if it is alone.
  const int first = messenger_.size() == 1 ? 0 : 1;
  std::map<int, WorkerFacts> ranks;
  for (int rank = first; rank < messenger_.size(); ++rank)
    ranks.emplace(rank, facts_of(messenger_.ask(rank, to_message(settings)).text));
  auto coordinator = std::make_shared<Coordinator>(messenger_, ranks, next_run_);
  {
    const std::scoped_lock lock(mutex_);
    coordinator_ = coordinator;
  }
  auto made = std::make_shared<RankSession>(*this, uri, settings, std::move(coordinator));
  session_ = made;
  has_session_ = true;
  return made;
}

void Job::end_session(RankSession& session) {
  const std::scoped_lock one_at_a_time(connecting_);
  has_session_ = false;
  session_ended_.notify_all();
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    if (coordinator_ == session.coordinator_) coordinator_ = nullptr;
  }
  next_run_ = session.coordinator_->next_run();
  try {
    for (int rank = messenger_.size() == 1 ? 0 : 1; rank < messenger_.size(); ++rank)
      (void)messenger_.ask(rank, message(Subject::end));
  } catch (const Error&) {
    // MPI is ending.
  }
  // An MPI that the program has started is its own to end, before the process does: nothing of ours may be left.
  if (!messenger_.owns_mpi()) end();
}

void Job::end() noexcept {
  std::shared_ptr<Coordinator> last;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(ended_, true)) return;
    last = std::exchange(coordinator_, nullptr);
  }
  for (int rank = messenger_.size() == 1 ? 0 : 1; rank < messenger_.size(); ++rank)
    messenger_.tell(rank, message(Subject::quit));
  if (own_work_.joinable()) own_work_.join();
  messenger_.stop();
}

// ---------------------------------------------------------------- RankSession

RankSession::RankSession(Job& job, std::string uri, const Settings& settings, std::shared_ptr<Coordinator> coordinator)
    : job_(job),
      uri_(std::move(uri)),
      settings_(settings),
      forks_(fork_count()),
      coordinator_(std::move(coordinator)),
      peers_(job.messenger_) {}

RankSession::~RankSession() {
  if (forks_ != fork_count()) return;
  job_.end_session(*this);
}

void RankSession::require_own_process() const {
  if (forks_ != fork_count())
    throw Error(ErrorCode::unsupported, uri_ +
                                            ": this connection was made before fork() and is the parent process's; "
                                            "a forked process is no rank");
}

std::shared_ptr<const StepKey> RankSession::hold(StepKey key) {
  return {new StepKey(key), [self = shared_from_this()](const StepKey* held) {
            if (self->forks_ == fork_count()) self->coordinator_->release(*held);
            delete held;
          }};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
