#pragma once
/// The backend behind "thrift://HOST:PORT".
#include <memory>
#include <string>
#include <string_view>

#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class Session;

/// Returns a client of the coordinator at `rest`: "//HOST:PORT", or "//" and the name of the file that the coordinator
/// writes its address to, which is waited for (BackendOptions::wait_for_workers). `uri` is its name. Throws io if
/// nobody answers, denied if a secret or certificate is not accepted. `kept` lives as long as the backend and the
/// arrays that it keeps.
[[nodiscard]] BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options,
                                             std::shared_ptr<void> kept = nullptr);

/// Returns a client of a cluster that is started for it and ends with it (cluster_options). Throws as RunningCluster
/// does, and io if no worker comes within BackendOptions::wait_for_workers.
[[nodiscard]] BackendPtr make_cluster_backend(std::string uri, const BackendOptions& options);

/// Returns the session behind such a backend; throws wrong_backend for another kind.
[[nodiscard]] const std::shared_ptr<Session>& session_of(const BackendPtr& backend);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
