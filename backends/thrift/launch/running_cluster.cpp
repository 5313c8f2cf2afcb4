// A cluster that is started by one call: its coordinator, its files, and the thread that replaces workers.
#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "backends/thrift/launch/adapt.hpp"
#include "backends/thrift/launch/private_folder.hpp"
#include "backends/thrift/launch/process.hpp"
#include "backends/thrift/launch/starter.hpp"
#include "backends/thrift/wire/address_file.hpp"
#include "backends/thrift/wire/certificate.hpp"
#include "backends/thrift/wire/endpoint.hpp"
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/start_cluster.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/interfaces.hpp"
#include "runtime/core/libexec.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// Starts in a row after which no worker has joined: there is no use in another.
constexpr int most_failures = 3;

std::string new_secret() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : wire::random_nonce()) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text + '\n';
}

/// Returns the program that is a worker: beside this one, or where chunkwise is installed.
std::string find_program() {
  constexpr const char* name = "chunkwise-cluster";
  std::vector<std::string> places = places_of_program(name);
  if (const char* const folder = std::getenv("CHUNKWISE_LIBEXEC"); folder != nullptr && *folder != '\0')
    places.insert(places.begin(), fs::path(folder) / name);
  places.push_back(fs::path(CHUNKWISE_INSTALLED_LIBEXEC) / name);
  std::string tried;
  if (std::string place = first_program(places, tried); !place.empty()) return place;
  throw Error(ErrorCode::not_found, "there is no " + std::string(name) + ", which workers are, at " + tried +
                                        "; it is installed with chunkwise: name the command with --program "
                                        "(ClusterOptions::program), or its folder in CHUNKWISE_LIBEXEC");
}

void require_name(const std::string& name) {
  const auto is_good = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  const bool begins_well = !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0;
  if (!begins_well || name.size() > 64 || !std::ranges::all_of(name, is_good))
    throw Error(ErrorCode::invalid_argument, "'" + printable(name) +
                                                 "' is no name of a cluster; it begins with a letter and has letters, "
                                                 "digits, '-', '_' and '.', 64 at most");
}

std::string port_of(const std::string& endpoint) { return endpoint.substr(endpoint.rfind(':') + 1); }

