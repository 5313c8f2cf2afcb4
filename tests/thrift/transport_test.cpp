// Bytes arrive as they were sent, where they belong, however many there are.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/caught.hpp"
#include "tests/thrift/worker_server.hpp"

using namespace chunkwise_test;
using chunkwise::ErrorCode;
using wire::Blob;

namespace {

#ifdef CHUNKWISE_SANITIZED
constexpr int scale = 10;
#else
constexpr int scale = 1;
#endif

struct Pair {
  WorkerServer server{{}, worker()};
  WorkerConnection connection{server.address(), {}};
  template <class F>
  decltype(auto) call(F&& f) {
    return connection.call(std::forward<F>(f));
  }
};

}  // namespace

TEST(Transport, SizesAroundItsBuffers) {
  Pair pair;
  for (const std::size_t near : {std::size_t{0}, std::size_t{16384}, std::size_t{32768}, std::size_t{1} << 20})
    for (std::size_t size = near < 64 ? 0 : near - 64; size <= near + 64; ++size) {
      SCOPED_TRACE(size);
      const Blob blob = pair.call([&](WorkerClient& client) { return read(client, size); });
      ASSERT_EQ(blob.size(), size);
      ASSERT_TRUE(is_pattern(blob.data(), size));
      pair.call([&](WorkerClient& client) {
        client.upload({}, 0, static_cast<std::int64_t>(size), {pattern().data(), size, nullptr}, {});
      });
    }
}

TEST(Transport, FiftyMegabytesArriveEachWay) {
  Pair pair;
  constexpr std::size_t size = 50'000'000;
  const Blob blob = pair.call([&](WorkerClient& client) { return read(client, size); });
  EXPECT_EQ(blob.size(), size);
  EXPECT_TRUE(is_pattern(blob.data(), size));
  EXPECT_NO_THROW(pair.call([&](WorkerClient& client) {
    client.upload({}, 0, size, {pattern().data(), size, nullptr}, {});
  }));
}

TEST(Transport, BlobIsReceivedIntoPlace) {
  Pair pair;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16384}, std::size_t{5'000'000}}) {
    SCOPED_TRACE(size);
    std::vector<char> destination(size + 2, 'x');
    const auto before = chunkwise::pool_statistics();
    Blob blob = Blob::receive_into(destination.data() + 1, size);
    pair.call([&](WorkerClient& client) { read_into(client, blob, size); });
    const auto after = chunkwise::pool_statistics();
    EXPECT_EQ(after.fresh + after.reused, before.fresh + before.reused) << "memory was taken";
    EXPECT_EQ(reinterpret_cast<const char*>(blob.data()), destination.data() + 1);
    EXPECT_TRUE(is_pattern(destination.data() + 1, size));
    EXPECT_EQ(destination.front(), 'x');
    EXPECT_EQ(destination.back(), 'x');
  }
}

TEST(Transport, BlobOfAnotherSizeIsNotWritten) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{99}, std::size_t{101}, std::size_t{1'000'000}}) {
    SCOPED_TRACE(size);
    Pair pair;
    std::vector<char> destination(100, 'x');
    const Caught caught = error_of([&] {
      pair.call([&](WorkerClient& client) {
        Blob blob = Blob::receive_into(destination.data(), destination.size());
        read_into(client, blob, size);
      });
    });
    EXPECT_EQ(caught.code, ErrorCode::io);
    EXPECT_TRUE(caught.says(pair.server.address())) << caught.message;
    EXPECT_TRUE(caught.says("100 were asked for")) << caught.message;
    EXPECT_EQ(destination, std::vector<char>(100, 'x'));
    EXPECT_FALSE(pair.connection.usable());
  }
}

TEST(Transport, TooLargeAMessageIsRefusedBeforeItIsSent) {
  Pair pair;
  const std::vector<char> much((std::size_t{64} << 20) + 1);
  const Caught caught = error_of([&] {
    pair.call([&](WorkerClient& client) { client.upload({}, 0, 0, {much.data(), much.size(), nullptr}, {}); });
  });
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says("67108864")) << caught.message;
}

TEST(Transport, TooLargeAnAnswerTakesNoMemory) {
  WorkerServer server({}, worker());
  wire::ClientOptions options;
  options.max_message_bytes = 1 << 20;
  WorkerConnection connection(server.address(), options);
  const auto before = chunkwise::pool_statistics();
  const Caught caught = error_of([&] { connection.call([](WorkerClient& client) { read(client, 1 << 21); }); });
  EXPECT_TRUE(caught.says("larger than is accepted")) << caught.message;
  const auto after = chunkwise::pool_statistics();
  EXPECT_EQ(after.fresh + after.reused, before.fresh + before.reused);
}

// Plain Thrift ends a connection after 100 MiB of input: it never resets its count.
TEST(Transport, ConnectionSurvivesAnyNumberOfCalls) {
  const int calls = 500'000 / scale;
  constexpr std::size_t size = 1200;
  Pair pair;
  pair.call([&](WorkerClient& client) {
    for (int i = 0; i < calls; i += 2) {
      ASSERT_EQ(read(client, size).size(), size) << i;
      client.upload({}, 0, size, {pattern().data(), size, nullptr}, {});
    }
  });
}

TEST(Transport, ConnectionSurvivesAGigabyteEachWay) {
  Pair pair;
  constexpr std::size_t size = 8'000'000;
  std::vector<char> destination(size);
  for (int i = 0; i < 125 / scale; ++i) {
    SCOPED_TRACE(i);
    Blob blob = Blob::receive_into(destination.data(), size);
    pair.call([&](WorkerClient& client) {
      read_into(client, blob, size);
      client.upload({}, 0, size, {pattern().data(), size, nullptr}, {});
    });
  }
  EXPECT_TRUE(is_pattern(destination.data(), size));
}

TEST(Blob, SharesItsBytes) {
  const auto memory = std::make_shared<std::string>("some bytes");
  Blob view(memory->data(), memory->size(), memory);
  EXPECT_EQ(memory.use_count(), 2);
  const Blob copy = view;
  EXPECT_EQ(copy.data(), view.data());
  view = Blob();
  EXPECT_EQ(copy.text(), "some bytes");
  EXPECT_EQ(Blob::copy_of("some bytes"), copy);
  EXPECT_NE(Blob::copy_of("some bytes").data(), copy.data());
}

TEST(Endpoint, ReadsAddresses) {
  EXPECT_EQ(wire::parse_endpoint("host.example:8786").to_string(), "host.example:8786");
  EXPECT_EQ(wire::parse_endpoint("[::1]:0").host, "::1");
  EXPECT_EQ(wire::parse_endpoint("[::1]:65535").to_string(), "[::1]:65535");
  for (const char* text : {"", "host", ":1", "host:", "host:65536", "host:1x", "host:-1", "::1:80", "[]:1"}) {
    const Caught caught = error_of([&] { (void)wire::parse_endpoint(text); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << text;
    EXPECT_TRUE(caught.says("HOST:PORT"));
  }
}
