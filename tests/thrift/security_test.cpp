// Nobody in who does not belong: secrets, certificates, versions, and where servers listen.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/core/version.hpp"
#include "tests/caught.hpp"
#include "tests/thrift/lines.hpp"
#include "tests/thrift/worker_server.hpp"

using namespace chunkwise_test;
using chunkwise::ErrorCode;
using chunkwise::Security;

namespace {

/// A folder with what this test needs, gone afterwards.
class Folder : public ::testing::Test {
 protected:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "chunkwise_security_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() override { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(file(name)) << text;
    ::chmod(file(name).c_str(), mode);
    return file(name);
  }
  /// What has a name and is no file that could be read whole, with what is said of it.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> no_small_files() const {
    ::mkfifo(file("fifo").c_str(), 0600);
    std::filesystem::create_directories(file("folder"));
    std::filesystem::resize_file(write("huge", "s"), std::uintmax_t{1} << 30);
    return {{file("fifo"), "is a FIFO"},
            {file("folder"), "is a folder"},
            {"/dev/zero", "is a device"},
            {file("huge"), "has more than the"},
            {write("longer", std::string(65537, 's')), "65536"}};
  }
  Security secret(const std::string& text) const {
    Security security;
    security.secret_file = write("secret-" + text, text);
    return security;
  }

 private:
  std::filesystem::path path_;
};

/// With an authority of its own, that signs certificates for 127.0.0.1.
class Certificates : public Folder {
 protected:
  Certificates() {
    make_authority("authority");
    make_certificate("authority", "server", "IP:127.0.0.1,DNS:localhost");
    make_certificate("authority", "client", "DNS:client.example");
  }
  void run(const std::string& command) const {
    const std::string quiet = "cd " + file("") + " && openssl " + command + " >log 2>&1";
    if (std::system(quiet.c_str()) != 0) {
      std::ifstream log(file("log"));
      throw std::runtime_error(command + ": " + std::string(std::istreambuf_iterator<char>(log), {}));
    }
  }
  void make_authority(const std::string& name) const {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".pem");
  }
  void make_certificate(const std::string& authority, const std::string& name, const std::string& names) const {
    write(name + ".ext", "subjectAltName=" + names + "\n");
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " +
        name + ".csr");
    run("x509 -req -in " + name + ".csr -CA " + authority + ".pem -CAkey " + authority +
        ".key -CAcreateserial -days 2 -extfile " + name + ".ext -out " + name + ".pem");
  }
  Security tls(const std::string& name, const std::string& authority = "authority") const {
    Security security;
    security.certificate = file(name + ".pem");
    security.key = file(name + ".key");
    security.authority = file(authority + ".pem");
    return security;
  }
};

wire::ServerOptions serving(const Security& security) {
  wire::ServerOptions options;
  options.security = security;
  return options;
}
wire::ClientOptions calling(const Security& security) {
  wire::ClientOptions options;
  options.security = security;
  options.deadlines.connect = std::chrono::seconds(5);
  return options;
}

/// Connects and makes a call.
void use(const WorkerServer& server, const Security& security) {
  WorkerConnection connection(server.address(), calling(security));
  connection.call([](WorkerClient& client) { EXPECT_EQ(finished(client, 7), "7"); });
}
Caught refusal(const WorkerServer& server, const Security& security) {
  return error_of([&] { use(server, security); });
}

/// A client that has not said hello.
struct Stranger {
  explicit Stranger(const WorkerServer& server)
      : socket(std::make_shared<wire::Socket>(wire::parse_endpoint(server.address()), wire::Deadlines{}, nullptr)),
        client(std::make_shared<wire::Protocol>(std::make_shared<wire::Transport>(socket))) {}
  /// What the server says to a hello that was changed.
  template <class Change>
  std::string hello(const wire::Credentials& credentials, Change&& change) {
    std::string nonce;
    client.challenge(nonce);
    wire::Hello hello = wire::make_hello(credentials, wire::Role::WORKER, nonce, "");
    change(hello);
    wire::Welcome welcome;
    return failure([&] { client.hello(welcome, hello); });
  }
  template <class F>
  static std::string failure(F&& f) {
    try {
      f();
    } catch (const wire::Failure& failure) {
      return failure.message;
    }
    return {};
  }

  std::shared_ptr<wire::Socket> socket;
  WorkerClient client;
};

}  // namespace

using Secret = Folder;

TEST_F(Secret, TheSameOnBothSides) {
  const WorkerServer server(serving(secret("open sesame")), worker());
  EXPECT_NO_THROW(use(server, secret("open sesame")));
  Security lines;
  lines.secret_file = write("lines", "\n open sesame\r\n");  // white space around it does not count
  EXPECT_NO_THROW(use(server, lines));
}

