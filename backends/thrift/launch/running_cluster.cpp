// A cluster that is started by one call: its coordinator, its files, and the thread that replaces workers.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
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
#include "backends/thrift/wire/security.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/start_cluster.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/interfaces.hpp"
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
  std::vector<fs::path> places;
  if (const char* const folder = std::getenv("CHUNKWISE_LIBEXEC"); folder != nullptr && *folder != '\0')
    places.push_back(fs::path(folder) / name);
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  if (!here.empty()) {
    places.push_back(here / name);
    places.push_back((here / "../libexec/chunkwise" / name).lexically_normal());
  }
  places.push_back(fs::path(CHUNKWISE_INSTALLED_LIBEXEC) / name);
  std::string text;
  for (const fs::path& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place.string();
    text += (text.empty() ? "" : ", nor at ") + place.string();
  }
  throw Error(ErrorCode::not_found, "there is no " + std::string(name) + ", which workers are, at " + text +
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
    options.workers = std::clamp(options.workers, options.least_workers, options.most_workers);
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
    options.folder =
        options.launcher == Launcher::local ? fs::temp_directory_path().string() : thrift::clusters_folder();
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
    if (options.launcher != Launcher::local) {
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
    coordinated.metrics = options.metrics;
    coordinated.starter = {[this] { return target.load(); }, [this](int workers) { scale(workers); },
                           [this] {
                             if (target > 0) --target;
                           }};
    coordinator_log.open(folder / "coordinator.log", std::ios::app);
    coordinated.log = [this](const std::string& line) { log_of_coordinator(line); };
    coordinator = std::make_unique<Coordinator>(coordinated);
    if (!options.address_file.empty()) {
      options.address_file = fs::absolute(options.address_file).string();
      wire::write_address_file(options.address_file, {coordinator->address(), security});
    }
    try {
      const std::scoped_lock lock(mutex);
      thrift::Workplan plan{&folder, coordinated.address_file, coordinator->address(), security, options};
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
    changed.notify_all();
    supervisor.join();
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
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char time[32];
    std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &local);
    const std::scoped_lock lock(log_mutex);
    coordinator_log << time << ' ' << line << std::endl;  // a reader follows it
  }

  void tell(const std::string& news) const {
    std::istringstream lines(news);
    for (std::string line; options.log && std::getline(lines, line);) options.log(line);
  }

  /// Notes workers that are new; returns how many there are. The lock is held.
  int count_joined() {
    const ClusterStatus now = coordinator->status();
    for (const auto& worker : now.workers) seen.insert(worker.name + " " + worker.address);
    return static_cast<int>(now.workers.size());
  }

  /// Replaces workers that have ended, until the end.
  void supervise() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, std::chrono::milliseconds(100), [this] { return stopping; })) {
      try {
        look();
      } catch (const std::exception& error) {
        trouble = error.what();
        tell(trouble);
        next_start = Clock::now() + std::chrono::seconds(30);
      }
    }
  }

  void look() {
    if (coordinator->was_ended()) return;
    adapt();
    count_joined();
    const int alive = starter->alive();
    if (const std::string news = starter->take_news(); !news.empty()) {
      last_news = news;
      tell(news);
    }
    if (alive >= target || Clock::now() < next_start) return;
    if (seen.size() > seen_at_start) {
      failures = 0;
      trouble.clear();
    }
    if (++failures >= most_failures) {
      if (trouble.empty()) {
        trouble = "workers end as soon as they are started" + (last_news.empty() ? "" : ":\n" + last_news);
        tell("workers ended " + std::to_string(failures) +
             " times in a row before they joined; no more are started until the cluster is scaled");
      }
      return;
    }
    starter->start(target - alive);
    tell(starter->take_news());
    seen_at_start = seen.size();
    next_start = Clock::now() + std::chrono::seconds(1 << failures);
  }

  /// Has as many workers as there is work for, if that was asked for; about once a second. The lock is held.
  void adapt() {
    if (options.most_workers == 0 || Clock::now() < next_adaption) return;
    next_adaption = Clock::now() + std::chrono::seconds(1);
    const double now = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
    const int wanted = adaption.wanted(coordinator->status(), target, now);
    if (wanted == target) return;
    tell("there will be " + std::to_string(wanted) + (wanted == 1 ? " worker" : " workers") + " in place of " +
         std::to_string(target) + (wanted > target ? ", since all are busy" : ", since there is little to do"));
    set_target(wanted);
  }

  /// Asks the workers that hold least to hand that over and to end.
  void retire(int workers) const {
    std::vector<ClusterStatus::Member> members = coordinator->status().workers;
    std::ranges::sort(members, {}, &ClusterStatus::Member::held);
    for (const ClusterStatus::Member& member : members) {
      if (workers == 0) return;
      if (member.retiring) continue;
      coordinator->retire_worker(member.name);
      --workers;
    }
  }

  void scale(int workers) {
    const std::scoped_lock lock(mutex);
    if (stopping || !starter) throw Error(ErrorCode::lost, "the cluster begins or ends at present");
    if (workers < 0 || workers > 100'000)
      throw Error(ErrorCode::invalid_argument, std::to_string(workers) + " workers; a cluster has 0 to 100000");
    set_target(workers);
  }

  /// Starts workers or ends some. The lock is held.
  void set_target(int workers) {
    const int alive = starter->alive();
    if (workers < alive && !starter->end_some(alive - workers)) retire(alive - workers);
    if (workers > alive) starter->start(workers - alive);
    target = workers;
    failures = 0;
    trouble.clear();
    seen_at_start = seen.size();
    next_start = Clock::now() + std::chrono::seconds(1);
  }

  ClusterOptions options;
  thrift::PrivateFolder folder;
  Security security;
  std::mutex log_mutex;
  std::ofstream coordinator_log;
  std::unique_ptr<Coordinator> coordinator;
  std::mutex mutex;  ///< of the members that follow
  std::condition_variable changed;
  bool stopping = false;
  std::unique_ptr<thrift::Starter> starter;
  std::atomic<int> target;        ///< workers that there should be
  std::set<std::string> seen;     ///< workers that have ever joined
  std::size_t seen_at_start = 0;  ///< their number when workers were started last
  int failures = 0;               ///< starts in a row after which no worker has joined
  thrift::Adapt adaption{options.least_workers, options.most_workers, options.idle_seconds};
  Clock::time_point next_adaption = Clock::now();
  Clock::time_point next_start = Clock::now() + std::chrono::milliseconds(500);
  std::string trouble, last_news;
  std::thread supervisor;
};

