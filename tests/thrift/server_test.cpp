// A server outlives its handlers' errors, its clients' nonsense and its own end.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "tests/caught.hpp"
#include "tests/seconds_of.hpp"
#include "tests/thrift/worker_server.hpp"

using namespace chunkwise_test;
using chunkwise::ErrorCode;

namespace {

/// A gate that handlers wait at.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void await(int waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= waiting; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A connection that sends whatever it likes.
class Raw {
 public:
  explicit Raw(const WorkerServer& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("connect");
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void send(const std::string& bytes) { (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// Says that no more comes, waits until the server has ended the connection too, and gives what it said.
  std::string end() {
    ::shutdown(fd_, SHUT_WR);
    std::string said;
    char bytes[4096];
    for (ssize_t got = 0; (got = ::recv(fd_, bytes, sizeof bytes, 0)) > 0;)
      said.append(bytes, static_cast<std::size_t>(got));
    return said;
  }

 private:
  int fd_;
};

/// Bytes of a call, as Thrift's binary protocol has them.
std::string number(std::uint32_t value, int bytes = 4) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}
std::string call(const std::string& method) {
  return number(0x80010001) + number(static_cast<std::uint32_t>(method.size())) + method + number(0);
}
std::string field(int type, int id) {
  return number(static_cast<std::uint32_t>(type), 1) + number(static_cast<std::uint32_t>(id), 2);
}

/// What a client sends to be let in to a server without a secret.
std::string greeting() {
  const wire::Hello hello = wire::make_hello({}, wire::Role::CLIENT, {}, {});
  std::string text = call("challenge") + '\0' + call("hello") + field(12, 1);
  text += field(8, 1) + number(static_cast<std::uint32_t>(hello.protocol));
  const auto catalogue = static_cast<std::uint64_t>(hello.catalogue);
  text += field(10, 2) + number(static_cast<std::uint32_t>(catalogue >> 32)) +
          number(static_cast<std::uint32_t>(catalogue));
  return text + '\0' + '\0';
}

}  // namespace

TEST(Server, TellsItsAddress) {
  const WorkerServer server({}, worker());
  EXPECT_EQ(server.address(), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_NE(server.port(), 0);
  wire::ServerOptions same;
  same.listen = server.address();
  const Caught caught = error_of([&] { const WorkerServer second(same, worker()); });
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says(server.address())) << caught.message;
}

TEST(Server, HandlersMayThrowAnything) {
  const WorkerServer server({}, worker([](std::int64_t tile) {
                              switch (tile) {
                                case 0:
                                  throw chunkwise::Error(ErrorCode::corrupt, "an error of ours");
                                case 1:
                                  throw std::bad_alloc();
                                case 2:
                                  throw std::logic_error("another library's");
                                case 3:
                                  throw 42;
                                case 4: {
                                  wire::Failure failure = wire::make_failure(ErrorCode::io, "of a third");
                                  failure.worker = "w7";
                                  failure.unreachable = 12;
                                  throw failure;
                                }
                                case 5:
                                  throw wire::PeerLost("10.0.0.9:1", "10.0.0.9:1 is gone");
                                default:
                                  break;
                              }
                            }));
  WorkerConnection connection(server.address(), {});
  const auto ask = [&](std::int64_t tile) {
    return error_of([&] { connection.call([&](WorkerClient& client) { finished(client, tile); }); });
  };
  const std::vector<std::pair<ErrorCode, std::string>> expected{
      {ErrorCode::corrupt, "an error of ours"}, {ErrorCode::memory_limit, "the system has no memory to give"},
      {ErrorCode::io, "another library's"},     {ErrorCode::io, "something unknown went wrong"},
      {ErrorCode::io, "worker w7: of a third"}, {ErrorCode::io, "10.0.0.9:1 is gone"}};
  for (std::size_t tile = 0; tile < expected.size(); ++tile) {
    const Caught caught = ask(static_cast<std::int64_t>(tile));
    EXPECT_EQ(caught.code, expected[tile].first) << tile;
    EXPECT_EQ(caught.message, expected[tile].second);
  }
  try {
    connection.call([](WorkerClient& client) { finished(client, 4); });
    ADD_FAILURE();
  } catch (const wire::RemoteError& error) {
    EXPECT_EQ(error.failure().worker, "w7");
    EXPECT_EQ(error.failure().unreachable, 12);
  }
  // All of that over one connection, which goes on.
  EXPECT_EQ(connection.call([](WorkerClient& client) { return finished(client, 99); }), "99");
}

TEST(Server, CodesOfTheFutureAreIoErrors) {
  wire::Failure failure;
  for (const int code : {-1, 1000}) {
    failure.code = code;
    EXPECT_EQ(wire::RemoteError(failure).code(), ErrorCode::io);
  }
}

TEST(Server, StopEndsConnections) {
  WorkerServer server({}, worker());
  WorkerConnection idle(server.address(), {}), another(server.address(), {});
  EXPECT_LT(seconds_of([&] { EXPECT_TRUE(server.stop()); }), 1.0);
  EXPECT_FALSE(idle.usable());
  const Caught caught = error_of([&] { idle.call([](WorkerClient& client) { finished(client, 1); }); });
  EXPECT_TRUE(caught.says(server.address())) << caught.message;
  const Caught refused = error_of([&] { WorkerConnection late(server.address(), {}); });
  EXPECT_TRUE(refused.says("cannot connect to " + server.address())) << refused.message;
}

TEST(Server, StopDoesNotWaitForEverForAHandler) {
  auto gate = std::make_shared<Gate>();
  auto ended = std::make_shared<std::atomic<int>>(0);
  std::thread caller;
  {
    WorkerServer server({}, worker([gate](std::int64_t) { gate->wait(); }), [ended](auto&) { ++*ended; });
    caller = std::thread([address = server.address()] {
      EXPECT_EQ(error_of([&] {
                  WorkerConnection connection(address, {});
                  connection.call([](WorkerClient& client) { finished(client, 1); });
                }).code,
                ErrorCode::io);
    });
    gate->await(1);
    EXPECT_LT(seconds_of([&] { EXPECT_FALSE(server.stop(std::chrono::milliseconds(50))); }), 2.0);
    EXPECT_EQ(*ended, 0);
  }
  caller.join();
  gate->open();
  for (int i = 0; i < 500 && *ended == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(*ended, 1);
}

TEST(Server, TellsWhenAConnectionHasEnded) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<const void*> made, ended;
  WorkerServer server(
      {},
      [&] {
        auto handler = std::make_shared<WorkerHandler>();
        const std::lock_guard lock(mutex);
        made.push_back(handler.get());
        return handler;
      },
      [&](WorkerServer::Handler& handler) {
        const std::lock_guard lock(mutex);
        ended.push_back(&handler);
        changed.notify_all();
      });
  { const WorkerConnection connection(server.address(), {}); }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return ended.size() == 1; }));
  EXPECT_EQ(made, ended);
}