TEST_F(Secret, AnotherOrNoneIsRefused) {
  const WorkerServer server(serving(secret("open sesame")), worker());
  Caught caught = refusal(server, secret("open barley"));
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("another secret")) << caught.message;
  caught = refusal(server, {});
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("CHUNKWISE_SECRET_FILE")) << caught.message;
  EXPECT_NO_THROW(use(server, secret("open sesame")));
}

TEST_F(Secret, NoneGivenIsToldApartFromThatOfAnotherUser) {
  ::setenv("XDG_CONFIG_HOME", file("one").c_str(), 1);
  Lines lines;
  wire::ServerOptions with_file = serving(secret("open sesame")), with_user;
  with_user.user_secret = true;
  with_file.log = with_user.log = lines.log();
  wire::ClientOptions nothing;
  nothing.user_secret = true;
  const auto refused_by = [&](const WorkerServer& server) {
    return error_of([&] { const WorkerConnection never(server.address(), nothing); });
  };
  {
    const WorkerServer of_a_file(with_file, worker()), of_a_user(with_user, worker());
    ::setenv("XDG_CONFIG_HOME", file("another").c_str(), 1);
    Caught caught = refused_by(of_a_file);
    EXPECT_TRUE(caught.says("it has that of its user alone; give it the secret file of the cluster")) << caught.message;
    caught = refused_by(of_a_user);
    EXPECT_TRUE(caught.says("this that of another user; give both the same secret file")) << caught.message;
  }
  ::unsetenv("XDG_CONFIG_HOME");
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: it was given no secret, and has that of its user alone"), 1U);
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: the secret of another user"), 1U) << lines.text();
}

TEST_F(Secret, ServerHasToKnowItToo) {
  const WorkerServer server({}, worker());
  const Caught caught = refusal(server, secret("open sesame"));
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("does not know the shared secret")) << caught.message;
}

TEST_F(Secret, ComesFromTheEnvironment) {
  ::setenv("CHUNKWISE_SECRET_FILE", secret("open sesame").secret_file.c_str(), 1);
  const WorkerServer server({}, worker());
  EXPECT_NO_THROW(use(server, {}));
  ::unsetenv("CHUNKWISE_SECRET_FILE");
  EXPECT_TRUE(refusal(server, {}).says("wants the shared secret"));
}

TEST_F(Secret, FileMustBePrivateAndHoldSomething) {
  const auto read = [&](const std::string& file) { return error_of([&] { (void)wire::read_secret(file); }); };
  EXPECT_TRUE(read(write("public", "s", 0644)).says("chmod 600"));
  EXPECT_TRUE(read(write("group", "s", 0640)).says("chmod 600"));
  EXPECT_TRUE(read(write("empty", " \n")).says("is empty"));
  EXPECT_EQ(read(file("nowhere")).code, ErrorCode::not_found);
  EXPECT_TRUE(read(file("nowhere")).says("nowhere"));
  EXPECT_EQ(wire::read_secret(write("good", "s\n", 0400)), "s");
}

TEST_F(Secret, WhatIsNoSmallFileIsAnErrorAndIsNotWaitedFor) {
  const auto why_not = [&](const std::string& file) {
    return chunkwise_test::what_of([&] { (void)wire::read_secret(file); }, ErrorCode::invalid_argument);
  };
  for (const auto& [name, why] : no_small_files())
    EXPECT_NE(why_not(name).find(why), std::string::npos) << why_not(name);
  EXPECT_EQ(wire::read_secret(write("long", std::string(65536, 's'))).size(), 65536U);
}

TEST_F(Secret, IsNeededBeyondLoopback) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    SCOPED_TRACE(address);
    wire::ServerOptions options;
    options.listen = address;
    const Caught caught = error_of([&] { WorkerServer server(options, worker()); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
    EXPECT_TRUE(caught.says("without a shared secret")) << caught.message;
  }
  for (const char* address : {"127.0.0.1:0", "127.1.2.3:0", "localhost:0"}) {
    SCOPED_TRACE(address);
    wire::ServerOptions options;
    options.listen = address;
    EXPECT_NO_THROW(WorkerServer(options, worker()));
  }
}

TEST_F(Secret, ProofsAreOfEachPart) {
  EXPECT_EQ(wire::proof_of("key", {"a", "bc"}), wire::proof_of("key", {"a", "bc"}));
  EXPECT_NE(wire::proof_of("key", {"a", "bc"}), wire::proof_of("key", {"ab", "c"}));
  EXPECT_NE(wire::proof_of("key", {"a", "bc"}), wire::proof_of("yek", {"a", "bc"}));
  EXPECT_FALSE(wire::equal_proofs("", "a"));
  EXPECT_NE(wire::random_nonce(), wire::random_nonce());
}

