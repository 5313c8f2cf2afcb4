// Serves the explorer's page, in the program that has an HTTP server.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <memory>

#include "chunkwise/cluster.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/cli/cluster_json.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/explore.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/shell.hpp"
#include "runtime/explore/browser.hpp"
#include "runtime/explore/server.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::cli {

namespace {

struct HostPort {
  std::string host;
  int port = 0;
};

HostPort host_and_port(const std::string& text) {
  HostPort result;
  const std::size_t colon = text.rfind(':');
  constexpr int most = 65535;
  if (colon != std::string::npos && colon > 0) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, result.port);
    result.host = text.substr(0, colon);
    if (result.host.starts_with('[') && result.host.ends_with(']'))
      result.host = result.host.substr(1, result.host.size() - 2);
    if (read.ec == std::errc{} && read.ptr == end && result.port >= 0 && result.port <= most) return result;
  }
  throw Error(ErrorCode::invalid_argument, "--listen " + text + " is not HOST:PORT");
}

/// Returns the secret of the file, without the newline at its end.
std::string page_secret(const std::string& path) {
  constexpr std::size_t least = 8, most = 1024;
  struct stat status {};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const bool is_there = fd >= 0 && ::fstat(fd, &status) == 0;
  std::string secret(most + 1, '\0');
  const ssize_t count = is_there && S_ISREG(status.st_mode) ? ::read(fd, secret.data(), secret.size()) : -1;
  if (fd >= 0) ::close(fd);
  if (count < 0) throw Error(ErrorCode::not_found, "--page-secret-file " + path + " is no file that can be read");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw Error(ErrorCode::invalid_argument, "--page-secret-file " + path + " is open to others; chmod 600 " + path);
  secret.resize(static_cast<std::size_t>(count));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.size() < least || secret.size() > most)
    throw Error(ErrorCode::invalid_argument, "--page-secret-file " + path + " has a secret of " +
                                                 std::to_string(secret.size()) + " bytes; give it 8 to 1024");
  return secret;
}

/// Writes the address, whose token lets everybody in who has it, for its user's eyes only.
void write_address(const std::string& path, const std::string& address) {
  const std::string line = address + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool is_written = fd >= 0 && ::fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
                          ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (fd >= 0) ::close(fd);
  if (!is_written) throw Error(ErrorCode::io, "cannot write the address to " + path);
}

/// Returns what the coordinator knows, as the page's dashboard takes it.
Json cluster_json(const std::string& coordinator, const Security& security) {
  Json status = json_of(cluster_status(coordinator, security));
  status["coordinator"] = coordinator;
  return status;
}

}  // namespace

int serve_page(const ExploreOptions& options) {
  const HostPort place = host_and_port(options.listen);
  explorer::ServerOptions server;
  server.host = place.host;
  server.port = place.port;
  if (!options.page_secret_file.empty()) server.secret = page_secret(options.page_secret_file);
  if (!explorer::is_loopback(place.host) && server.secret.empty())
    throw Error(ErrorCode::denied, "--listen " + options.listen +
                                       " lets other machines in; give it a secret with --page-secret-file, or "
                                       "listen on 127.0.0.1 and come through an ssh tunnel");
  const EndSignals signals;  // before threads are started
  const BackendPtr backend = connect(options.backend);
  const std::string uri = backend->uri();
  constexpr std::string_view scheme = "thrift://";
  if (uri.starts_with(scheme)) {
    const std::string coordinator = uri.substr(scheme.size());
    const Security& security = options.backend.security;
    server.cluster = [coordinator, security] { return cluster_json(coordinator, security); };
    server.worker_log = [coordinator, security](const std::string& worker) {
      constexpr std::size_t most_bytes = 16384;
      return worker_log(coordinator, worker, most_bytes, security);
    };
  } else {
    server.memory_limit = memory_limit(options.backend);
  }
  server.threads = options.backend.threads > 0 ? options.backend.threads : usable_threads();
  server.command = command_line();
  for (const std::string& word : options.formula.files.files)
    server.files += (server.files.empty() ? "" : " ") + shell_quoted(word);

  explorer::OpenFiles open;
  if (!options.formula.files.files.empty())
    open = [files = options.formula.files] {
      return std::make_shared<const NetcdfDataset>(expand(files.files), netcdf_options(files));
    };
  std::vector<std::pair<std::string, UntypedArray>> arrays;
  for (const std::string& name : options.published) arrays.emplace_back(name, open_published(backend, name));
  const auto contents = std::make_shared<explorer::Contents>(open, std::move(arrays), skips_missing(options.formula));
  if (open) (void)contents->describe();  // what is wrong with the files is said here and not in the page
  const std::string text = formula_text(options.formula);
  if (!text.empty()) (void)contents->open(text, backend);

  const explorer::Server page(backend, contents, server);
  std::string address = page.address();
  if (server.secret.empty()) {
    if (options.dashboard) address += "#view=dashboard";
    if (!text.empty()) address += (options.dashboard ? "&f=" : "#f=") + explorer::percent_encoded(text);
  }
  if (!options.address_file.empty()) write_address(options.address_file, address);
  std::cout << "The page is at " << address << "  (Ctrl+C ends it)" << std::endl;
  if (!options.no_browser)
    if (const std::string program = explorer::open_browser(address); !program.empty())
      tell("there is no " + program + " to open the page with; open the address in a browser");
  const int signal = signals.wait();
  return signal == SIGTERM || signal == SIGINT ? 0 : 128 + signal;
}

}  // namespace chunkwise::cli