TEST(Server, HasALimitOfConnections) {
  wire::ServerOptions options;
  options.max_connections = 2;
  const WorkerServer server(options, worker());
  auto first = std::make_unique<WorkerConnection>(server.address(), wire::ClientOptions{});
  WorkerConnection second(server.address(), {});
  const Caught caught = error_of([&] { const WorkerConnection third(server.address(), {}); });
  EXPECT_TRUE(caught.says("2 connections, which is its limit")) << caught.message;
  EXPECT_EQ(second.call([](WorkerClient& client) { return finished(client, 5); }), "5");
  first.reset();
  for (int i = 0;; ++i) {  // the server takes a moment to see it
    try {
      const WorkerConnection again(server.address(), {});
      break;
    } catch (const chunkwise::Error&) {
      ASSERT_LT(i, 1000);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

TEST(Server, HostileBytesHarmNobody) {
  const WorkerServer server({}, worker());
  WorkerConnection friendly(server.address(), {});
  const auto all_is_well = [&] {
    EXPECT_EQ(friendly.call([](WorkerClient& client) { return finished(client, 5); }), "5");
  };
  all_is_well();
  ::malloc_trim(0);
  const std::size_t before = resident_bytes();

  {
    Raw raw(server);
    raw.send(greeting() + call("read_finished") + '\0');
    EXPECT_NE(raw.end().find("read_finished"), std::string::npos) << "what follows is to get past the greeting";
  }
  const std::string huge = number(0x7fffffff);
  const std::string list_of_structs = call("upload") + field(15, 9) + "\x0c";  // an unknown field is skipped
  const std::vector<std::string> starts{
      "GET / HTTP/1.1\r\n\r\n",
      number(0x80010001) + huge,                            // a method's name of 2 GB
      number(0x80010001) + number(1u << 20) + "x",          // of 1 MB
      huge + "old style",                                   // without a version
      number(0x80010002) + number(4) + "ping" + number(0),  // an answer nobody asked for
      call("hello") + field(12, 1) + field(11, 5) + huge,   // a proof of 2 GB
      call("hello") + field(12, 1) + field(11, 5) + number(0xffffffff),
      greeting() + call("upload") + field(11, 4) + huge + "some bytes",               // a blob of 2 GB
      greeting() + call("upload") + field(11, 4) + number(60u << 20) + "cut",         // 60 MB that never come
      greeting() + call("read_chunks") + field(15, 2) + "\x0a" + huge,                // 2^31 numbers
      greeting() + call("read_chunks") + field(15, 2) + "\x0a" + number(0x20000000),  // whose bytes wrap to 0
      greeting() + list_of_structs + huge + std::string(1000, '\0'),
      greeting() + list_of_structs + number(60'000'000),
      greeting() + call("upload") + field(13, 9) + "\x0b\x0c" + huge,  // a map
      greeting() + call("upload") + std::string(5000, '\x0c'),         // structs in structs
      greeting() + call("no_such_method") + '\0',
      greeting() + call("upload").substr(0, 9),  // cut
  };
  for (std::size_t i = 0; i < starts.size(); ++i) {
    SCOPED_TRACE(i);
    Raw raw(server);
    raw.send(starts[i]);
    raw.end();
    all_is_well();
  }
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 2 == 0 ? greeting() : std::string();
    if (i % 3 == 0) bytes += number(0x80010001);
    for (std::size_t left = random() % 2000; left > 0; --left) bytes += static_cast<char>(random());
    Raw raw(server);
    raw.send(bytes);
    raw.end();
  }
  all_is_well();
#ifndef CHUNKWISE_SANITIZED  // which keep what was freed
  ::malloc_trim(0);
  EXPECT_LT(resident_bytes(), before + (std::size_t{80} << 20));  // a pooled blob of 60 MB stays for the next
#else
  (void)before;
#endif
}

TEST(Server, ServesManyAtATime) {
  const WorkerServer server({}, worker());
  wire::ConnectionPool<wire::WorkerService> pool({});
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        right += pool.with(server.address(), [&](WorkerClient& client) {
          return finished(client, t * 1000 + i) == std::to_string(t * 1000 + i);
        });
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 8 * 200);
}

TEST(ConnectionPool, UsesConnectionsAgain) {
  std::atomic<int> made = 0;
  const WorkerServer server({}, [&] {
    ++made;
    return std::make_shared<WorkerHandler>([](std::int64_t tile) {
      if (tile < 0) throw chunkwise::Error(ErrorCode::out_of_range, "below zero");
    });
  });
  wire::ConnectionPool<wire::WorkerService> pool({});
  const auto ask = [&](std::int64_t tile) {
    return pool.with(server.address(), [&](WorkerClient& client) { return finished(client, tile); });
  };
  EXPECT_EQ(ask(1), "1");
  EXPECT_EQ(error_of([&] { ask(-1); }).code, ErrorCode::out_of_range);  // an error of the server's breaks nothing
  EXPECT_EQ(ask(2), "2");
  EXPECT_EQ(made, 1);
  // What is thrown amid a call may leave half an answer on the way.
  EXPECT_THROW(pool.with(server.address(), [](WorkerClient&) -> int { throw std::runtime_error("mine"); }),
               std::runtime_error);
  EXPECT_EQ(ask(3), "3");
  EXPECT_EQ(made, 2);
  pool.forget(server.address());
  EXPECT_EQ(ask(4), "4");
  EXPECT_EQ(made, 3);
}

TEST(ConnectionPool, FindsAServerThatCameBack) {
  wire::ServerOptions options;
  auto server = std::make_unique<WorkerServer>(options, worker());
  options.listen = server->address();
  wire::ConnectionPool<wire::WorkerService> pool({});
  const auto ask = [&] { return pool.with(options.listen, [](WorkerClient& client) { return finished(client, 1); }); };
  EXPECT_EQ(ask(), "1");
  server.reset();
  const Caught gone = error_of(ask);
  EXPECT_EQ(gone.code, ErrorCode::io);
  EXPECT_TRUE(gone.says("cannot connect to " + options.listen)) << gone.message;
  server = std::make_unique<WorkerServer>(options, worker());
  EXPECT_EQ(ask(), "1");
}

TEST(Connection, DeadlineAndInterrupt) {
  auto gate = std::make_shared<Gate>();
  const WorkerServer server({}, worker([gate](std::int64_t) { gate->wait(); }));
  wire::ClientOptions options;
  options.deadlines.receive = std::chrono::milliseconds(50);
  WorkerConnection hasty(server.address(), options);
  const auto ask = [](WorkerConnection& connection) {
    return error_of([&] { connection.call([](WorkerClient& client) { finished(client, 1); }); });
  };
  const Caught caught = ask(hasty);
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says("silent for 50 ms")) << caught.message;
  EXPECT_TRUE(caught.says(server.address())) << caught.message;
  EXPECT_FALSE(hasty.usable());

  WorkerConnection patient(server.address(), {});
  std::thread interrupter([&] {
    gate->await(2);
    patient.interrupt();
  });
  EXPECT_TRUE(ask(patient).says(server.address()));
  interrupter.join();
  gate->open();
}