TEST_F(Secret, ProofOfAnotherConnectionIsWorthless) {
  const WorkerServer server(serving(secret("open sesame")), worker());
  const wire::Credentials credentials(secret("open sesame"));
  wire::Hello overheard;
  EXPECT_EQ(Stranger(server).hello(credentials, [&](wire::Hello& hello) { overheard = hello; }), "");
  const std::string said = Stranger(server).hello(credentials, [&](wire::Hello& hello) { hello = overheard; });
  EXPECT_NE(said.find("another secret"), std::string::npos) << said;
  const std::string promoted =
      Stranger(server).hello(credentials, [](wire::Hello& hello) { hello.role = wire::Role::CLIENT; });
  EXPECT_NE(promoted.find("another secret"), std::string::npos) << promoted;
}

TEST(Handshake, CallsBeforeHelloAreRefused) {
  const WorkerServer server({}, worker());
  Stranger stranger(server);
  const std::string said = Stranger::failure([&] { finished(stranger.client, 1); });
  EXPECT_EQ(said, "the worker answers no 'read_finished' before hello");
  std::string nonce;
  stranger.client.challenge(nonce);
  EXPECT_EQ(nonce.size(), 32u);
  EXPECT_NE(Stranger::failure([&] { stranger.client.upload({}, 0, 0, {}, {}); }), "");
}

TEST(Handshake, TellsProtocolsApart) {
  const WorkerServer server({}, worker());
  Stranger stranger(server);
  EXPECT_EQ(stranger.hello({},
                           [](wire::Hello& hello) {
                             hello.protocol = 77;
                             hello.version = "7.7.0";
                           }),
            "the worker speaks protocol 3 (chunkwise " + chunkwise::library_version() +
                "), this is 77 (7.7.0); use the same version on both sides");
  // One try: the connection has ended.
  EXPECT_ANY_THROW(stranger.hello({}, [](wire::Hello&) {}));
}

TEST(Handshake, TellsCataloguesApart) {
  const WorkerServer server({}, worker());
  const std::string said = Stranger(server).hello({}, [](wire::Hello& hello) { hello.catalogue += 1; });
  EXPECT_NE(said.find("another catalogue of operations"), std::string::npos) << said;
}

TEST(Handshake, WantsAChallengeAndAKnownRole) {
  const WorkerServer server({}, worker());
  wire::Welcome welcome;
  EXPECT_EQ(Stranger::failure([&] { Stranger(server).client.hello(welcome, {}); }),
            "hello comes once, after challenge");
  EXPECT_NE(Stranger(server).hello({}, [](wire::Hello& hello) { hello.role = static_cast<wire::Role::type>(9); }), "");
}

TEST(Handshake, SilenceEndsTheConnection) {
  wire::ServerOptions options;
  options.greeting = std::chrono::milliseconds(50);
  const WorkerServer server(options, worker());
  Stranger stranger(server);
  char byte;
  EXPECT_EQ(stranger.socket->receive(&byte, 1, false), 0u);
}

TEST_F(Certificates, OfTheSameAuthority) {
  const WorkerServer server(serving(tls("server")), worker());
  EXPECT_NO_THROW(use(server, tls("client")));
  // Large messages go through TLS as well.
  WorkerConnection connection(server.address(), calling(tls("client")));
  constexpr std::size_t size = 3'000'000;
  connection.call([](WorkerClient& client) {
    EXPECT_TRUE(is_pattern(read(client, size).data(), size));
    client.upload({}, 0, size, {pattern().data(), size, nullptr}, {});
  });
  EXPECT_TRUE(connection.usable());
}

TEST_F(Certificates, TogetherWithTheSecret) {
  Security one = tls("server"), other = tls("client");
  one.secret_file = other.secret_file = secret("open sesame").secret_file;
  const WorkerServer server(serving(one), worker());
  EXPECT_NO_THROW(use(server, other));
  EXPECT_TRUE(refusal(server, tls("client")).says("wants the shared secret"));
}

