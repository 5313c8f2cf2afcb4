#include "backends/thrift/coordinator/dial_back.hpp"

#include <chrono>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

DialBack::DialBack(wire::ClientOptions options)
    : options_(std::move(options)), credentials_(wire::credentials_of(options_)) {
  options_.role = wire::Role::CLIENT;
  constexpr std::chrono::milliseconds patience{2500};  // less than a worker waits for its registration
  options_.deadlines = {patience, patience, patience};
}

std::string DialBack::why_not(const std::string& address, const std::string& server) const {
  try {
    const wire::Endpoint endpoint = wire::parse_endpoint(address);
    if (endpoint.port == 0 || wire::is_wildcard(endpoint.host)) return "that is no address of one machine";
    const wire::Connection<wire::WorkerService> connection(address, credentials_, options_);
    if (connection.server() != server) return "another worker answers there";
    return {};
  } catch (const wire::NotConnected& error) {
    return error.cause();
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string DialBack::why_gone(const std::string& address) const {
  try {
    const wire::Socket socket(wire::parse_endpoint(address), options_.deadlines, nullptr);
    return {};
  } catch (const wire::NotConnected& error) {
    return error.cause();
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
