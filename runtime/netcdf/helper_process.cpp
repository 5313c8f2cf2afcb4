#include "runtime/netcdf/helper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT: kill
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <system_error>
#include <utility>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/core/libexec.hpp"
#include "runtime/core/owned_fd.hpp"

extern char** environ;

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr const char* program_name = "chunkwise-netcdf";
constexpr double default_seconds = 60;
constexpr std::uint64_t default_memory = std::uint64_t{2} << 30;
constexpr std::uint64_t least_memory = std::uint64_t{256} << 20;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

double seconds_of_answer() {
  const std::string text = setting("CHUNKWISE_HELPER_SECONDS");
  if (text.empty()) return default_seconds;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds > 0) || seconds > 1e6)
    throw Error(ErrorCode::invalid_argument, "CHUNKWISE_HELPER_SECONDS=" + text +
                                                 " is no time that reading from a file may take; give seconds, as in "
                                                 "60");
  return seconds;
}

std::uint64_t memory_of_helper() {
  const std::string text = setting("CHUNKWISE_HELPER_MEMORY");
  if (text.empty()) return default_memory;
  std::uint64_t bytes = 0;
  try {
    bytes = parse_bytes(text);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("CHUNKWISE_HELPER_MEMORY: ") + error.what());
  }
  if (bytes < least_memory)
    throw Error(ErrorCode::invalid_argument, "CHUNKWISE_HELPER_MEMORY=" + text +
                                                 " is too little for netcdf-c and HDF5 themselves; give at least " +
                                                 format_bytes(static_cast<double>(least_memory)));
  return bytes;
}

Error cannot_start(const std::string& program, const std::string& why) {
  return {ErrorCode::io, "cannot start " + program + ", in which isolated NetCDF files are opened: " + why};
}

/// Starts the program with `socket` as its descriptor 3, no other descriptors but streams that lead nowhere, and
/// signals as they are from the start.
pid_t spawn(const std::string& program, int socket) {
  std::string memory = std::to_string(memory_of_helper());
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, socket, 3);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::string parent = std::to_string(::getpid());
  std::string name = program;
  const std::array<char*, 4> arguments{name.data(), memory.data(), parent.data(), nullptr};
  pid_t pid = -1;
  const int status = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (status != 0) throw cannot_start(program, std::strerror(status));
  return pid;
}

/// Returns a process's state as the system lists it: 'R' if it runs or could.
char state_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name = text.rfind(')');
  return name != std::string::npos && name + 2 < text.size() ? text[name + 2] : '?';
}

}  // namespace

std::string find_helper() {
  std::vector<std::string> places;
  if (const std::string folder = setting("CHUNKWISE_LIBEXEC"); !folder.empty()) {
    places.push_back(std::filesystem::path(folder) / program_name);
  } else {
    places = places_of_program(program_name);
    places.push_back(std::filesystem::path(CHUNKWISE_INSTALLED_LIBEXEC) / program_name);
  }
  std::string tried;
  if (std::string place = first_program(places, tried); !place.empty()) return place;
  throw Error(ErrorCode::io, "there is no " + std::string(program_name) +
                                 ", in which isolated NetCDF files are opened, at " + tried +
                                 "; it is installed with chunkwise: name its folder in CHUNKWISE_LIBEXEC, or open the "
                                 "files without isolation");
}

bool isolated_by_default() {
  const std::string text = setting("CHUNKWISE_ISOLATED");
  if (text.empty() || text == "0") return false;
  if (text == "1") return true;
  throw Error(ErrorCode::invalid_argument,
              "CHUNKWISE_ISOLATED=" + text + " says neither 1 (NetCDF-4 files are opened in a process apart) nor 0");
}

HelperProcess::HelperProcess() : program_(find_helper()), seconds_(std::max(seconds_of_answer(), default_seconds)) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw cannot_start(program_, std::strerror(errno));
  OwnedFd ours(ends[0]);
  {
    const OwnedFd theirs(ends[1]);  // not kept here: its end tells that the helper has ended
    pid_ = spawn(program_, theirs.get());
  }
  // Another process may have its number as soon as somebody has waited for it; this descriptor remains the helper's.
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0 && errno != ENOSYS) pid_ = -1;  // it is gone, and so is its number
  channel_ = std::make_unique<Channel>(ours.release());

  std::string version;
  try {
    const std::array<std::byte, 1> hello{static_cast<std::byte>(Question::hello)};
    ask(hello, [&](std::size_t size) {
      if (size > 1000) throw Error(ErrorCode::io, "it does not say who it is");
      version.resize(size);
      return std::as_writable_bytes(std::span(version));
    });
  } catch (const HelperDeath& death) {
    throw cannot_start(program_, death.how);
  } catch (...) {
    end();
    throw;
  }
  if (version == helper_version()) {
    seconds_ = seconds_of_answer();  // to start takes as long as the machine makes it take, whatever the file
    return;
  }
  end();
  throw cannot_start(program_, "it is " + version + ", not " + helper_version() +
                                   "; name the folder of the one that was installed with this chunkwise in "
                                   "CHUNKWISE_LIBEXEC");
}

HelperProcess::~HelperProcess() { end(); }

