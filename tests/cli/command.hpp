#pragma once
/// Runs the real command and tells what it said.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/temporary_folder.hpp"

extern char** environ;  // NOLINT: the system's name

namespace chunkwise_test {

/// What a process did.
struct Outcome {
  int code = -1;  ///< exit code; 128 + number where a signal ended it
  std::string out;
  std::string err;
};

/// A process of the command in a folder, its output in files of another.
class Command {
 public:
  Command(const std::string& folder, const std::vector<std::string>& arguments, const std::string& out_file = {},
          const std::string& program = CHUNKWISE_PROGRAM)
      : out_(out_file.empty() ? scratch_ / "out" : out_file), err_(scratch_ / "err") {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // Of a shell's background job, some signals are ignored, and stay so in what it starts.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    const int status = posix_spawn(&process_, words[0].c_str(), &actions, &attributes, pointers.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0) throw std::runtime_error("cannot start " + words[0]);
  }
  ~Command() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// True as long as it runs.
  [[nodiscard]] bool runs() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  }
  [[nodiscard]] pid_t process() const { return process_; }
  void signal(int number) const { ::kill(process_, number); }
  [[nodiscard]] Outcome wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    // A device may have no end.
    const bool is_file = std::filesystem::is_regular_file(out_);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), is_file ? text_of_file(out_) : "",
            text_of_file(err_)};
  }

 private:
  TemporaryFolder scratch_;
  std::string out_, err_;
  pid_t process_ = 0;
};

}  // namespace chunkwise_test