/// Returns the options with what they leave open, or throws what is wrong with them.
ClusterOptions completed(ClusterOptions options) {
  const auto refuse = [](const std::string& why) { return Error(ErrorCode::invalid_argument, why); };
  require_name(options.name);
  require_threads(options.threads, "the threads of a worker");
  if (options.workers < 0 || options.workers > 100'000)
    throw refuse(std::to_string(options.workers) + " workers; a cluster has 0 to 100000");
  require_seconds(options.idle_seconds, "the idle time of a cluster");
  if (options.most_workers != 0) {
    if (options.least_workers < 0 || options.most_workers < std::max(options.least_workers, 1) ||
        options.most_workers > 100'000)
      throw refuse("from " + std::to_string(options.least_workers) + " to " + std::to_string(options.most_workers) +
                   " workers; write A:B with A from 0, and B from A and 1 to 100000");
    if (options.workers < options.least_workers || options.workers > options.most_workers)
      throw refuse(std::to_string(options.workers) + " workers to begin with, of " +
                   std::to_string(options.least_workers) + " to " + std::to_string(options.most_workers));
  }
  const bool by_jobs = options.launcher != Launcher::local && options.launcher != Launcher::ssh;
  if (!by_jobs && !options.job_template.empty())
    throw refuse("a template (" + printable(options.job_template) + ") is for jobs of a scheduler");
  if (!by_jobs && !options.job_options.empty())
    throw refuse("the option '" + printable(options.job_options.front()) + "' is for a scheduler, and there is none");
  if (options.launcher == Launcher::other && options.job_template.empty())
    throw refuse("no scheduler is named; give --slurm, --sge, or a --template that describes another");
  if (options.launcher == Launcher::ssh && options.hosts.empty()) throw refuse("ssh needs the names of hosts");
  if (options.launcher != Launcher::ssh && !options.hosts.empty()) throw refuse("hosts are for ssh");
  for (const std::string& host : options.hosts)
    if (host.empty() || host.front() == '-' || printable(host) != host || host.find_first_of(" /") != std::string::npos)
      throw refuse("'" + printable(host) + "' is no host for ssh; write HOST or USER@HOST");
  for (const std::string& option : options.job_options)
    if (printable(option) != option) throw refuse("'" + printable(option) + "' is no line for a scheduler");
  if (options.program.empty()) options.program = find_program();
  // Scripts and schedulers have working folders of their own; other hosts have paths of their own.
  if (options.launcher != Launcher::ssh) {
    const auto in_full = [](const std::string& path) { return fs::absolute(path).lexically_normal().string(); };
    if (!options.spill_directory.empty()) options.spill_directory = in_full(options.spill_directory);
    for (std::string& root : options.data_roots)
      if (root.find('=') == std::string::npos) root = in_full(root);
    if (options.program.find('/') != std::string::npos) options.program = in_full(options.program);
  }
  if (!options.interface.empty()) {
    if (!options.listen.empty())
      throw refuse("an interface (" + printable(options.interface) + ") and an address to listen at (" +
                   printable(options.listen) + ") are given; leave one out");
    options.listen = endpoint_of_interface(options.interface, 0);
    // The port is the coordinator's alone.
    const std::size_t colon = options.interface.rfind(':');
    if (colon != std::string::npos && options.interface.substr(colon + 1) == port_of(options.listen))
      options.interface.resize(colon);
  }
  if (options.listen.empty()) options.listen = options.launcher == Launcher::local ? "127.0.0.1:0" : "0.0.0.0:0";
  if (options.folder.empty()) {
    std::error_code failed;
    options.folder =
        options.launcher == Launcher::local ? fs::temp_directory_path(failed).string() : thrift::clusters_folder();
    if (failed) throw refuse("TMPDIR names no folder for the cluster's own: " + failed.message() + "; give --folder");
    if (options.folder.empty()) throw refuse("this user has no home to make the cluster's folder in; give --folder");
  }
  return options;
}

thrift::Scheduler scheduler_of(const ClusterOptions& options) {
  const thrift::Scheduler* const known = options.launcher == Launcher::slurm ? &thrift::slurm()
                                         : options.launcher == Launcher::sge ? &thrift::grid_engine()
                                                                             : nullptr;
  return options.job_template.empty() ? *known : thrift::read_scheduler(options.job_template, known);
}

}  // namespace

struct RunningCluster::Running {
  explicit Running(const ClusterOptions& given)
      : options(completed(given)), folder(options.folder, options.name), target(options.workers) {
    security.secret_file = folder.write("secret", new_secret());
    if (options.launcher != Launcher::local || !wire::is_loopback(wire::parse_endpoint(options.listen).host)) {
      const wire::Certificate made = wire::make_certificate("cluster " + options.name);
      security.certificate = security.authority = folder.write("certificate.pem", made.certificate);
      security.key = folder.write("key.pem", made.key);
    }
    CoordinatorOptions coordinated;
    coordinated.listen = options.listen;
    coordinated.advertise = options.advertise;
    coordinated.address_file = folder / "address";
    coordinated.shares_credentials = true;
    coordinated.security = security;
    coordinated.takes_environment = false;
    coordinated.metrics = options.metrics;
    coordinated.starter = {[this] { return target.load(); }, [this](int workers) { scale(workers); },
                           [this] {
                             int there = target;
                             while (there > 0 && !target.compare_exchange_weak(there, there - 1)) {
                             }
                           }};
    coordinator_log.open(folder / "coordinator.log", std::ios::app);
    coordinated.log = [this](const std::string& line) { log_of_coordinator(line); };
    coordinator = std::make_unique<Coordinator>(coordinated);
    if (!options.address_file.empty()) {
      options.address_file = fs::absolute(options.address_file).string();
      wire::write_address_file(options.address_file, {coordinator->address(), security});
    }
    try {
      thrift::Workplan plan{&folder, coordinated.address_file, coordinator->address(), security, options, &hurries};
      switch (options.launcher) {
        case Launcher::local:
          starter = thrift::start_here(std::move(plan));
          break;
        case Launcher::ssh:
          starter = thrift::start_by_ssh(std::move(plan));
          break;
        case Launcher::slurm:
        case Launcher::sge:
        case Launcher::other:
          starter = thrift::start_as_jobs(std::move(plan), scheduler_of(options));
          break;
      }
      if (target > 0) starter->start(target);
      tell(starter->take_news());
      supervisor = start_thread("the workers of a cluster", [this] { supervise(); });
    } catch (...) {
      end();
      throw;
    }
  }
  ~Running() {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    hurries = true;
    changed.notify_all();
    supervisor.join();
    hurries = false;
    end();
  }

  void end() {
    if (!options.address_file.empty()) wire::remove_address_file(options.address_file, coordinator->address());
    try {
      if (starter) starter->end_all();
    } catch (const std::exception& error) {
      tell(error.what());
    }
    coordinator.reset();
    coordinator_log.close();
    keep_logs();
  }

  /// Copies the logs to where they stay.
  void keep_logs() {
    if (options.logs.empty()) return;
    std::error_code failed;
    fs::create_directories(options.logs, failed);
    for (const auto& entry : fs::directory_iterator(folder.path(), failed))
      if (entry.path().extension() == ".log")
        fs::copy_file(entry.path(), fs::path(options.logs) / entry.path().filename(),
                      fs::copy_options::overwrite_existing, failed);
    if (failed) tell("the logs cannot be copied to " + printable(options.logs) + ": " + failed.message());
  }

  void log_of_coordinator(const std::string& line) {
    const std::scoped_lock lock(log_mutex);
    coordinator_log << time_of_log() << ' ' << line << std::endl;  // a reader follows it
  }

  void tell(const std::string& news) const {
    std::istringstream lines(news);
    for (std::string line; options.log && std::getline(lines, line);) options.log(line);
  }

  /// Replaces workers that have ended, until the end.
  void supervise() {
    const auto waits = [this] {
      std::unique_lock lock(mutex);
      return !changed.wait_for(lock, std::chrono::milliseconds(100), [this] { return stopping; });
    };
    while (waits()) {
      try {
        look();
      } catch (const std::exception& error) {
        if (hurries) return;
        set_trouble(error.what());
        tell(error.what());
        next_start = Clock::now() + std::chrono::seconds(30);
      }
    }
  }

  /// Starts workers, or ends some, if there are not as many as there should be.
  void look() {
    if (coordinator->was_ended()) return;
    const ClusterStatus now = coordinator->status();
    adapt(now);
    int joined = 0;
    for (const ClusterStatus::Member& member : now.workers) {
      seen.insert(member.name + " " + member.address);
      joined += member.retiring ? 0 : 1;
    }
    const int alive = starter->alive() - (static_cast<int>(now.workers.size()) - joined);
    if (const std::string news = starter->take_news(); !news.empty()) {
      last_news = news;
      tell(news);
    }
    const int wanted = target;
    if (std::exchange(last_target, wanted) != wanted) {
      failures = 0;
      set_trouble("");
      seen_at_start = seen.size();
      next_start = Clock::now();
    }
    // Those that wait in a queue are ended once they are there.
    if (joined > wanted) retire(now.workers, joined - wanted);
    if (alive >= wanted || Clock::now() < next_start) return;
    if (seen.size() > seen_at_start) {
      failures = 0;
      set_trouble("");
    }
    if (++failures >= most_failures) {
      if (trouble().empty()) {
        set_trouble("workers end as soon as they are started" + (last_news.empty() ? "" : ":\n" + last_news));
        tell("workers ended " + std::to_string(failures) +
             " times in a row before they joined; no more are started until the cluster is scaled");
      }
      return;
    }
    starter->start(wanted - alive);
    tell(starter->take_news());
    seen_at_start = seen.size();
    next_start = Clock::now() + std::chrono::seconds(1 << failures);
  }

  /// Has as many workers as there is work for, if that was asked for; about once a second.
  void adapt(const ClusterStatus& status) {
    if (options.most_workers == 0 || Clock::now() < next_adaption) return;
    next_adaption = Clock::now() + std::chrono::seconds(1);
    const double now = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
    const int there = target;
    const int wanted = adaption.wanted(status, there, now);
    if (wanted == there) return;
    tell("there will be " + std::to_string(wanted) + (wanted == 1 ? " worker" : " workers") + " in place of " +
         std::to_string(there) + (wanted > there ? ", since all are busy" : ", since there is little to do"));
    target = wanted;
  }

  /// Asks the workers that hold least to hand that over and to end.
  void retire(std::vector<ClusterStatus::Member> members, int workers) const {
    std::ranges::sort(members, {}, &ClusterStatus::Member::held);
    for (const ClusterStatus::Member& member : members) {
      if (workers == 0) return;
      if (member.retiring) continue;
      coordinator->retire_worker(member.name);
      --workers;
    }
  }

  void scale(int workers) {
    {
      const std::scoped_lock lock(mutex);
      if (stopping) throw Error(ErrorCode::lost, "the cluster ends at present");
    }
    if (workers < 0 || workers > 100'000)
      throw Error(ErrorCode::invalid_argument, std::to_string(workers) + " workers; a cluster has 0 to 100000");
    const bool shares = options.launcher == Launcher::local || options.launcher == Launcher::ssh;
    const int most = thrift::most_workers(options);
    if (shares && workers > most && (options.threads == 0 || options.memory_limit == 0))
      tell(std::to_string(workers) + " workers, each of which takes what it would of " + std::to_string(most) +
           "; start the cluster with --threads and --memory, or --adapt A:B, to have more");
    target = workers;
  }

  [[nodiscard]] std::string trouble() const {
    const std::scoped_lock lock(trouble_mutex);
    return trouble_;
  }
  void set_trouble(const std::string& why) {
    const std::scoped_lock lock(trouble_mutex);
    trouble_ = why;
  }

  ClusterOptions options;
  thrift::PrivateFolder folder;
  Security security;
  std::mutex log_mutex;
  std::ofstream coordinator_log;
  std::unique_ptr<Coordinator> coordinator;
  std::mutex mutex;  ///< of `stopping`
  std::condition_variable changed;
  bool stopping = false;
  std::atomic<bool> hurries{false};  ///< commands of a scheduler that are under way are ended
  mutable std::mutex trouble_mutex;
  std::string trouble_;
  std::atomic<int> target;  ///< workers that there should be
  // Of the supervisor alone:
  std::unique_ptr<thrift::Starter> starter;
  int last_target = target;
  std::set<std::string> seen;     ///< workers that have ever joined
  std::size_t seen_at_start = 0;  ///< their number when workers were started last
  int failures = 0;               ///< starts in a row after which no worker has joined
  thrift::Adapt adaption{options.least_workers, options.most_workers, options.idle_seconds};
  Clock::time_point next_adaption = Clock::now();
  Clock::time_point next_start = Clock::now() + std::chrono::milliseconds(500);
  std::string last_news;
  std::thread supervisor;
};

RunningCluster::RunningCluster(const ClusterOptions& options)
    : running_(new Running(options), [forks = fork_count()](Running* running) {
        if (forks == fork_count()) delete running;  // a forked child's is its parent's to end
      }) {}
RunningCluster::~RunningCluster() = default;
std::string RunningCluster::address() const { return running_->coordinator->address(); }
std::string RunningCluster::address_file() const {
  return running_->options.address_file.empty() ? running_->folder / "address" : running_->options.address_file;
}
Security RunningCluster::security() const { return running_->security; }
ClusterStatus RunningCluster::status() const { return running_->coordinator->status(); }
std::string RunningCluster::trouble() const { return running_->trouble(); }
void RunningCluster::scale(int workers) { running_->scale(workers); }
bool RunningCluster::was_ended() const { return running_->coordinator->was_ended(); }
std::string RunningCluster::metrics_address() const { return running_->coordinator->metrics_address(); }

bool RunningCluster::wait_for_workers(int workers, double seconds) {
  require_seconds(seconds, "RunningCluster::wait_for_workers");
  const Clock::time_point began = Clock::now();
  while (static_cast<int>(status().workers.size()) < workers) {
    if (const std::string why = trouble(); !why.empty()) throw Error(ErrorCode::io, why);
    if (std::chrono::duration<double>(Clock::now() - began).count() >= seconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
