// What `chunkwise cluster start` does: the cluster's life around a command's.
#include "chunkwise/start_cluster.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <optional>
#include <string_view>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/shell.hpp"

extern char** environ;  // NOLINT: the system's name

namespace chunkwise::cli {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// The time that a command has to end after a signal, before it is killed.
constexpr std::chrono::seconds grace{10};

/// A command that is run on the cluster. It is in the group of this process, so that it has the terminal.
class Command {
 public:
  Command(const std::vector<std::string>& words, const RunningCluster& cluster) : words_(words) {
    std::vector<std::string> entries = environment_of(cluster);
    std::vector<char*> variables = pointers(entries), arguments = pointers(words_);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ < 0) throw Error(ErrorCode::io, "cannot run " + words.front() + ": " + std::strerror(errno));
    if (id_ == 0) become(parent, arguments.data(), variables.data());
  }
  ~Command() {
    if (code_) return;
    ::kill(id_, SIGKILL);
    (void)::waitpid(id_, nullptr, 0);
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  [[nodiscard]] std::optional<int> ended() {
    if (code_) return code_;
    int status = 0;
    const pid_t found = ::waitpid(id_, &status, WNOHANG);
    if (found == id_)
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    else if (found < 0 && errno == ECHILD)
      code_ = 1;  // somebody else has waited for it
    return code_;
  }
  void signal(int number) {
    if (!ended()) ::kill(id_, number);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
  }
  /// Returns the environment of this process with the cluster's settings in place of others.
  static std::vector<std::string> environment_of(const RunningCluster& cluster) {
    const Security security = cluster.security();
    const std::pair<std::string, std::string> settings[] = {
        {"CHUNKWISE_BACKEND", "thrift://" + cluster.address()}, {"CHUNKWISE_SECRET_FILE", security.secret_file},
        {"CHUNKWISE_TLS_CERTIFICATE", security.certificate},    {"CHUNKWISE_TLS_KEY", security.key},
        {"CHUNKWISE_TLS_AUTHORITY", security.authority},        {"CHUNKWISE_WORKER_SECRET_FILE", ""}};
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const auto is_of = [&](const auto& setting) { return text.starts_with(setting.first + "="); };
      if (std::ranges::none_of(settings, is_of)) entries.emplace_back(text);
    }
    for (const auto& [name, value] : settings)
      if (!value.empty()) entries.push_back(name + "=" + value);
    return entries;
  }
  /// Becomes the command, in a child.
  [[noreturn]] static void become(pid_t parent, char** arguments, char** variables) {
    begin_child(parent);  // without the cluster it can only wait
    ::execvpe(arguments[0], arguments, variables);
    const int cause = errno;
    const auto say = [](const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); };
    say("chunkwise: cannot run ");
    say(arguments[0]);
    say(": ");
    say(::strerrordesc_np(cause));
    say("\n");
    ::_exit(cause == ENOENT ? 127 : 126);
  }

  std::vector<std::string> words_;
  pid_t id_ = -1;
  std::optional<int> code_;
};

