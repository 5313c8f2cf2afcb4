#pragma once
/// Serves one of the protocol's services (services.hpp) to many connections, a thread and a handler each.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "backends/thrift/wire/failure.hpp"
#include "backends/thrift/wire/handshake.hpp"
#include "backends/thrift/wire/refusals.hpp"
#include "backends/thrift/wire/services.hpp"

namespace chunkwise::wire {

/// The options with which a server listens.
struct ServerOptions {
  std::string listen = "127.0.0.1:0";  ///< HOST:PORT; port 0: the system chooses
  Security security;                   ///< without a secret, only loopback addresses are listened on
  std::string worker_secret_file;      ///< CredentialFiles::worker_secret_file
  bool user_secret = false;            ///< CredentialFiles::user_secret; it does not count beyond loopback
  bool takes_environment = true;       ///< credentials that are left out are taken from the environment
  int max_connections = 1000;          ///< of clients that were let in; more are refused
  int max_strangers = 256;             ///< of clients that have not said hello yet; for more, the oldest have to go
  std::uint32_t max_message_bytes = max_message;
  std::chrono::milliseconds greeting{10000};  ///< for TLS and the handshake, from the first byte to the last
  std::chrono::milliseconds send{60000};      ///< without the client taking a byte of an answer
  Refusals::Log log;                          ///< told of callers that were refused
};

/// The handler of one connection: derive from it and implement the service. challenge() and hello() are done here, and
/// no other call arrives before the client was accepted. Any exception of a call reaches the client as a Failure. Calls
/// of one connection come one after the other, in one thread.
template <class Service>
class ConnectionHandler : public Service::Interface {
 public:
  void challenge(std::string& nonce) final { nonce = greeting_->challenge(); }
  void hello(Welcome& welcome, const Hello& hello) final { welcome = greeting_->hello(hello); }
  /// Called when the answer to a call has been sent, or failed to be.
  virtual void answered() noexcept {}

 protected:
  /// The role that the client claims, and the address that it calls from.
  [[nodiscard]] Role::type role() const { return greeting_->role(); }
  [[nodiscard]] const std::string& peer() const { return greeting_->peer(); }
  /// Returns HOST:PORT at which the client has reached this server.
  [[nodiscard]] std::string reached_at() const { return greeting_->socket().local().to_string(); }
  /// Throw denied if the other role calls.
  void require_worker() const { require(Role::WORKER, "only a worker may call this; this connection is a client's"); }
  void require_client() const { require(Role::CLIENT, "only a client may call this; this connection is a worker's"); }

 private:
  void require(Role::type wanted, const char* otherwise) const {
    if (role() != wanted) throw Error(ErrorCode::denied, otherwise);
  }
  template <class>
  friend class Dispatcher;
  std::optional<Greeting> greeting_;
};

/// Answers any call with a failure: in every method of the protocol the failure is field 1 of the answer.
void write_failure(Protocol& out, const std::string& method, std::int32_t sequence, const Failure& failure);

/// Waits for the client's first byte. Returns false if the connection is over: it has ended, or one side speaks TLS and
/// the other does not, which both are told.
[[nodiscard]] bool agree_on_tls(Refusals& refusals, const std::shared_ptr<Socket>& socket, const std::string& service);

/// The stage of a call. An exception is answered while the call is handled; it ends the connection while bytes of the
/// message are still to be read, or after bytes of the answer were written.
class CallStage : public apache::thrift::TProcessorEventHandler {
 public:
  bool handling = false;
  void preRead(void*, const char*) override { handling = false; }
  void postRead(void*, const char*, std::uint32_t) override { handling = true; }
  void preWrite(void*, const char*) override { handling = false; }
  /// Generated code would answer with the text alone: the exception goes on to Dispatcher.
  void handlerError(void*, const char*) override { throw; }
};

/// The processor of one connection: refuses calls before hello, and answers exceptions.
template <class Service>
class Dispatcher : private Service::Processor {
 public:
  using Handler = ConnectionHandler<Service>;
  /// `server` is Welcome.server.
  Dispatcher(const std::shared_ptr<Handler>& handler, const Credentials& credentials, const std::string& server,
             Socket& socket)
      : Service::Processor(handler), handler_(handler.get()), stage_(std::make_shared<CallStage>()) {
    handler_->greeting_.emplace(credentials, Service::name, server, socket);
    this->setEventHandler(stage_);
  }
  /// Reads a call and answers it, unless it wants no answer. Returns false if the connection is to end. Throws if it is
  /// broken.
  bool answer(Protocol& protocol) {
    std::string method;
    apache::thrift::protocol::TMessageType type;
    std::int32_t sequence = 0;
    protocol.readMessageBegin(method, type, sequence);
    wants_answer_ = type == apache::thrift::protocol::T_CALL;
    return (wants_answer_ || type == apache::thrift::protocol::T_ONEWAY) &&
           dispatchCallTemplated(&protocol, &protocol, method, sequence, nullptr) && !greeting().refused();
  }
  [[nodiscard]] const Greeting& greeting() const { return *handler_->greeting_; }

