#pragma once
/// Clusters that a test starts by one command, in a folder of their own, by which their processes are known.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/command.hpp"

namespace chunkwise_test {

namespace fs = std::filesystem;

/// Workers are the programs of this build, whatever is installed.
inline const bool program_is_known = ::setenv("CHUNKWISE_LIBEXEC", CHUNKWISE_LIBEXEC_FOLDER, 0) == 0;

/// An environment variable for the time of a test.
class Setting {
 public:
  Setting(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* const old = std::getenv(name_.c_str())) old_ = old;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Setting() {
    if (old_)
      ::setenv(name_.c_str(), old_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  std::string name_;
  std::optional<std::string> old_;
};

inline bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// Everything that clusters of a test make lies in one folder, by which their processes are known.
class ClusterStart : public ::testing::Test {
 protected:
  ClusterStart() : tmp_("TMPDIR", folder_ / "tmp"), cache_("XDG_CACHE_HOME", folder_ / "cache"), path_("PATH", path()) {
    fs::create_directories(folder_ / "tmp");
    fs::create_directories(folder_ / "bin");
  }
  ~ClusterStart() override {
    for (const pid_t process : processes()) ::kill(process, SIGKILL);
  }

  /// A program that is found first.
  void program(const std::string& name, const std::string& script) const {
    const std::string file = folder_ / "bin/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << script;
    ::chmod(file.c_str(), 0700);
  }

  /// The words of a line that starts a cluster.
  static std::vector<std::string> start(const std::vector<std::string>& options,
                                        const std::vector<std::string>& command = {}) {
    std::vector<std::string> words{"cluster", "start"};
    words.insert(words.end(), options.begin(), options.end());
    if (!command.empty()) words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  [[nodiscard]] Outcome run(const std::vector<std::string>& options, const std::vector<std::string>& command) const {
    return Command(folder_ / "", start(options, command)).wait();
  }

  /// The processes whose line names the folder of this test.
  [[nodiscard]] std::vector<pid_t> processes(const std::string& also = {}) const {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const std::string line = text_of_file(entry.path() / "cmdline");
      const pid_t id = static_cast<pid_t>(std::stol(name));
      if (id != ::getpid() && line.find(folder_ / "") != std::string::npos && line.find(also) != std::string::npos)
        found.push_back(id);
    }
    return found;
  }
  [[nodiscard]] std::vector<pid_t> workers() const { return processes(std::string("worker\0", 7)); }

  void expect_nothing_left() const {
    EXPECT_TRUE(eventually([this] { return processes().empty(); }));
    for (const auto& entry : fs::directory_iterator(folder_ / "tmp"))  // those of the tests themselves stay
      EXPECT_TRUE(entry.path().filename().string().starts_with("chunkwise-test-")) << entry.path();
    const std::string clusters = folder_ / "cache/chunkwise/clusters";
    EXPECT_TRUE(!fs::exists(clusters) || fs::is_empty(clusters));
  }

  TemporaryFolder folder_;

 private:
  [[nodiscard]] std::string path() const {
    const char* const old = std::getenv("PATH");
    return folder_ / "bin" + ":" + (old != nullptr ? old : "");
  }
  Setting tmp_, cache_, path_;
};

inline const std::string show = "'" CHUNKWISE_PROGRAM "' cluster \"$CHUNKWISE_BACKEND\"";

}  // namespace chunkwise_test
