#pragma once
/// An HTTP server that knows when nobody waits for an answer any more, and what a request may cost: cpp-httplib's, with
/// connections of our own. Its routes are in server.cpp.
#include <httplib.h>

#include <atomic>
#include <cstddef>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Most bytes of a request, its headers and body; a connection that sends more is closed.
inline constexpr std::size_t most_request_bytes = std::size_t{4} << 20U;
/// Most connections at a time; those beyond are closed at once.
inline constexpr int most_connections = 512;

/// Each connection has a thread, which mostly sleeps.
class HttpServer : public httplib::Server {
 public:
  HttpServer();

  /// Returns true if the other side has closed the connection whose request this thread answers.
  [[nodiscard]] static bool nobody_waits();
  /// Returns true once the server was told to stop: answers without an end have to end.
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// Stops listening, and ends the connections.
  void stop_all();

 private:
  bool process_and_close_socket(socket_t sock) override;
  std::atomic<bool> stopping_ = false;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
