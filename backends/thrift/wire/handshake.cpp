#include "backends/thrift/wire/handshake.hpp"

#include <utility>

#include "backends/thrift/wire/failure.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "runtime/core/version.hpp"

namespace chunkwise::wire {

namespace {

/// FNV-1a, byte by byte: the same on every machine.
class Hash {
 public:
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
  }
  void add(std::string_view text) {
    add(text.size());
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

/// Returns the secret that a caller of that role has to know.
const std::string& secret_of(const Credentials& credentials, Role::type role) {
  return role == Role::WORKER && !credentials.worker_secret.empty() ? credentials.worker_secret : credentials.secret;
}

std::string client_proof(const Credentials& credentials, Role::type role, const std::string& server_nonce,
                         const std::string& client_nonce, const std::string& channel) {
  if (credentials.secret.empty()) return {};
  return proof_of(secret_of(credentials, role),
                  {"chunkwise hello", role == Role::WORKER ? "worker" : "client", server_nonce, client_nonce, channel});
}

std::string server_proof(const Credentials& credentials, Role::type role, const std::string& client_nonce,
                         const std::string& server_nonce, const std::string& channel) {
  if (credentials.secret.empty()) return {};
  return proof_of(secret_of(credentials, role), {"chunkwise welcome", client_nonce, server_nonce, channel});
}

constexpr const char* give_secret = "give it the secret file of the cluster (--secret-file or CHUNKWISE_SECRET_FILE)";
constexpr const char* give_worker_secret =
    "give it the secret file of the workers (--worker-secret-file or CHUNKWISE_WORKER_SECRET_FILE)";

}  // namespace

std::uint64_t catalogue_fingerprint() {
  return *detail::made_once([] {
    Hash hash;
    for (const op::Description& operation : op::descriptions) {
      hash.add(static_cast<std::uint64_t>(operation.code));
      hash.add(operation.name);
      hash.add(static_cast<std::uint64_t>(operation.arity));
      hash.add(static_cast<std::uint64_t>(operation.signature));
    }
    const FoldDefinition definition;
    for (const std::uint64_t number : {definition.version, definition.lanes, definition.merge_group_size})
      hash.add(number);
    hash.add(aggregate::descriptions.size());  // how many: numbers are only ever appended
    hash.add(linewise::descriptions.size());
    return new const std::uint64_t(hash.value());
  });
}

std::string Greeting::challenge() { return nonce_ = random_nonce(); }

Welcome Greeting::hello(const Hello& hello) {
  const auto refuse = [&](ErrorCode code, const std::string& shortly, const std::string& why) {
    why_refused_ = shortly;
    return make_failure(code, why);
  };
  if (state_ != State::waiting || nonce_.empty())
    throw refuse(ErrorCode::invalid_argument, "hello without challenge", "hello comes once, after challenge");
  state_ = State::refused;
  const std::string server = "the " + std::string(service_);
  if (hello.protocol != g_chunkwise_constants.PROTOCOL_VERSION)
    throw refuse(ErrorCode::unsupported, "another version of chunkwise",
                 server + " speaks protocol " + std::to_string(g_chunkwise_constants.PROTOCOL_VERSION) +
                     " (chunkwise " + library_version() + "), this is " + std::to_string(hello.protocol) + " (" +
                     hello.version + "); use the same version on both sides");
  if (static_cast<std::uint64_t>(hello.catalogue) != catalogue_fingerprint())
    throw refuse(ErrorCode::unsupported, "another version of chunkwise",
                 server + " (chunkwise " + library_version() + ") has another catalogue of operations than this (" +
                     hello.version + "); use the same version on both sides");
  if (hello.role != Role::CLIENT && hello.role != Role::WORKER)
    throw refuse(ErrorCode::invalid_argument, "a role that there is not",
                 server + " knows no role " + std::to_string(hello.role));
  const std::string channel = socket_->channel_binding();
  if (!credentials_->secret.empty()) {
    const bool of_workers = hello.role == Role::WORKER && !credentials_->worker_secret.empty();
    const std::string give = std::string("; ") + (of_workers ? give_worker_secret : give_secret);
    const bool proven =
        equal_proofs(hello.proof, client_proof(*credentials_, hello.role, nonce_, hello.nonce, channel));
    if (hello.proof.empty())
      throw refuse(ErrorCode::invalid_argument, "no secret",
                   server + " wants the shared secret, which this has not" + give);
    if (!proven && hello.user_secret && !(credentials_->user_secret && !of_workers))
      throw refuse(ErrorCode::invalid_argument, "it was given no secret, and has that of its user alone",
                   server + " wants the shared secret, which this has not: it has that of its user alone" + give);
    if (!proven && hello.user_secret)
      throw refuse(ErrorCode::invalid_argument, "the secret of another user",
                   server +
                       " has the secret of the user who started it, and this that of another user; give both "
                       "the same secret file (--secret-file or CHUNKWISE_SECRET_FILE)");
    if (!proven)
      throw refuse(ErrorCode::invalid_argument, "another secret",
                   server + " has another secret " + (of_workers ? "for workers " : "") + "than this" + give);
  }
  if (!socket_->become(Standing::known))
    throw refuse(ErrorCode::io, "too late", server + " has waited for hello for too long; try again");
  Welcome welcome;
  welcome.version = library_version();
  welcome.proof = server_proof(*credentials_, hello.role, hello.nonce, nonce_, channel);
  welcome.server = *server_;
  role_ = hello.role;
  state_ = State::accepted;
  return welcome;
}

Hello make_hello(const Credentials& credentials, Role::type role, const std::string& server_nonce,
                 const std::string& channel) {
  Hello hello;
  hello.protocol = g_chunkwise_constants.PROTOCOL_VERSION;
  hello.catalogue = static_cast<std::int64_t>(catalogue_fingerprint());
  hello.version = library_version();
  hello.role = role;
  hello.nonce = random_nonce();
  hello.proof = client_proof(credentials, role, server_nonce, hello.nonce, channel);
  hello.__set_user_secret(credentials.user_secret);
  return hello;
}

Welcome greet(PeerClientT<Protocol>& client, Socket& socket, const Credentials& credentials, Role::type role) {
  std::string server_nonce;
  client.challenge(server_nonce);
  const std::string channel = socket.channel_binding();
  const Hello hello = make_hello(credentials, role, server_nonce, channel);
  Welcome welcome;
  client.hello(welcome, hello);
  if (!credentials.secret.empty() &&
      !equal_proofs(welcome.proof, server_proof(credentials, role, hello.nonce, server_nonce, channel)))
    throw Error(ErrorCode::invalid_argument,
                "the server at " + socket.peer() + " does not know the shared secret" +
                    (credentials.user_secret ? ", here that of this user (" + credentials.user_file + ")" : "") + "; " +
                    give_secret);
  return welcome;
}

}  // namespace chunkwise::wire
