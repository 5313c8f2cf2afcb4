// Addresses: how they are written, and which of them others are told.
#include "backends/thrift/wire/endpoint.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace chunkwise::wire {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;

TEST(AnEndpoint, IsWrittenAsItIsRead) {
  for (const char* text : {"127.0.0.1:8786", "node7:1", "[::1]:8786", "[fe80::1%eth0]:80", "[fd77::2]:65535"})
    EXPECT_EQ(parse_endpoint(text).to_string(), text);
  for (const char* text :
       {"node7", "::1:8786", "node7:65536", ":80", "[]:80", "node7:", "node7:8x", "[::1]", "/node7:1", ""})
    EXPECT_TRUE(error_of([&] { (void)parse_endpoint(text); }).says("write HOST:PORT")) << text;
}

TEST(AnEndpoint, ToConnectToHasAPort) {
  EXPECT_EQ(parse_peer("node7:1").port, 1);
  EXPECT_TRUE(error_of([] { (void)parse_peer("node7:0"); }).says("'node7:0' has port 0"));
}

TEST(ACoordinator, IsNamedByItsAddressOrItsFile) {
  const TemporaryFolder folder;
  const std::string file = folder / "address";
  const auto address = [](const std::string& given) { return address_of(coordinator_name(given)); };
  EXPECT_EQ(address("node7:8786"), "node7:8786");
  EXPECT_EQ(address("thrift://node7:8786"), "node7:8786");
  EXPECT_EQ(address("[::1]:8786"), "[::1]:8786");
  const CoordinatorName waited_for = coordinator_name(file);
  EXPECT_EQ(error_of([&] { (void)address_of(waited_for); }).code, ErrorCode::not_found);
  std::ofstream(file) << "\n";
  EXPECT_EQ(error_of([&] { (void)address_of(waited_for); }).code, ErrorCode::not_found);
  std::ofstream(file) << "node7:8786\n\n";
  EXPECT_EQ(address_of(waited_for), "node7:8786");
  EXPECT_EQ(address(file), "node7:8786");
  EXPECT_EQ(address("thrift://" + file), "node7:8786");
}

TEST(ACoordinator, ThatIsNamedByHalfAnAddressIsAnError) {
  for (const char* half : {"node7:", ":8786", "node7:0", "node7:x", "thrift://", "thrift://node7", "thrift://node7:0",
                           "thrift://node7:1/", "thrift:node7:1", ""}) {
    const Caught caught = error_of([&] { (void)coordinator_name(half); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << half;
  }
  for (const char* half : {"thrift:", "thrift:/", "thrift://", "thrift:///", "thrift://node7",
                           "thrift://node7:", "thrift://:8786", "thrift://node7:0", "thrift://node7:70000",
                           "thrift://node7:1/x", "thrift:node7:1", "thrift:////node7:1", "thrift"}) {
    const Caught caught = error_of([&] { (void)connect(half); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << half;
    EXPECT_TRUE((caught.says("'" + std::string(half) + "' names no coordinator") && caught.says("HOST:PORT")) ||
                caught.says("has port 0") || caught.says("is a folder"))
        << caught.message;
  }
}

TEST(ACoordinator, WhoseFileIsNoneIsAnErrorAndIsNotWaitedFor) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::ofstream(folder / "huge") << "node7:8786";
  std::filesystem::resize_file(folder / "huge", std::uintmax_t{1} << 30);
  std::ofstream(folder / "words") << "no address";
  const std::vector<std::pair<std::string, std::string>> named{{folder / "fifo", "is a FIFO"},
                                                               {folder / "", "is a folder"},
                                                               {"/dev/zero", "is a device"},
                                                               {folder / "huge", "16384"},
                                                               {folder / "words", "'no' is not an address"}};
  for (const auto& [file, why] : named) {
    WorkerOptions worker;
    worker.coordinator = file;
    for (const Caught& caught :
         {error_of([&] { (void)coordinator_name(file); }), error_of([&] { (void)cluster_status(file); }),
          error_of([&] { Worker never(worker); })}) {
      EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << file;
      EXPECT_TRUE(caught.says(why)) << caught.message;
    }
  }
  CoordinatorOptions coordinator;
  coordinator.listen = "127.0.0.1:0";
  for (const std::string& file : {folder / "fifo", std::string("/dev/zero"), folder / ""}) {
    coordinator.address_file = file;
    EXPECT_EQ(error_of([&] { Coordinator never(coordinator); }).code, ErrorCode::invalid_argument) << file;
  }
}

TEST(ACluster, IsNotFoundByANullPointer) {
  const char* const none = nullptr;
  const UntypedArray array = full<1>({3}, 1.0).handle();
  for (const Caught& caught :
       {error_of([&] { (void)cluster_status(none); }), error_of([&] { publish(connect("local"), none, array); }),
        error_of([&] { unpublish(connect("local"), none); }),
        error_of([&] { (void)open_published(connect("local"), none); }),
        error_of([&] { (void)open_published<double, 1>(connect("local"), none); })}) {
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
    EXPECT_TRUE(caught.says("null pointer")) << caught.message;
  }
}

TEST(AWildcard, IsAnAddressOfNoMachine) {
  for (const char* host : {"0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"})
    EXPECT_TRUE(is_wildcard(host)) << host;
  for (const char* host : {"127.0.0.1", "::1", "10.0.0.0", "node7", "localhost", ""})
    EXPECT_FALSE(is_wildcard(host)) << host;
}

TEST(Loopback, IsWhatOnlyThisMachineReaches) {
  for (const char* host : {"127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"}) EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"128.0.0.1", "10.0.0.1", "::2", "::ffff:10.0.0.1", "0.0.0.0"})
    EXPECT_FALSE(is_loopback(host)) << host;
  for (const char* host : {"127.0.0.1", "::1", "localhost"}) EXPECT_TRUE(is_only_here(host)) << host;
  for (const char* host : {"10.0.0.1", "node7"}) EXPECT_FALSE(is_only_here(host)) << host;
}

TEST(WhatOthersAreTold, IsNeverAWildcard) {
  const auto told = [](const Endpoint& listening, const std::string& advertise) {
    return advertised(listening, advertise, "10.0.0.7").to_string();
  };
  EXPECT_EQ(told({"10.0.0.9", 80}, ""), "10.0.0.9:80");
  EXPECT_EQ(told({"0.0.0.0", 80}, ""), "10.0.0.7:80");
  EXPECT_EQ(told({"::", 80}, ""), "10.0.0.7:80");
  EXPECT_EQ(told({"0.0.0.0", 80}, "node7:90"), "node7:90");
  EXPECT_EQ(told({"0.0.0.0", 80}, "node7:0"), "node7:80");
  EXPECT_EQ(advertised({"::", 80}, "", "fd77::2").to_string(), "[fd77::2]:80");
  for (const char* none : {"0.0.0.0:80", "[::]:80", "node7"})
    EXPECT_EQ(error_of([&] { (void)told({"0.0.0.0", 80}, none); }).code, ErrorCode::invalid_argument);
}

TEST(ThisMachine, HasAnAddressThatIsNoWildcard) {
  EXPECT_FALSE(own_host().empty());
  EXPECT_FALSE(is_wildcard(own_host()));
}

}  // namespace
}  // namespace chunkwise::wire
