#include "chunkwise/explore.hpp"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "chunkwise/core/error.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/explore/browser.hpp"
#include "runtime/explore/contents.hpp"
#include "runtime/explore/server.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

void require_secret(const ExploreOptions& options) {
  constexpr std::size_t least = 8, most = 1024;
  if (options.secret.empty() && !explorer::is_loopback(options.host))
    throw Error(ErrorCode::denied, "explore: " + options.host +
                                       " lets other machines in; give ExploreOptions::secret, or listen on 127.0.0.1");
  if (!options.secret.empty() && (options.secret.size() < least || options.secret.size() > most))
    throw Error(ErrorCode::invalid_argument,
                "explore: the secret has " + std::to_string(options.secret.size()) + " bytes; give it 8 to 1024");
}

explorer::ServerOptions server_options(const ExploreOptions& options) {
  explorer::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  server.secret = options.secret;
  server.threads = usable_threads();
  return server;
}

std::shared_ptr<explorer::Contents> contents_of(std::vector<NamedArray> arrays) {
  if (arrays.empty()) throw Error(ErrorCode::invalid_argument, "explore: there is no array to show");
  std::set<std::string> names;
  std::vector<std::pair<std::string, UntypedArray>> shown;
  for (NamedArray& one : arrays) {
    if (one.name.empty()) throw Error(ErrorCode::invalid_argument, "explore: an array has no name; give it one");
    if (!names.insert(one.name).second)
      throw Error(ErrorCode::invalid_argument, "explore: two arrays are named '" + one.name + "'; rename one");
    shown.emplace_back(std::move(one.name), std::move(one.array));
  }
  return std::make_shared<explorer::Contents>(explorer::OpenFiles{}, std::move(shown), false);
}

BackendPtr checked(BackendPtr backend) {
  (void)usable(backend);
  return backend;
}

}  // namespace

struct Explorer::Running {
  std::atomic<bool> is_over = false;
  explorer::Server server;
};

Explorer::Explorer(BackendPtr backend, std::vector<NamedArray> arrays, const ExploreOptions& options) {
  require_secret(options);
  backend = checked(std::move(backend));
  running_.reset(new Running{false, {std::move(backend), contents_of(std::move(arrays)), server_options(options)}});
  if (options.opens_browser) (void)explorer::open_browser(address());
}

Explorer::~Explorer() = default;
Explorer::Explorer(Explorer&&) noexcept = default;
Explorer& Explorer::operator=(Explorer&&) noexcept = default;

std::string Explorer::address() const { return running_->server.address(); }

void Explorer::wait() const {
  constexpr std::chrono::milliseconds look{50};
  while (!running_->is_over) std::this_thread::sleep_for(look);
}

void Explorer::stop() const noexcept { running_->is_over = true; }

}  // namespace chunkwise::inline CHUNKWISE_ABI
