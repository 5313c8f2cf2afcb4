#pragma once
/// Connects to workers the way that others will: a worker counts only if that works.
#include <string>

#include "backends/thrift/wire/client.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class DialBack {
 public:
  /// Reads the files that the options name, as the coordinator's own server does.
  explicit DialBack(wire::ClientOptions options);
  /// Returns why nobody could fetch from the worker that says it listens at HOST:PORT; empty: it answers there, and is
  /// the one whose server has this identity. Takes a few seconds at most, and the time to look up the name.
  [[nodiscard]] std::string why_not(const std::string& address, const std::string& server) const;
  /// Returns the same for a worker that was reached before: only a reason for which nobody can connect to it any more.
  [[nodiscard]] std::string why_gone(const std::string& address) const;

 private:
  wire::ClientOptions options_;
  wire::Credentials credentials_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
