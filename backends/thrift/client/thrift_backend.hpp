#pragma once
/// The backend behind "thrift://HOST:PORT".
#include <memory>
#include <string>
#include <string_view>

#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class Session;

/// Returns a client of the coordinator at `rest` ("//HOST:PORT"); `uri` is its name. Throws io if nobody
/// answers, denied if a secret or certificate is not accepted.
[[nodiscard]] BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options);

/// Returns the session behind such a backend; throws wrong_backend for another kind.
[[nodiscard]] const std::shared_ptr<Session>& session_of(const BackendPtr& backend);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