void HelperProcess::end() noexcept {
  channel_.reset();  // an idle helper ends when its socket does; one that loops does not
  if (pid_fd_ >= 0) {
    (void)::syscall(SYS_pidfd_send_signal, pid_fd_, SIGKILL, nullptr, 0);
    siginfo_t ignored;
    while (::waitid(P_PIDFD, static_cast<id_t>(pid_fd_), &ignored, WEXITED) != 0 && errno == EINTR) {
    }
    ::close(std::exchange(pid_fd_, -1));
  } else if (pid_ > 0) {  // a system before Linux 5.3
    (void)::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
}

double HelperProcess::cpu_seconds() const {
  clockid_t clock = 0;
  timespec used{};
  if (pid_ < 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// Returns how a process ended that has closed its socket, or is about to.
HelperDeath HelperProcess::describe_end() {
  using Kind = HelperDeath::Kind;
  if (pid_fd_ < 0) return {"ended", Kind::crash};
  pollfd ended{pid_fd_, POLLIN, 0};
  (void)::poll(&ended, 1, 1000);
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pid_fd_), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return {"ended", Kind::crash};
  if (info.si_code == CLD_EXITED) return {"ended with the exit code " + std::to_string(info.si_status), Kind::crash};
  if (info.si_status == SIGKILL) return {"was killed", Kind::killed};
  return {std::string("crashed (") + ::strsignal(info.si_status) + ")", Kind::crash};
}

void HelperProcess::fail(HelperDeath death) {
  end();
  throw death;
}

void HelperProcess::ask(std::span<const std::byte> question, const Place& place) {
  if (!channel_) throw HelperDeath{"has ended", HelperDeath::Kind::crash};
  const double before = cpu_seconds();
  const auto after = [](double seconds) {
    return std::chrono::steady_clock::now() +
           std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  };
  auto end_of_time = after(seconds_);
  const Channel::Deadline deadline = [&] {
    const auto left = [&] {
      return std::chrono::ceil<std::chrono::milliseconds>(end_of_time - std::chrono::steady_clock::now()).count();
    };
    // A helper that computes on a machine with other work may have had little of the time: its own is what counts.
    if (left() <= 0 && state_of(pid_) == 'R') end_of_time = after(seconds_ - (cpu_seconds() - before));
    return static_cast<int>(std::clamp<std::int64_t>(left(), 0, std::numeric_limits<int>::max()));
  };
  std::vector<std::byte> message;
  std::array<std::byte, 1> status{};
  try {
    channel_->send({frame_of(question.size()), question}, deadline);
    std::array<std::byte, 8> frame{};
    channel_->receive(frame, deadline);
    const std::uint64_t size = size_of_frame(frame);
    if (size == 0) throw Error(ErrorCode::corrupt, "an answer without anything");
    channel_->receive(status, deadline);
    if (status[0] == std::byte{0}) {
      channel_->receive(place(static_cast<std::size_t>(size - 1)), deadline);
      return;
    }
    if (size > (std::size_t{1} << 20)) throw Error(ErrorCode::corrupt, "an error of so many bytes");
    message = channel_->receive(static_cast<std::size_t>(size - 1), deadline);
  } catch (const TimeIsUp&) {
    const bool busy = cpu_seconds() - before > seconds_ / 10 || state_of(pid_) == 'R';
    std::ostringstream how;
    how << "did not answer for " << seconds_ << " s";
    fail({how.str(), busy ? HelperDeath::Kind::loop : HelperDeath::Kind::stall});
  } catch (const ConnectionLost&) {
    fail(describe_end());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::memory_limit)
      fail({std::string("answered what makes no sense: ") + error.what(), HelperDeath::Kind::crash});
    end();  // the answer is still to come, and nobody takes it
    throw;
  } catch (...) {
    end();
    throw;
  }
  const auto code = std::to_integer<int>(message.empty() ? std::byte{255} : message.front());
  if (status[0] != std::byte{1} || code > static_cast<int>(ErrorCode::lost))
    fail({"answered what makes no sense", HelperDeath::Kind::crash});
  throw Error(static_cast<ErrorCode>(code),
              std::string(reinterpret_cast<const char*>(message.data()) + 1, message.size() - 1));
}

Helper& Helper::instance() {
  // Never destroyed: arrays in static variables may outlive any other object. A forked process leaves its parent's
  // helper alone, with its mutex, which a thread that is not here may hold.
  struct OfProcess {
    pid_t pid;
    Helper helper;
  };
  static std::atomic<OfProcess*> current{nullptr};
  OfProcess* mine = current.load();
  while (mine == nullptr || mine->pid != ::getpid()) {
    auto made = std::make_unique<OfProcess>();
    made->pid = ::getpid();
    if (current.compare_exchange_strong(mine, made.get())) return made.release()->helper;
  }
  return mine->helper;
}

HelperProcess& Helper::process() {
  if (!process_) {
    process_ = std::make_unique<HelperProcess>();
    ++generation_;
    files = 0;
    damaged = 0;
  }
  return *process_;
}

}  // namespace netcdf

std::string isolation_problem() {
  netcdf::Helper& helper = netcdf::Helper::instance();
  const std::lock_guard lock(helper.mutex);
  try {
    (void)helper.process();
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