TEST_F(Certificates, NoneOrOnesOfAnotherAuthorityAreRefused) {
  make_authority("stranger");
  make_certificate("stranger", "forged", "IP:127.0.0.1");
  const WorkerServer server(serving(tls("server")), worker());
  EXPECT_TRUE(refusal(server, {}).says("the worker speaks TLS; give --tls-certificate, --tls-key and --tls-authority"));
  EXPECT_TRUE(refusal(server, tls("forged")).says("unknown ca"))
      << refusal(server, tls("forged")).message;                                // the server refuses
  EXPECT_TRUE(refusal(server, tls("client", "stranger")).says("certificate"));  // the client refuses
  EXPECT_NO_THROW(use(server, tls("client")));
}

TEST_F(Certificates, ClientLooksForTheServersName) {
  const WorkerServer server(serving(tls("client")), worker());
  EXPECT_TRUE(refusal(server, tls("client")).says("mismatch"));
}

TEST_F(Certificates, ServerWithoutTls) {
  const WorkerServer server({}, worker());
  const Caught caught = refusal(server, tls("client"));
  EXPECT_TRUE(caught.says("cannot make TLS with 127.0.0.1") &&
              caught.says("it speaks no TLS; start it with --tls-cert"))
      << caught.message;
}

TEST_F(Certificates, ThatAreRefusedLeaveALineWithTheAddressAndWhatToDo) {
  make_authority("stranger");
  make_certificate("stranger", "forged", "IP:127.0.0.1");
  Lines lines;
  wire::ServerOptions options = serving(tls("server"));
  options.log = lines.log();
  const std::vector<std::pair<Security, std::string>> refused{
      {Security{}, "it speaks no TLS; give it --tls-certificate"},
      {tls("forged"), "its certificate: "},
      {tls("client", "stranger"), "it does not accept the certificate of this side"}};
  {
    const WorkerServer server(options, worker());
    for (const auto& [security, why] : refused)
      for (int times = 0; times < 20; ++times) (void)refusal(server, security);
  }
  for (const auto& [security, why] : refused) EXPECT_EQ(lines.with(why), 1U) << lines.text();
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: "), 3U) << lines.text();
}

TEST_F(Certificates, OfAClientAloneLeaveALineWithTheAddressAndWhatToDo) {
  Lines lines;
  wire::ServerOptions options;
  options.log = lines.log();
  {
    const WorkerServer server(options, worker());
    for (int times = 0; times < 20; ++times) (void)refusal(server, tls("client"));
    EXPECT_NO_THROW(use(server, {}));
  }
  EXPECT_EQ(lines.with("worker refused 127.0.0.1: it speaks TLS, which the worker does not; start the worker with "
                       "--tls-certificate"),
            1U)
      << lines.text();
}

TEST_F(Certificates, AreNotMissedWhereSomebodyOnlyLooksWhetherAServerIsThere) {
  Lines lines;
  wire::ServerOptions options = serving(tls("server"));
  options.log = lines.log();
  {
    const WorkerServer server(options, worker());
    for (int times = 0; times < 5; ++times)
      const wire::Socket looks(wire::parse_endpoint(server.address()), wire::Deadlines{}, nullptr);
    EXPECT_NO_THROW(use(server, tls("client")));
  }
  EXPECT_EQ(lines.text(), "");
}

TEST_F(Certificates, WhatIsNoSmallFileIsAnErrorAndIsNotWaitedFor) {
  for (std::string Security::*part : {&Security::certificate, &Security::key, &Security::authority})
    for (const auto& [name, why] : no_small_files()) {
      if (why == "65536") continue;
      Security security = tls("client");
      security.*part = name;
      const std::string said =
          chunkwise_test::what_of([&] { const wire::Credentials never(security); }, ErrorCode::invalid_argument);
      EXPECT_NE(said.find(name), std::string::npos) << said;
      EXPECT_NE(said.find(why), std::string::npos) << said;
    }
}

TEST_F(Certificates, AKeyWithAPassPhraseIsAnErrorAndAsksNobody) {
  run("pkey -in client.key -aes256 -passout pass:secret -out guarded.key");
  Security security = tls("client");
  security.key = file("guarded.key");
  const Caught caught = error_of([&] { const wire::Credentials never(security); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("guarded.key, which a pass phrase guards")) << caught.message;
}

TEST_F(Certificates, FilesAreChecked) {
  const auto load = [](const Security& security) {
    return error_of([&] { const wire::Credentials credentials(security); });
  };
  Security half = tls("client");
  half.key.clear();
  half.authority.clear();
  EXPECT_TRUE(load(half).says("a key and an authority")) << load(half).message;
  Security other = tls("client");
  other.key = file("server.key");
  EXPECT_EQ(load(other).code, ErrorCode::invalid_argument);
  EXPECT_TRUE(load(other).says("server.key")) << load(other).message;
  EXPECT_TRUE(load(tls("nobody")).says("nobody.pem"));
}
