#pragma once
/// The explorer's server: a page, and the requests by which it gets what it shows. docs/explorer.md says who may ask
/// for what.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/backend.hpp"
#include "runtime/explore/contents.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// A file of the page.
struct PageFile {
  std::string_view name;  ///< "index.html", "explore.js"
  std::string_view type;  ///< "text/html; charset=utf-8"
  std::string_view bytes;
};
/// Returns the page: written by the build from runtime/explore/page.
[[nodiscard]] std::vector<PageFile> page_files();

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< to listen on
  int port = 0;                    ///< 0: the system chooses
  /// What a browser has to be told before it gets the address, which has a token. Empty: nothing, since the address was
  /// printed for its user alone.
  std::string secret;
  /// Words of the command that shows the same, for the page: "chunkwise explore 'a.nc'".
  std::string command;
  /// The files as words of a command line, for the lines that the page writes.
  std::string files;
  /// Returns what a cluster knows of itself, in JSON; null: there is none.
  std::function<Json()> cluster;
  /// Returns the last lines of the log of the cluster's worker of that name; null: there is no cluster.
  std::function<std::string(const std::string&)> worker_log;
  int threads = 0;                 ///< of the backend, for the dashboard; 0: not known
  std::uint64_t memory_limit = 0;  ///< of the backend; 0: not known
};

/// Serves from construction to destruction, in threads of its own.
class Server {
 public:
  /// Throws io if it cannot listen.
  Server(BackendPtr backend, std::shared_ptr<Contents> contents, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] int port() const;
  /// Returns the address that a browser opens: "http://127.0.0.1:43127/4f1c.../". With a secret it has no token.
  [[nodiscard]] std::string address() const;
  /// Returns the token of the address.
  [[nodiscard]] const std::string& token() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

/// Returns a text as it stands in an address behind `=`.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Returns true for a host that only this machine reaches.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
