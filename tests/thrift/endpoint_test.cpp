// Addresses: how they are written, and which of them others are told.
#include "backends/thrift/wire/endpoint.hpp"

#include <gtest/gtest.h>

#include "tests/caught.hpp"

namespace chunkwise::wire {
namespace {

using chunkwise_test::error_of;

TEST(AnEndpoint, IsWrittenAsItIsRead) {
  for (const char* text : {"127.0.0.1:8786", "node7:1", "[::1]:8786", "[fe80::1%eth0]:80", "[fd77::2]:65535"})
    EXPECT_EQ(parse_endpoint(text).to_string(), text);
  for (const char* text : {"node7", "::1:8786", "node7:65536", ":80", "[]:80", "node7:", "node7:8x", "[::1]", ""})
    EXPECT_TRUE(error_of([&] { (void)parse_endpoint(text); }).says("write HOST:PORT")) << text;
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
