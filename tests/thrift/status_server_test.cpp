// The small server of HTTP that a coordinator has for Prometheus.
#include "backends/thrift/coordinator/status_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "tests/caught.hpp"

using namespace chunkwise_test;
using chunkwise::ClusterStatus;
using chunkwise::thrift::metrics_text;
using chunkwise::thrift::StatusServer;

namespace {

ClusterStatus two_workers() {
  ClusterStatus status;
  status.workers.resize(2);
  status.workers[0].name = "a";
  status.workers[0].threads = 4;
  status.workers[1].name = "the \"second\"\\";
  status.workers[1].cpu = 1.5;
  status.workers_wanted = 3;
  status.clients = 7;
  return status;
}

int connect_to(const StatusServer& server) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().find(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

/// Returns all that a server answers to some bytes.
std::string answer_of(const StatusServer& server, const std::string& request) {
  const int fd = connect_to(server);
  (void)!::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  char some[1024];
  for (ssize_t got = 0; (got = ::recv(fd, some, sizeof some, 0)) > 0;)
    answer.append(some, static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(MetricsText, HasALineForEachWorker) {
  const std::string text = metrics_text(two_workers());
  EXPECT_TRUE(has(text, "\n# TYPE chunkwise_workers gauge\nchunkwise_workers 2\n")) << text;
  EXPECT_TRUE(has(text, "chunkwise_workers_wanted 3\n"));
  EXPECT_TRUE(has(text, "chunkwise_clients 7\n"));
  EXPECT_TRUE(has(text, "chunkwise_worker_threads{worker=\"a\"} 4\n"));
  EXPECT_TRUE(has(text, "chunkwise_worker_cpu_cores{worker=\"the \\\"second\\\"\\\\\"} 1.5"));
}

TEST(StatusServer, AnswersHealthAndMetrics) {
  const StatusServer server("127.0.0.1:0", &two_workers);
  const std::string health = answer_of(server, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(health.starts_with("HTTP/1.1 200 OK\r\n")) << health;
  EXPECT_TRUE(health.ends_with("\r\n\r\nok\n")) << health;
  const std::string metrics = answer_of(server, "GET /metrics?x=1 HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(has(metrics, "text/plain; version=0.0.4")) << metrics;
  EXPECT_TRUE(has(metrics, "chunkwise_workers 2\n")) << metrics;
  const std::string head = answer_of(server, "HEAD /metrics HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n")) << head;
}

TEST(StatusServer, RefusesOtherRequests) {
  const StatusServer server("127.0.0.1:0", &two_workers);
  EXPECT_TRUE(answer_of(server, "GET /secret HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(answer_of(server, "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
  EXPECT_TRUE(answer_of(server, "\n\n").empty());
  EXPECT_EQ(answer_of(server, std::string(1 << 16, 'x')), "");
  // It goes on.
  EXPECT_TRUE(answer_of(server, "GET /health HTTP/1.1\r\n\r\n").ends_with("ok\n"));
}

TEST(StatusServer, LetsNobodyKeepItFromOthersOrFromItsEnd) {
  std::optional<StatusServer> server(std::in_place, "127.0.0.1:0", &two_workers);
  // A byte now and then keeps no caller longer than the others.
  const int slow = connect_to(*server);
  std::jthread dripping([slow](const std::stop_token& stop) {
    while (!stop.stop_requested() && ::send(slow, "x", 1, MSG_NOSIGNAL) == 1)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  });
  EXPECT_TRUE(answer_of(*server, "GET /health HTTP/1.1\r\n\r\n").ends_with("ok\n"));
  dripping.request_stop();
  dripping.join();
  // It ends although somebody is connected who says nothing.
  const int silent = connect_to(*server);
  server.reset();
  ::close(silent);
  ::close(slow);
}

TEST(StatusServer, SaysWhereItCannotListen) {
  const StatusServer server("127.0.0.1:0", &two_workers);
  const Caught caught = error_of([&] { const StatusServer second(server.address(), &two_workers); });
  EXPECT_EQ(caught.code, chunkwise::ErrorCode::io);
  EXPECT_TRUE(caught.says(server.address())) << caught.message;
  EXPECT_EQ(error_of([] { const StatusServer none("nonsense", &two_workers); }).code,
            chunkwise::ErrorCode::invalid_argument);
}

}  // namespace
