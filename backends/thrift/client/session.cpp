#include "backends/thrift/client/session.hpp"

#include "backends/thrift/plan/wire_types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// How often a client says that it is there.
constexpr std::chrono::milliseconds heartbeat{1000};

wire::ClientOptions client_options(const Security& security) {
  wire::ClientOptions options;
  options.security = security;
  options.deadlines.connect = std::chrono::milliseconds(5000);
  // Calls that wait do so for less; a worker that gives nothing for so long is as good as gone.
  options.deadlines.send = options.deadlines.receive = std::chrono::milliseconds(20000);
  return options;
}

}  // namespace

Session::Session(std::string uri, std::string address, const Security& security)
    : uri_(std::move(uri)),
      address_(std::move(address)),
      options_(client_options(security)),
      coordinators_(options_),
      workers_(options_) {
  try {
    alive_ = std::make_unique<wire::Connection<wire::CoordinatorService>>(address_, options_);
  } catch (const wire::PeerLost& error) {
    throw Error(ErrorCode::io, uri_ + ": " + error.what() +
                                   "; is the coordinator running there? (chunkwise coordinator --listen HOST:PORT)");
  }
  alive_->call([this](auto& client) { number_ = client.open_session(0); });
  heart_ = std::thread([this] { stay_alive(); });
}

Session::~Session() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  heart_.join();
}

ClientId Session::number() {
  const std::scoped_lock lock(mutex_);
  return number_;
}

bool Session::knows(ClientId id) {
  try {
    coordinators_.with(address_, [&](auto& client) { client.keep_alive(id, {}); });
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Session::reopen(ClientId lost) {
  const std::scoped_lock lock(mutex_);
  if (number_ != lost) return;
  auto connection = std::make_unique<wire::Connection<wire::CoordinatorService>>(address_, options_);
  connection->call([&](auto& client) { number_ = client.open_session(lost); });
  alive_ = std::move(connection);
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
  {
    const std::scoped_lock lock(mutex_);
    if (--held_[key] > 0) return;
    held_.erase(key);
    released_.push_back(key);
  }
  changed_.notify_all();
}

void Session::send_releases() {
  std::vector<wire::StepKey> gone;
  {
    const std::scoped_lock lock(mutex_);
    for (const StepKey& key : released_) gone.push_back(to_wire(key));
    released_.clear();
  }
  if (!gone.empty()) call([&](auto& client, ClientId id) { client.release(id, gone); });
}

void Session::stay_alive() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, heartbeat, [this] { return stopping_ || !released_.empty(); });
    const ClientId id = number_;
    std::vector<StepKey> released = std::exchange(released_, {});
    std::vector<wire::StepKey> arrays;
    for (const auto& [key, handles] : held_) arrays.push_back(to_wire(key));
    const bool last = stopping_;
    if (last && released.empty()) return;
    lock.unlock();
    try {
      if (!alive_) alive_ = std::make_unique<wire::Connection<wire::CoordinatorService>>(address_, options_);
      std::vector<wire::StepKey> gone;
      for (const StepKey& key : released) gone.push_back(to_wire(key));
      alive_->call([&](auto& client) {
        try {
          client.keep_alive(id, arrays);
        } catch (const wire::Failure&) {
          // A coordinator that was restarted: the same client, with the same arrays.
          client.open_session(id);
          client.keep_alive(id, arrays);
        }
        if (!gone.empty()) client.release(id, gone);
      });
      released.clear();
    } catch (const std::exception&) {
      // It is tried again: the coordinator may come back.
      alive_.reset();
    }
    lock.lock();
    if (stopping_) return;
    released_.insert(released_.end(), released.begin(), released.end());
    if (!released_.empty()) changed_.wait_for(lock, heartbeat, [this] { return stopping_; });
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
