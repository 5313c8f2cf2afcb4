#include "backends/thrift/launch/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "backends/thrift/launch/private_folder.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/owned_fd.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/shell.hpp"

extern char** environ;  // NOLINT: the system's name

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Settings of another cluster, which workers and their scheduler must not take for their own.
constexpr std::array<std::string_view, 6> settings{
    "CHUNKWISE_BACKEND=",         "CHUNKWISE_SECRET_FILE=", "CHUNKWISE_WORKER_SECRET_FILE=",
    "CHUNKWISE_TLS_CERTIFICATE=", "CHUNKWISE_TLS_KEY=",     "CHUNKWISE_TLS_AUTHORITY=",
};

std::vector<char*> clean_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool is_setting = false;
    for (const std::string_view setting : settings) is_setting = is_setting || text.starts_with(setting);
    // A job that is submitted within a job would take its facts for its own; SLURM_CONF is the scheduler's.
    is_setting = is_setting || (text.starts_with("SLURM_") && !text.starts_with("SLURM_CONF="));
    if (!is_setting) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

/// The settings of posix_spawn, freed on every way out.
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// Writes all of a text to the input of a process; false if it has ended before.
bool send_all(int fd, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t now = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) return false;
    sent += static_cast<std::size_t>(now);
  }
  return true;
}

}  // namespace

ChildProcess::ChildProcess(const Start& start) : forks_(fork_count()) {
  std::vector<std::string> words = start.words;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (start.input && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(ErrorCode::io, "cannot start " + words.front() + ": " + std::strerror(errno));
  OwnedFd ours(ends[0]);
  const OwnedFd theirs(ends[1]);

  SpawnSettings spawn;
  if (start.input)
    posix_spawn_file_actions_adddup2(&spawn.actions, theirs.get(), STDIN_FILENO);
  else
    posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  const char* const log = start.log.empty() ? "/dev/null" : start.log.c_str();
  posix_spawn_file_actions_addopen(&spawn.actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                   S_IRUSR | S_IWUSR);
  posix_spawn_file_actions_adddup2(&spawn.actions, STDOUT_FILENO, STDERR_FILENO);
  // The signals that this process waits for are blocked in all of its threads.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&spawn.attributes, &none);
  posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  posix_spawnattr_setpgroup(&spawn.attributes, 0);
  posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> environment = clean_environment();
  if (const int failed = ::posix_spawnp(&id_, words.front().c_str(), &spawn.actions, &spawn.attributes,
                                        arguments.data(), environment.data());
      failed != 0) {
    id_ = -1;
    throw Error(ErrorCode::io, "cannot start " + printable(words.front()) + ": " + std::strerror(failed));
  }
  input_ = ours.release();
  if (start.input) (void)send_all(input_, *start.input);  // a process that has ended tells why in its log
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      input_(std::exchange(other.input_, -1)),
      code_(other.code_),
      forks_(other.forks_) {}

ChildProcess::~ChildProcess() {
  close_input();
  if (id_ < 0 || forks_ != fork_count()) return;
  signal(SIGKILL);
  (void)wait_for(std::chrono::seconds(5));
}

std::optional<int> ChildProcess::ended() {
  if (code_ || id_ < 0) return code_;
  int status = 0;
  const pid_t found = ::waitpid(id_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return {};
  // If the system does not know it any more, somebody else has waited for it.
  code_ = found < 0 ? 1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

std::optional<int> ChildProcess::wait_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!ended() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return code_;
}

void ChildProcess::signal(int number) noexcept {
  if (id_ > 0 && !ended()) ::kill(-id_, number);
}

void ChildProcess::close_input() noexcept {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

Said run_shell(const std::string& line, const std::string& scratch, double seconds, const std::atomic<bool>* is_over) {
  static std::atomic<int> number{0};
  const std::string base = scratch + "/said-" + std::to_string(++number);
  ChildProcess shell({{"/bin/sh", "-c", "(" + line + "\n) 2>" + shell_quoted(base + ".err")}, base + ".out", {}});
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::optional<int> code;
  bool is_awaited = true;
  while (is_awaited && !(code = shell.wait_for(std::chrono::milliseconds(50))))
    is_awaited = std::chrono::steady_clock::now() < end && (is_over == nullptr || !*is_over);
  const Said said{code.value_or(0), text_of_file(base + ".out"), text_of_file(base + ".err")};
  ::unlink((base + ".out").c_str());
  ::unlink((base + ".err").c_str());
  if (!code)
    throw Error(ErrorCode::io, "the command '" + printable(line) + "' has not ended " +
                                   (std::chrono::steady_clock::now() < end
                                        ? std::string("before it was of no use any more")
                                        : "within " + std::to_string(static_cast<int>(seconds)) + " s"));
  return said;
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
  return line;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
