#include "tests/thrift/cluster.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "chunkwise/cluster.hpp"

namespace chunkwise::testing_cluster {

namespace fs = std::filesystem;

Watchdog::Watchdog(std::chrono::seconds patience)
    : thread_([this, patience] {
        std::unique_lock lock(mutex_);
        if (over_.wait_for(lock, patience, [this] { return is_over_; })) return;
        std::fprintf(stderr, "this test hangs\n");
        std::_Exit(1);
      }) {}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  over_.notify_all();
  thread_.join();
}

Process::Process(const std::vector<std::string>& arguments, const std::string& log, const std::string& program) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  id_ = fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) dup2(file, STDERR_FILENO);
  execv(program.c_str(), argv.data());
  _exit(127);
}

Process::~Process() {
  if (id_ > 0) kill();
}
Process::Process(Process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
Process& Process::operator=(Process&& other) noexcept {
  if (id_ > 0) kill();
  id_ = std::exchange(other.id_, -1);
  return *this;
}

void Process::signal(int number) const {
  if (id_ > 0) ::kill(id_, number);
}

bool Process::running() const {
  siginfo_t ended{};
  return id_ > 0 && waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

int Process::wait() {
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::kill() {
  signal(SIGKILL);
  wait();
}

namespace {

std::string make_folder() {
  std::string pattern = (fs::temp_directory_path() / "chunkwise_cluster_XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no folder for a cluster");
  return pattern;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

Cluster::Cluster(const ClusterSettings& settings)
    : settings_(settings), folder_(make_folder()), coordinator_(Process({"--version"}, folder_ + "/version.log")) {
  coordinator_.wait();
  start_coordinator("127.0.0.1:0");
  for (int i = 0; i < settings.workers; ++i) add_worker();
  await_workers(static_cast<std::size_t>(settings.workers));
}

Cluster::~Cluster() {
  workers_.clear();
  if (coordinator_.id() > 0) coordinator_.kill();
  std::error_code error;
  fs::remove_all(folder_, error);
}

void Cluster::start_coordinator(const std::string& listen) {
  const std::string file = folder_ + "/address";
  fs::remove(file);
  coordinator_ = Process(joined({"coordinator", "--listen", listen, "--address-file", file, "--worker-timeout", "3"},
                                settings_.coordinator_options),
                         folder_ + "/coordinator.log");
  for (int i = 0; i < 300 && !fs::exists(file); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::ifstream(file) >> address_;
  if (address_.empty()) throw std::runtime_error("the coordinator did not start: " + logs());
}

void Cluster::restart_coordinator() {
  if (coordinator_.id() > 0) coordinator_.kill();
  start_coordinator(address_);
}

void Cluster::add_worker(const std::vector<std::string>& options) {
  const std::string number = std::to_string(++started_);
  workers_.emplace_back(joined(joined({"worker", folder_ + "/address", "--threads", "1", "--name", "w" + number},
                                      settings_.worker_options),
                               options),
                        folder_ + "/worker" + number + ".log");
}

void Cluster::kill_worker(std::size_t which) {
  workers_.at(which).kill();
  workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(which));
}

void Cluster::add_own_worker(const std::string& program) {
  const std::string number = std::to_string(++started_);
  workers_.emplace_back(
      Process({folder_ + "/address", "own" + number}, folder_ + "/worker" + number + ".log", program));
}

void Cluster::await_workers(std::size_t count) const {
  std::string why;
  for (int i = 0; i < 600; ++i) {
    try {
      if (cluster_status(address_, settings_.security).workers.size() == count) return;
    } catch (const Error& error) {
      why = error.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ADD_FAILURE() << "there are not " << count << " workers; " << why << "\n" << logs();
}

std::string Cluster::logs() const {
  std::ostringstream all;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().extension() == ".log") {
      all << entry.path().filename() << ":\n" << std::ifstream(entry.path()).rdbuf();
      all.clear();  // an empty file made it fail
    }
  return all.str();
}

}  // namespace chunkwise::testing_cluster
