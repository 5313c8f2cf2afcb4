#pragma once
/// A worker's service that answers with bytes that follow from what was asked, and clients of it.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/server.hpp"

namespace chunkwise_test {

namespace wire = chunkwise::wire;

/// What the service holds: byte i of any blob is i % 251.
inline const std::vector<char>& pattern() {
  static const std::vector<char> bytes = [] {
    std::vector<char> made(std::size_t{64} << 20);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>(i % 251);
    return made;
  }();
  return bytes;
}

inline bool is_pattern(const void* data, std::size_t size) {
  return size == 0 || std::memcmp(data, pattern().data(), size) == 0;
}

/// What happens when read_finished is called, for tests to choose.
using OnFinished = std::function<void(std::int64_t tile)>;

class WorkerHandler : public wire::ConnectionHandler<wire::WorkerService> {
 public:
  explicit WorkerHandler(OnFinished on_finished = {}) : on_finished_(std::move(on_finished)) {}
  /// count[0] bytes, as a view of memory.
  void read_chunks(wire::Blob& blob, const wire::StepKey&, const std::vector<std::int64_t>&,
                   const std::vector<std::int64_t>&, const std::vector<std::int64_t>& count) override {
    blob = {pattern().data(), static_cast<std::size_t>(count.at(0)), nullptr};
  }
  void read_states(wire::Blob& blob, const wire::StepKey&, std::int64_t, std::int64_t, std::int64_t length) override {
    blob = wire::Blob::copy_of(std::string(static_cast<std::size_t>(length), 's'));
  }
  void read_finished(wire::Blob& blob, const wire::StepKey&, std::int64_t tile) override {
    if (on_finished_) on_finished_(tile);
    blob = wire::Blob::copy_of(std::to_string(tile));
  }
  void read_log(std::string& out, std::int32_t) override { out = "a log\n"; }
  std::int64_t read_clock() override { return 7; }
  void read_trace(wire::Blob&, std::int64_t) override {}
  /// Fails unless the bytes are the pattern's, `offset` of them.
  void upload(const wire::StepKey&, std::int64_t, std::int64_t offset, const wire::Blob& bytes,
              const std::string&) override {
    if (bytes.size() != static_cast<std::size_t>(offset) || !is_pattern(bytes.data(), bytes.size()))
      throw chunkwise::Error(chunkwise::ErrorCode::corrupt, "these are other bytes");
  }

 private:
  OnFinished on_finished_;
};

using WorkerServer = wire::Server<wire::WorkerService>;
using WorkerConnection = wire::Connection<wire::WorkerService>;
using WorkerClient = wire::WorkerService::Client;

/// A factory of handlers.
inline WorkerServer::Factory worker(const OnFinished& on_finished = {}) {
  return [on_finished] { return std::make_shared<WorkerHandler>(on_finished); };
}

inline void read_into(WorkerClient& client, wire::Blob& blob, std::size_t size) {
  client.read_chunks(blob, {}, {}, {}, {static_cast<std::int64_t>(size)});
}
inline wire::Blob read(WorkerClient& client, std::size_t size) {
  wire::Blob blob;
  read_into(client, blob, size);
  return blob;
}
inline std::string finished(WorkerClient& client, std::int64_t tile) {
  wire::Blob blob;
  client.read_finished(blob, {}, tile);
  return std::string(blob.text());
}

}  // namespace chunkwise_test
