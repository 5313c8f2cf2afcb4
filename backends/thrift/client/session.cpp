#include "backends/thrift/client/session.hpp"

#include "backends/thrift/wire/user_secret.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// How often a client says that it is there.
constexpr std::chrono::milliseconds heartbeat{1000};

wire::ClientOptions client_options(const Security& security) {
  wire::ClientOptions options;
  options.security = security;
  options.user_secret = true;
  options.deadlines.connect = std::chrono::milliseconds(5000);
  // Calls that wait do so for less than this.
  options.deadlines.send = options.deadlines.receive = std::chrono::milliseconds(20000);
  return options;
}

wire::ClientOptions worker_options(wire::ClientOptions options) {
  options.deadlines.receive = longest_silence;
  return options;
}

}  // namespace

Session::Session(std::string uri, std::string address, const Security& security)
    : uri_(std::move(uri)),
      address_(std::move(address)),
      forks_(fork_count()),
      options_(client_options(security)),
      coordinators_(options_),
      workers_(worker_options(options_)) {
  try {
    alive_ =
        std::make_unique<wire::Connection<wire::CoordinatorService>>(address_, coordinators_.credentials(), options_);
  } catch (const wire::TlsRefused& error) {
    throw Error(ErrorCode::io, uri_ + ": " + error.what());
  } catch (const wire::PeerLost& error) {
    throw Error(ErrorCode::io, uri_ + ": " + error.what() + " (chunkwise coordinator --listen HOST:PORT)");
  }
  owner_ = wire::owner_token();
  local_host_ = alive_->local_host();
  alive_->call([this](auto& client) { client.open_session(token_, {}, owner_); });
  heart_ = start_thread("a connection to " + uri_, [this] { stay_alive(); });
}

void Session::require_own_process() const {
  if (forks_ != fork_count())
    throw Error(ErrorCode::unsupported, uri_ +
                                            ": this connection was made before fork() and is the parent process's; "
                                            "connect again in this one");
}

void Session::end(const Session* session) {
  if (session->forks_ == fork_count()) delete session;
}

Session::~Session() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  heart_.join();
}

bool Session::knows() {
  try {
    coordinators_.with(address_, [&](auto& client) { client.keep_alive(token_, {}); });
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Session::reopen() {
  SessionToken same;
  coordinators_.with(address_, [&](auto& client) { client.open_session(same, token_, owner_); });
}

void Session::blame_network(const Unreachable& error) {
  workers_.blame_network(error, "this program at " + local_host_,
                         [this](wire::WorkerContact& contact, WorkerId worker) {
                           coordinators_.with(address_, [&](auto& client) { client.reach_worker(contact, worker); });
                         });
}

std::shared_ptr<const StepKey> Session::hold(StepKey key) {
  {
    const std::scoped_lock lock(mutex_);
    ++held_[key];
  }
  return {new StepKey(key), [self = shared_from_this()](const StepKey* held) {
            self->release(*held);
            delete held;
          }};
}

void Session::release(StepKey key) noexcept {
  if (forks_ != fork_count()) return;  // the parent still has its own handle
  {
    const std::scoped_lock lock(mutex_);
    if (--held_[key] > 0) return;
    held_.erase(key);
    released_.push_back(key);
  }
  changed_.notify_all();
}

void Session::send_releases() {
  // One at a time: for a second caller, all that was released before has been told.
  const std::scoped_lock one_at_a_time(releasing_);
  std::vector<StepKey> released;
  {
    const std::scoped_lock lock(mutex_);
    released.swap(released_);
  }
  if (released.empty()) return;
  std::vector<wire::StepKey> gone;
  for (const StepKey& key : released) gone.push_back(to_wire(key));
  try {
    call([&](auto& client, const SessionToken& id) { client.release(id, gone); });
  } catch (const std::exception&) {
    // The coordinator is away: told when it is back.
    const std::scoped_lock lock(mutex_);
    released_.insert(released_.end(), released.begin(), released.end());
  }
}

void Session::stay_alive() {
  std::unique_lock lock(mutex_);
  for (bool away = false;;) {
    changed_.wait_for(lock, heartbeat, [&] { return stopping_ || (!away && !released_.empty()); });
    const bool last = stopping_;
    std::vector<wire::StepKey> arrays;
    for (const auto& [key, handles] : held_) arrays.push_back(to_wire(key));
    lock.unlock();
    send_releases();
    if (last) return;
    try {
      if (!alive_) {
        alive_ = std::make_unique<wire::Connection<wire::CoordinatorService>>(address_, coordinators_.credentials(),
                                                                              options_);
        SessionToken same;
        alive_->call([&](auto& client) { client.open_session(same, token_, owner_); });  // its end tells of ours
      }
      alive_->call([&](auto& client) {
        try {
          client.keep_alive(token_, arrays);
        } catch (const wire::Failure&) {
          // A coordinator that was restarted: the same client, with the same arrays.
          SessionToken same;
          client.open_session(same, token_, owner_);
          client.keep_alive(token_, arrays);
        }
      });
      away = false;
    } catch (const std::exception&) {
      away = true;  // tried again: the coordinator may come back
      alive_.reset();
    }
    lock.lock();
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
