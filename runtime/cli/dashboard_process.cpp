#include "runtime/cli/dashboard_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/core/libexec.hpp"
#include "runtime/core/owned_fd.hpp"

namespace chunkwise::cli {

namespace {

constexpr std::string_view before_address = "The page is at ";

std::vector<std::string> words_of(const DashboardChoice& choice, const std::string& coordinator,
                                  const Security& security) {
  std::vector<std::string> words{"chunkwise", "explore",     "--dashboard", "--no-browser",
                                 "--listen",  choice.listen, "--backend",   "thrift://" + coordinator};
  const std::array<std::array<std::string, 2>, 5> settings{{{"--page-secret-file", choice.secret_file},
                                                            {"--secret-file", security.secret_file},
                                                            {"--tls-certificate", security.certificate},
                                                            {"--tls-key", security.key},
                                                            {"--tls-authority", security.authority}}};
  for (const auto& [option, value] : settings)
    if (!value.empty()) words.insert(words.end(), {option, value});
  return words;
}

/// Becomes chunkwise-explore, in a child.
[[noreturn]] void become(pid_t parent, int out, const std::vector<std::string>& programs, char** words) {
  begin_child(parent);
  if (::dup2(out, STDOUT_FILENO) < 0) ::_exit(127);
  for (const std::string& program : programs) ::execv(program.c_str(), words);
  ::_exit(127);
}

/// Returns the first line that can be read within half a minute; what there is of it if the writer ends.
std::string first_line(int fd) {
  constexpr int patience_milliseconds = 30'000;
  std::string line;
  for (char c = 0;;) {
    pollfd asked{fd, POLLIN, 0};
    if (::poll(&asked, 1, patience_milliseconds) != 1 || ::read(fd, &c, 1) != 1 || c == '\n') return line;
    line += c;
  }
}

}  // namespace

DashboardProcess::DashboardProcess(const DashboardChoice& choice, const std::string& coordinator,
                                   const Security& security) {
  const std::vector<std::string> programs = places_of_program("chunkwise-explore");
  std::vector<std::string> words = words_of(choice, coordinator, security);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorCode::io, std::string("--dashboard: cannot make a pipe: ") + std::strerror(errno));
  const OwnedFd in(ends[0]);
  {
    const OwnedFd out(ends[1]);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ == 0) become(parent, out.get(), programs, pointers.data());
  }
  if (id_ < 0) throw Error(ErrorCode::io, std::string("--dashboard: cannot start it: ") + std::strerror(errno));
  const std::string line = first_line(in.get());
  if (line.starts_with(before_address)) {
    address_ = line.substr(before_address.size());
    address_.erase(std::min(address_.find(' '), address_.size()));
    return;
  }
  end();
  throw Error(ErrorCode::io, "--dashboard " + choice.listen +
                                 " is not served: " + (programs.empty() ? "chunkwise-explore" : programs.front()) +
                                 " has to be there (a build with -DCHUNKWISE_EXPLORER=ON), and to be able to listen");
}

DashboardProcess::~DashboardProcess() { end(); }

void DashboardProcess::end() {
  if (id_ < 0) return;
  constexpr std::chrono::seconds patience(5);
  ::kill(id_, SIGTERM);
  const auto last = std::chrono::steady_clock::now() + patience;
  bool has_ended = false;
  while (!(has_ended = ::waitpid(id_, nullptr, WNOHANG) != 0) && std::chrono::steady_clock::now() < last)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (!has_ended) {
    ::kill(id_, SIGKILL);
    (void)::waitpid(id_, nullptr, 0);
  }
  id_ = -1;
}

}  // namespace chunkwise::cli
