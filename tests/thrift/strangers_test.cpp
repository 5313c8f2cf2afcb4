// Who is not known yet takes no more than a little of a server's time and room, and leaves a line in its log.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "runtime/core/printable.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/lines.hpp"
#include "tests/thrift/worker_server.hpp"

using namespace chunkwise_test;
using chunkwise::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

/// A connection that has not said hello.
class Visitor {
 public:
  explicit Visitor(const WorkerServer& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("connect");
  }
  ~Visitor() { ::close(fd_); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  bool send(char byte) const { return ::send(fd_, &byte, 1, MSG_NOSIGNAL) == 1; }
  /// Whether the server has ended the connection, looked for so long.
  [[nodiscard]] bool ended(milliseconds patience) const {
    const timeval time{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    char byte;
    const ssize_t got = ::recv(fd_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno != EAGAIN);
  }

 private:
  int fd_;
};

bool answers(const WorkerServer& server) {
  WorkerConnection connection(server.address(), {});
  return connection.call([](WorkerClient& client) { return finished(client, 5); }) == "5";
}

}  // namespace

TEST(AStranger, HasOneTimeForTheWholeHandshake) {
  Lines lines;
  wire::ServerOptions options;
  options.greeting = milliseconds(400);
  options.log = lines.log();
  const WorkerServer server(options, worker());
  const Visitor visitor(server);
  const auto began = Clock::now();
  // The beginning of a call, a byte now and then: each comes long before one alone would be too late.
  const std::string call("\x80\x01\x00\x01\x00\x00\x00\x09", 8);
  bool gone = false;
  for (std::size_t i = 0; !gone && Clock::now() < began + std::chrono::seconds(10); ++i) {
    (void)visitor.send(i < call.size() ? call[i] : 'x');
    gone = visitor.ended(milliseconds(50));
  }
  EXPECT_TRUE(gone);
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: no hello within 400 ms"), 1U) << lines.text();
}

TEST(Strangers, LockNobodyOut) {
  wire::ServerOptions options;
  options.max_connections = 4;
  options.max_strangers = 8;
  const WorkerServer server(options, worker());
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (int i = 0; i < 50; ++i) {
    visitors.push_back(std::make_unique<Visitor>(server));
    EXPECT_TRUE(i % 10 != 9 || answers(server)) << i;
  }
  EXPECT_TRUE(visitors.front()->ended(std::chrono::seconds(5))) << "the oldest made room";
  EXPECT_FALSE(visitors.back()->ended(milliseconds(20))) << "the newest is waited for";
  EXPECT_TRUE(answers(server));
}

TEST(Strangers, DoNotCountAmongThoseWhoWereLetIn) {
  wire::ServerOptions options;
  options.max_connections = 2;
  const WorkerServer server(options, worker());
  const Visitor one(server), two(server), three(server);
  WorkerConnection first(server.address(), {}), second(server.address(), {});
  EXPECT_EQ(first.call([](WorkerClient& client) { return finished(client, 1); }), "1");
  EXPECT_TRUE(error_of([&] { const WorkerConnection third(server.address(), {}); }).says("which is its limit"));
}

TEST(WrongSecrets, LeaveALineAndNoFlood) {
  const TemporaryFolder folder;
  const auto secret = [&](const std::string& text) {
    chunkwise::Security security;
    security.secret_file = folder / text;
    std::ofstream(security.secret_file) << text;
    std::filesystem::permissions(security.secret_file, std::filesystem::perms::owner_read);
    return security;
  };
  Lines lines;
  wire::ServerOptions options;
  options.security = secret("right");
  options.log = lines.log();
  {
    const WorkerServer server(options, worker());
    wire::ClientOptions wrong;
    wrong.security = secret("wrong");
    for (int i = 0; i < 200; ++i)
      EXPECT_TRUE(error_of([&] { const WorkerConnection never(server.address(), wrong); }).says("another secret"));
    EXPECT_TRUE(error_of([&] { const WorkerConnection never(server.address(), {}); }).says("wants the shared secret"));
  }
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: another secret"), 1U) << lines.text();
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: no secret"), 1U) << lines.text();
  EXPECT_LT(lines.with("refused"), 6U) << lines.text();
}

TEST(Refusals, AreToldAsANumberAfterTheFirst) {
  Lines lines;
  wire::Refusals refusals(lines.log(), "coordinator", milliseconds(100));
  for (int i = 0; i < 1000; ++i) refusals.add("10.0.0.9", "another secret");
  const std::size_t at_once = lines.all.size();
  EXPECT_GE(at_once, 1U);
  EXPECT_EQ(lines.all[0], "coordinator refused 10.0.0.9: another secret");
  std::this_thread::sleep_for(milliseconds(150));
  refusals.tell();
  EXPECT_GE(lines.with("more times in"), 1U) << lines.text();
  std::this_thread::sleep_for(milliseconds(150));
  refusals.tell();
  const std::size_t told = lines.all.size();
  refusals.tell();
  EXPECT_EQ(lines.all.size(), told) << "what has ended is not told again";
}

TEST(Refusals, OfManyAddressesAreFewLines) {
  Lines lines;
  wire::Refusals refusals(lines.log(), "coordinator");
  for (int i = 0; i < 5000; ++i) refusals.add("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), "why");
  EXPECT_LT(lines.all.size(), 150U);
  EXPECT_EQ(lines.with("many addresses"), 1U);
}

TEST(Printable, IsWhatATerminalDoesNotObey) {
  using chunkwise::printable;
  EXPECT_EQ(printable("worker-1:22 (übung, 天気)"), "worker-1:22 (übung, 天気)");
  EXPECT_EQ(printable("a\nb\x1b[2Jc\r\x07"), "a\\x0ab\\x1b[2Jc\\x0d\\x07");
  EXPECT_EQ(printable("a\nb\tc", true), "a\nb\tc");
  EXPECT_EQ(printable(std::string("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m")
      << "CSI in one character";
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "cod"),
            "\\xe2\\x80\\xae"
            "cod")
      << "text that runs backwards";
  EXPECT_EQ(printable("\xff\xc3(\xe2\x82"), "\\xff\\xc3(\\xe2\\x82") << "no UTF-8";
  EXPECT_EQ(printable("\xed\xa0\x80\xc0\x8a"), "\\xed\\xa0\\x80\\xc0\\x8a") << "no UTF-8 either";
}

TEST(Names, AreShortAndPrintable) {
  const auto refused = [](const std::string& name) {
    return error_of([&] { chunkwise::require_printable_name(name, "a worker"); });
  };
  EXPECT_NO_THROW(chunkwise::require_printable_name("node7:1234", "a worker"));
  EXPECT_NO_THROW(chunkwise::require_printable_name(std::string(255, 'n'), "a worker"));
  for (const std::string& name : {std::string(), std::string("w\n2026-11-27 coordinator ends"), std::string("\x1b[2J"),
                                  std::string(256, 'n'), std::string(1 << 20, '\x1b')}) {
    const Caught caught = refused(name);
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
    EXPECT_EQ(caught.message.find('\n'), std::string::npos);
    EXPECT_EQ(caught.message.find('\x1b'), std::string::npos);
    EXPECT_LT(caught.message.size(), 500U);
  }
}

TEST(FailuresOfOthers, AreShownWithoutWhatATerminalWouldObey) {
  const wire::RemoteError error(wire::make_failure(ErrorCode::io, "one\ntwo \x1b[2Jthree"));
  EXPECT_STREQ(error.what(), "one\ntwo \\x1b[2Jthree");
}