 private:
  bool dispatchCallTemplated(Protocol* in, Protocol* out, const std::string& method, std::int32_t sequence,
                             void* context) override {
    try {
      if (!greeting().accepted() && method != "challenge" && method != "hello") {
        in->skip(apache::thrift::protocol::T_STRUCT);
        in->readMessageEnd();
        in->transport().readEnd();
        stage_->handling = true;
        throw Error(ErrorCode::invalid_argument,
                    std::string("the ") + Service::name + " answers no '" + method + "' before hello");
      }
      stage_->handling = false;
      return Service::Processor::dispatchCallTemplated(in, out, method, sequence, context);
    } catch (...) {
      if (!stage_->handling) throw;
      if (wants_answer_) write_failure(*out, method, sequence, current_failure());
      return true;
    }
  }

  Handler* handler_;
  std::shared_ptr<CallStage> stage_;
  bool wants_answer_ = true;
};

/// The part of a server that knows no service: the listening socket, the threads and their end.
class Listener {
 public:
  using Serve = std::function<void(const std::shared_ptr<Socket>&)>;
  /// Listens, and calls `serve` in a thread of its own for each connection. Throws Error if it cannot listen, or should
  /// not.
  Listener(const ServerOptions& options, const Credentials& credentials, const char* service,
           std::shared_ptr<Refusals> refusals, Serve serve);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  /// Returns the address that the endpoint's host was taken for.
  [[nodiscard]] const std::string& bound_host() const { return bound_host_; }
  bool stop(std::chrono::milliseconds grace);

 private:
  struct State;
  Endpoint endpoint_;
  std::string bound_host_;
  std::shared_ptr<State> state_;
  std::thread acceptor_;
};

/// A server of a service.
template <class Service>
class Server {
 public:
  using Handler = ConnectionHandler<Service>;
  /// Makes the handler of a new connection.
  using Factory = std::function<std::shared_ptr<Handler>()>;
  /// Called when a connection has ended, by its thread, with the handler; also if the client was never let in.
  using Ended = std::function<void(Handler&)>;

  /// Listens from now on. Throws Error if it cannot, or must not: beyond loopback without a secret.
  Server(const ServerOptions& options, Factory factory, Ended ended = {})
      : shared_(std::make_shared<Shared>(Shared{options, credentials_of(options), random_nonce(),
                                                std::make_shared<Refusals>(options.log, Service::name),
                                                std::move(factory), std::move(ended)})),
        listener_(options, shared_->credentials, Service::name, shared_->refusals,
                  [shared = shared_](const std::shared_ptr<Socket>& socket) { serve(*shared, socket); }) {}

  [[nodiscard]] const Credentials& credentials() const { return shared_->credentials; }
  /// Returns Welcome.server: 32 random bytes that are this server's.
  [[nodiscard]] const std::string& identity() const { return shared_->identity; }
  [[nodiscard]] const Endpoint& endpoint() const { return listener_.endpoint(); }
  [[nodiscard]] const std::string& bound_host() const { return listener_.bound_host(); }
  /// Returns HOST:PORT, with the port that it has really got. HOST is as it was told.
  [[nodiscard]] std::string address() const { return listener_.endpoint().to_string(); }
  [[nodiscard]] std::uint16_t port() const { return listener_.endpoint().port; }
  /// Accepts no more, ends all connections and waits for their threads. The owner of a handler that waits for something
  /// has to wake it before. Returns false if a handler was still busy after `grace`; its thread goes on, with it, until
  /// it is done. The destructor stops too.
  bool stop(std::chrono::milliseconds grace = std::chrono::seconds(10)) { return listener_.stop(grace); }

 private:
  struct Shared {
    ServerOptions options;
    Credentials credentials;
    std::string identity;
    std::shared_ptr<Refusals> refusals;
    Factory factory;
    Ended ended;
  };

  static void serve(const Shared& shared, const std::shared_ptr<Socket>& socket) {
    if (!agree_on_tls(*shared.refusals, socket, Service::name)) return;
    const std::shared_ptr<Handler> handler = shared.factory();
    Dispatcher<Service> dispatcher(handler, shared.credentials, shared.identity, *socket);
    std::string nonsense;
    try {
      socket->set_deadlines(shared.options.send, {});  // a client without hello is dismissed by the listener
      const auto transport = std::make_shared<Transport>(socket, max_greeting);
      Protocol protocol(transport);
      for (int calls = 0; calls < 8 && !dispatcher.greeting().accepted(); ++calls)
        if (!transport->peek() || !dispatcher.answer(protocol)) break;
      if (dispatcher.greeting().accepted()) {
        socket->set_deadlines(shared.options.send, {});
        transport->budget().set_limit(shared.options.max_message_bytes);
        while (transport->peek() && dispatcher.answer(protocol)) handler->answered();
      }
    } catch (const TlsRefused& error) {
      nonsense = error.cause();
    } catch (const PeerLost&) {
      // The connection is broken: it ends.
    } catch (...) {
      nonsense = "what it says is no message of this protocol";  // it ends
    }
    if (!dispatcher.greeting().accepted()) {
      const std::string& why = dispatcher.greeting().refused() ? dispatcher.greeting().why_refused() : nonsense;
      if (!why.empty() && socket->become(Standing::dismissed)) shared.refusals->add(socket->peer_host(), why);
      socket->part();
    }
    socket->shut_down();
    handler->answered();
    if (shared.ended) shared.ended(*handler);
  }

  std::shared_ptr<Shared> shared_;
  Listener listener_;
};

}  // namespace chunkwise::wire
