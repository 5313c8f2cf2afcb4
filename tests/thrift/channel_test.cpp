// Somebody between a client and a server, who has a certificate of the cluster but not its secret, and a client without
// a certificate: neither gets in.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/worker_server.hpp"

using namespace chunkwise_test;
using chunkwise::Security;

namespace {

/// A cluster's authority, and certificates that it signed for a server, a client, and somebody in between.
class Channel : public testing::Test {
 protected:
  Channel() {
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority "
        "-keyout authority.key -out authority.pem");
    for (const std::string& name : {std::string("server"), std::string("client"), std::string("between")}) {
      std::ofstream(folder / (name + ".ext")) << "subjectAltName=IP:127.0.0.1\n";
      openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + name +
              ".key -out " + name + ".csr");
      openssl("x509 -req -in " + name +
              ".csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile " + name + ".ext -out " +
              name + ".pem");
    }
    std::ofstream(folder / "secret") << "open sesame";
    std::filesystem::permissions(folder / "secret", std::filesystem::perms::owner_read);
  }
  void openssl(const std::string& command) const {
    const std::string quiet = "cd " + (folder / "") + " && openssl " + command + " >log 2>&1";
    if (std::system(quiet.c_str()) != 0) throw std::runtime_error(command + ": " + text_of_file(folder / "log"));
  }
  [[nodiscard]] Security security(const std::string& name, bool with_secret) const {
    Security result;
    result.certificate = folder / (name + ".pem");
    result.key = folder / (name + ".key");
    result.authority = folder / "authority.pem";
    if (with_secret) result.secret_file = folder / "secret";
    return result;
  }
  static wire::ServerOptions serving(const Security& security) {
    wire::ServerOptions options;
    options.security = security;
    return options;
  }
  /// Connects to an address and makes a call.
  static void use(const std::string& address, const Security& security) {
    wire::ClientOptions options;
    options.security = security;
    options.deadlines.connect = options.deadlines.receive = std::chrono::seconds(10);
    WorkerConnection connection(address, options);
    connection.call([](WorkerClient& client) { EXPECT_EQ(finished(client, 7), "7"); });
  }

  TemporaryFolder folder;
};

/// Makes TLS with a client as if it were the server, and with the server as if it were a client, and passes on all that
/// either says.
class Between {
 public:
  Between(const std::string& server, const Security& security)
      : credentials_(security), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    auto* const name = reinterpret_cast<sockaddr*>(&own);
    if (::bind(listener_, name, size) != 0 || ::listen(listener_, 4) != 0 || ::getsockname(listener_, name, &size) != 0)
      throw std::runtime_error("cannot listen");
    address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    thread_ = std::thread([this, server] {
      try {
        wire::Socket client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), credentials_.tls.get());
        wire::Socket to_server(wire::parse_endpoint(server), {}, credentials_.tls.get());
        for (wire::Socket* side : {&client, &to_server})
          side->set_deadlines(std::chrono::seconds(5), std::chrono::milliseconds(10));
        while (!over_ && pass(client, to_server) && pass(to_server, client)) {
        }
      } catch (const chunkwise::Error&) {
        // One of them has gone.
      }
    });
  }
  ~Between() {
    over_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Between(const Between&) = delete;
  Between& operator=(const Between&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::size_t passed() const { return passed_; }

 private:
  /// Passes on what one side has said; false where it has ended.
  bool pass(wire::Socket& from, wire::Socket& to) {
    std::array<char, 65536> bytes;
    std::size_t got = 0;
    try {
      got = from.receive(bytes.data(), bytes.size(), false);
    } catch (const chunkwise::Error& error) {
      return std::string(error.what()).find("silent") != std::string::npos;
    }
    if (got == 0) return false;
    passed_ += got;
    iovec part{bytes.data(), got};
    to.send(&part, 1, false);
    return true;
  }

  wire::Credentials credentials_;
  int listener_;
  std::string address_;
  std::atomic<std::size_t> passed_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

TEST_F(Channel, ProofOfTheSecretIsWorthNothingOnAnotherConnection) {
  const WorkerServer server(serving(security("server", true)), worker());
  EXPECT_NO_THROW(use(server.address(), security("client", true)));
  const Between between(server.address(), security("between", false));
  const Caught caught = error_of([&] { use(between.address(), security("client", true)); });
  EXPECT_TRUE(caught.says("another secret")) << caught.message;
  EXPECT_GT(between.passed(), 100U) << "both sides spoke";
}

TEST_F(Channel, SomebodyBetweenIsNotNoticedWhereThereIsNoSecret) {
  // Which shows that it is the secret that the one in the test before fails for.
  const WorkerServer server(serving(security("server", false)), worker());
  const Between between(server.address(), security("between", false));
  EXPECT_NO_THROW(use(between.address(), security("client", false)));
}

TEST_F(Channel, AClientWithoutACertificateIsRefused) {
  const WorkerServer server(serving(security("server", false)), worker());
  const auto said = [&](const std::string& certificate) {
    const std::string command = "cd " + (folder / "") + " && sleep 1 | timeout 5 openssl s_client -connect " +
                                server.address() + " -CAfile authority.pem -verify_return_error" + certificate +
                                " >said 2>&1";
    (void)!std::system(command.c_str());
    return text_of_file(folder / "said");
  };
  const std::string without = said("");
  EXPECT_NE(without.find("Verify return code: 0 (ok)"), std::string::npos) << without;
  EXPECT_NE(without.find("certificate required"), std::string::npos) << without;
  const std::string with = said(" -cert client.pem -key client.key");
  EXPECT_NE(with.find("Verify return code: 0 (ok)"), std::string::npos) << with;
  EXPECT_EQ(with.find("certificate required"), std::string::npos) << with;
}
