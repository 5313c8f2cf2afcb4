#include "backends/thrift/coordinator/status_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "backends/thrift/wire/listening.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/owned_fd.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

using Clock = std::chrono::steady_clock;

/// The bytes of a request's first line and headers that are read at most, and the time that a caller may take for it,
/// and for the answer.
constexpr std::size_t most_request = 8192;
constexpr std::chrono::seconds patience{2};

/// A connection whose caller has to be done by a deadline, and that is over when the server ends.
struct Caller {
  int connection, wake;
  Clock::time_point deadline = Clock::now() + patience;

  /// Returns false if it is over.
  [[nodiscard]] bool wait_for(short events) const {
    pollfd waiting[] = {{connection, events, 0}, {wake, POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    const int ready = ::poll(waiting, 2, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) return wait_for(events);
    return ready > 0 && waiting[1].revents == 0;
  }
};

/// Returns the first line of a request, once its headers have come; empty if they do not, or are too long.
std::string first_line_of_request(const Caller& caller) {
  std::string request;
  std::array<char, 1024> some{};
  while (request.find("\r\n\r\n") == std::string::npos && request.find("\n\n") == std::string::npos) {
    if (!caller.wait_for(POLLIN)) return {};
    const ssize_t got = ::recv(caller.connection, some.data(), some.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0 || request.size() > most_request) return {};
    request.append(some.data(), static_cast<std::size_t>(got));
  }
  return request.substr(0, request.find_first_of("\r\n"));
}

void send_all(const Caller& caller, std::string_view text) {
  while (!text.empty() && caller.wait_for(POLLOUT)) {
    const ssize_t sent = ::send(caller.connection, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Returns a value of a label as the format wants it.
std::string label(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  return text;
}

}  // namespace

StatusServer::StatusServer(const std::string& listen, std::function<ClusterStatus()> status)
    : status_(std::move(status)) {
  wire::Endpoint endpoint = wire::parse_endpoint(listen);
  std::string bound_host;
  constexpr int waiting = 16;
  OwnedFd listening = wire::listen_at(endpoint, bound_host, waiting, "the metrics cannot be served at");
  OwnedFd wake(::eventfd(0, EFD_CLOEXEC));
  address_ = endpoint.to_string();
  listening_ = listening.get();
  wake_ = wake.get();
  thread_ = start_thread("the metrics of a coordinator", [this] { serve(); });
  (void)listening.release();
  (void)wake.release();
}

StatusServer::~StatusServer() {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  thread_.join();
  ::close(listening_);
  ::close(wake_);
}

void StatusServer::serve() {
  for (;;) {
    pollfd waiting[] = {{listening_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) continue;
    if (waiting[1].revents != 0) return;
    const OwnedFd connection(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() < 0) {
      ::poll(&waiting[1], 1, 100);  // no descriptor is left: some will be given back
      continue;
    }
    try {
      answer(connection.get());
    } catch (const std::exception&) {
      // No memory for it: the caller asks again.
    }
  }
}

void StatusServer::answer(int connection) const {
  const Caller caller{connection, wake_};
  const std::string line = first_line_of_request(caller);
  if (line.empty()) return;
  const bool is_head = line.starts_with("HEAD ");
  const std::size_t begin = line.find(' ') + 1;
  const std::string path = line.substr(begin, line.find_first_of(" ?", begin) - begin);
  std::string code = "200 OK", body;
  if (!is_head && !line.starts_with("GET ")) {
    code = "405 Method Not Allowed";
    body = "this server answers GET and HEAD\n";
  } else if (path == "/health") {
    (void)status_();  // it answers if the coordinator's state is to be had
    body = "ok\n";
  } else if (path == "/metrics") {
    body = metrics_text(status_());
  } else {
    code = "404 Not Found";
    body = "there are /health and /metrics\n";
  }
  send_all(caller, "HTTP/1.1 " + code +
                       "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + (is_head ? "" : body));
  ::shutdown(connection, SHUT_WR);
}

std::string metrics_text(const ClusterStatus& status) {
  std::string text;
  const auto head = [&](const std::string& name, const char* kind, const char* help) {
    text += "# HELP chunkwise_" + name + " " + help + "\n# TYPE chunkwise_" + name + " " + kind + "\n";
  };
  const auto one = [&](const std::string& name, const char* help, auto value) {
    head(name, "gauge", help);
    text += "chunkwise_" + name + " " + std::to_string(value) + "\n";
  };
  const auto of_workers = [&](const std::string& name, const char* help, const auto& value) {
    head("worker_" + name, "gauge", help);
    for (const ClusterStatus::Member& worker : status.workers)
      text += "chunkwise_worker_" + name + "{worker=\"" + label(worker.name) + "\"} " + std::to_string(value(worker)) +
              "\n";
  };
  one("workers", "Workers that are connected.", status.workers.size());
  one("workers_wanted", "Workers that whoever starts them wants; -1: nobody does.", status.workers_wanted);
  one("workers_refused", "Workers that came in the last half minute and were not accepted.", status.refused.size());
  one("clients", "Clients that are connected.", status.clients);
  one("runs", "Runs that have not ended.", status.runs.size());
  one("arrays", "Arrays that workers keep since persist().", status.arrays.size());
  std::uint64_t kept = 0;
  for (const ClusterStatus::Kept& array : status.arrays) kept += array.bytes;
  one("arrays_bytes", "Bytes of these arrays.", kept);
  using Member = ClusterStatus::Member;
  of_workers("threads", "Threads that compute.", [](const Member& worker) { return worker.threads; });
  of_workers("memory_limit_bytes", "Limit of the memory of runs and chunks.",
             [](const Member& worker) { return worker.memory_limit; });
  of_workers("memory_used_bytes", "Of the limit: chunks in memory, and what ranges under way may take.",
             [](const Member& worker) { return worker.memory_used; });
  of_workers("held_bytes", "Bytes of chunks that it keeps, in memory and in files.",
             [](const Member& worker) { return worker.held; });
  of_workers("resident_bytes", "Memory of the process, as the system counts it.",
             [](const Member& worker) { return worker.resident; });
  of_workers("cpu_cores", "CPUs that the process has kept busy lately.",
             [](const Member& worker) { return worker.cpu; });
  of_workers("ranges", "Ranges of work items that it works on.", [](const Member& worker) { return worker.running; });
  return text;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