RunningCluster::RunningCluster(const ClusterOptions& options) : running_(std::make_unique<Running>(options)) {}
RunningCluster::~RunningCluster() = default;
std::string RunningCluster::address() const { return running_->coordinator->address(); }
std::string RunningCluster::address_file() const {
  return running_->options.address_file.empty() ? running_->folder / "address" : running_->options.address_file;
}
Security RunningCluster::security() const { return running_->security; }
ClusterStatus RunningCluster::status() const { return running_->coordinator->status(); }
std::string RunningCluster::trouble() const {
  const std::scoped_lock lock(running_->mutex);
  return running_->trouble;
}
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

// ---------------------------------------------------------------- options as a URI

namespace {

/// Returns the text with the byte that each %XX stands for.
std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      bytes += static_cast<char>(byte);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

int number_in(const std::string& word, const std::string& text) {
  int number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last || number < 0)
    throw Error(ErrorCode::invalid_argument, "'" + printable(text) + "' is no number of " + word);
  return number;
}

void set_option(ClusterOptions& options, const std::string& word, const std::string& value) {
  if (word == "adapt") {
    const std::size_t colon = value.find(':');
    if (colon == std::string::npos)
      throw Error(ErrorCode::invalid_argument, "'" + printable(value) + "' is no A:B, the least and the most workers");
    options.least_workers = number_in(word, value.substr(0, colon));
    options.most_workers = number_in(word, value.substr(colon + 1));
    options.workers = options.least_workers;
  } else if (word == "workers") {
    options.workers = number_in(word, value);
  } else if (word == "threads") {
    options.threads = number_in(word, value);
  } else if (word == "memory") {
    options.memory_limit = parse_bytes(value);
  } else if (word == "data-root") {
    options.data_roots.push_back(value);
  } else if (word == "option") {
    options.job_options.push_back(value);
  } else if (word == "hosts") {
    std::istringstream hosts(value);
    for (std::string host; std::getline(hosts, host, ',');) options.hosts.push_back(host);
  } else {
    const std::pair<const char*, std::string ClusterOptions::*> texts[] = {{"spill", &ClusterOptions::spill_directory},
                                                                           {"template", &ClusterOptions::job_template},
                                                                           {"name", &ClusterOptions::name},
                                                                           {"listen", &ClusterOptions::listen},
                                                                           {"advertise", &ClusterOptions::advertise},
                                                                           {"folder", &ClusterOptions::folder},
                                                                           {"logs", &ClusterOptions::logs},
                                                                           {"program", &ClusterOptions::program},
                                                                           {"metrics", &ClusterOptions::metrics},
                                                                           {"interface", &ClusterOptions::interface}};
    const auto known = std::ranges::find_if(texts, [&](const auto& entry) { return word == entry.first; });
    if (known == std::end(texts))
      throw Error(
          ErrorCode::invalid_argument,
          "'" + printable(word) +
              "' is no word for a cluster; there are: workers, adapt, threads, memory, data-root, spill, option, "
              "template, name, listen, advertise, folder, logs, program, metrics, interface, hosts");
    options.*known->second = value;
  }
}

}  // namespace

ClusterOptions cluster_options(const TextArgument& given) {
  const std::string_view uri = given;
  constexpr std::pair<std::string_view, Launcher> schemes[] = {{"local-cluster", Launcher::local},
                                                               {"ssh", Launcher::ssh},
                                                               {"slurm", Launcher::slurm},
                                                               {"sge", Launcher::sge},
                                                               {"scheduler", Launcher::other}};
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' " + why);
  };
  const std::size_t colon = uri.find(':');
  const auto scheme =
      std::ranges::find_if(schemes, [&](const auto& known) { return known.first == uri.substr(0, colon); });
  if (scheme == std::end(schemes))
    throw refuse("names nobody who starts clusters; write local-cluster, ssh, slurm, sge or scheduler before ://");
  ClusterOptions options;
  options.launcher = scheme->second;
  std::string_view rest = colon == std::string_view::npos ? "" : uri.substr(colon + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  if (!rest.empty() && !rest.starts_with('?'))
    throw refuse("has '" + printable(rest) + "' in it; write " + std::string(scheme->first) +
                 "://?workers=4&threads=2");
  while (!rest.empty()) {
    rest.remove_prefix(1);  // ? or &
    const std::string_view setting = rest.substr(0, rest.find('&'));
    rest.remove_prefix(setting.size());
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos)
      throw refuse("has '" + printable(setting) + "' in it, which is no WORD=VALUE");
    try {
      set_option(options, std::string(setting.substr(0, equals)), unescaped(setting.substr(equals + 1)));
    } catch (const Error& error) {
      throw refuse(std::string("cannot be read: ") + error.what());
    }
  }
  return options;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