/// Waits for the workers that the command needs. Returns the signal that ended the waiting, else 0. Throws io if too
/// few come.
int await_workers(RunningCluster& cluster, const StartRequest& request, const EndSignals& signals) {
  const ClusterOptions& options = request.cluster;
  const bool by_jobs = options.launcher != Launcher::local && options.launcher != Launcher::ssh;
  const int wanted = request.wait_for >= 0 ? request.wait_for
                     : by_jobs             ? std::min(options.workers, 1)
                                           : options.workers;
  const int most = std::max(options.workers, options.most_workers);
  if (wanted > most)
    throw Error(ErrorCode::invalid_argument, "--wait-for " + std::to_string(wanted) + ": there will be " +
                                                 std::to_string(most) + " workers at most");
  const double patience = request.patience >= 0 ? request.patience : by_jobs ? 86400 : 300;
  const auto count = [&] { return static_cast<int>(cluster.status().workers.size()); };
  const Clock::time_point began = Clock::now();
  double silence = 2;  // seconds: a wait that is over by then is no news
  while (!cluster.wait_for_workers(wanted, 0.05)) {
    if (const int signal = signals.wait_for(milliseconds(0)); signal != 0) return signal;
    if (cluster.was_ended()) throw Error(ErrorCode::io, "an operator has ended the cluster");
    const double waited = std::chrono::duration<double>(Clock::now() - began).count();
    const std::string there = std::to_string(count()) + " of " + std::to_string(wanted) + " workers";
    if (waited > patience)
      throw Error(ErrorCode::io, "there are " + there + " after " + seconds_text(patience) +
                                     " s (--wait); the cluster is ended" +
                                     (by_jobs ? "; look at the queue of your scheduler" : ""));
    if (waited < silence) continue;
    tell("waiting for workers: there are " + there + (by_jobs ? "; the others' jobs wait in the queue" : ""));
    silence = std::max(silence * 4, 30.0);
    for (const std::string& refused : cluster.status().refused) tell("not taken in: " + refused);
  }
  return 0;
}

/// Runs the command to its end; returns its exit code.
int run_command(const StartRequest& request, const RunningCluster& cluster, const EndSignals& signals) {
  Command command(request.command, cluster);
  Clock::time_point kill_at = Clock::time_point::max();
  for (bool was_asked = false;;) {
    if (!was_asked && cluster.was_ended()) {
      tell("an operator has ended the cluster");
      command.signal(SIGTERM);
      kill_at = Clock::now() + grace;
      was_asked = true;
    }
    if (const std::optional<int> code = command.ended()) return *code;
    const EndSignals::Received signal = signals.next(milliseconds(20));
    if (signal.number != 0) {
      // At a terminal the command has got the same signal; a second one is no patience left.
      if (was_asked)
        command.signal(SIGKILL);
      else if (!signal.from_terminal)
        command.signal(signal.number);
      if (!was_asked) kill_at = Clock::now() + grace;
      was_asked = true;
    }
    if (Clock::now() > kill_at) command.signal(SIGKILL);
  }
}

}  // namespace

int start_cluster(const StartRequest& request) {
  const EndSignals signals;       // before any thread is there
  std::signal(SIGCHLD, SIG_DFL);  // a parent that ignores it hands that down, and nobody could be waited for
  ClusterOptions options = request.cluster;
  options.log = [](const std::string& line) { tell(line); };
  RunningCluster cluster(options);
  if (const int signal = await_workers(cluster, request, signals); signal != 0) {
    tell(words_for(signal));
    return 128 + signal;
  }
  if (!options.metrics.empty()) tell("numbers of the cluster are at http://" + cluster.metrics_address() + "/metrics");
  if (!request.command.empty()) return run_command(request, cluster, signals);
  std::cout << "export CHUNKWISE_BACKEND=" << shell_quoted("thrift://" + cluster.address_file()) << std::endl;
  tell("the cluster is at " + cluster.address() +
       ", and ends when this command is interrupted; the line above lets other shells use it");
  int signal = 0;
  for (Clock::time_point used = Clock::now(); signal == 0 && !cluster.was_ended();) {
    signal = signals.wait_for(milliseconds(200));
    if (request.idle_timeout <= 0) continue;
    const ClusterStatus now = cluster.status();
    if (now.clients > 0 || !now.runs.empty() || !now.arrays.empty()) used = Clock::now();
    if (std::chrono::duration<double>(Clock::now() - used).count() < request.idle_timeout) continue;
    tell("nobody has used the cluster for " + seconds_text(request.idle_timeout) + " s (--idle-timeout); it ends");
    return 0;
  }
  if (signal == 0) tell("an operator has ended the cluster");
  return signal == 0 || signal == SIGTERM || signal == SIGINT ? 0 : 128 + signal;
}

}  // namespace chunkwise::cli
