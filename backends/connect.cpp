// The table of backends, explicit: a static library would drop objects that only register themselves.
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "backends/local/local_backend.hpp"
#include "chunkwise/backend.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Defined by chunkwise::thrift; a program that is linked without it does without the cluster, and without Thrift.
namespace thrift {
[[gnu::weak]] BackendPtr make_thrift_backend(std::string uri, std::string_view rest, const BackendOptions& options,
                                             std::shared_ptr<void> kept);
[[gnu::weak]] BackendPtr make_cluster_backend(std::string uri, const BackendOptions& options);
}

/// Defined by chunkwise::mpi, in the same way.
namespace mpi {
[[gnu::weak]] BackendPtr make_mpi_backend(std::string uri, std::string_view rest, const BackendOptions& options);
}

namespace {

BackendPtr connect_mpi(std::string_view uri, std::optional<std::string_view> rest, BackendOptions options) {
  if (!&mpi::make_mpi_backend)
    throw Error(ErrorCode::unsupported, "connect: this program was linked without the MPI backend that '" +
                                            std::string(uri) +
                                            "' needs; link it with chunkwise::mpi, of a chunkwise "
                                            "that was built with -DCHUNKWISE_MPI=ON");
  return mpi::make_mpi_backend(std::string(uri), rest.value_or(""), options);
}

BackendPtr connect_thrift(std::string_view uri, std::optional<std::string_view> rest, BackendOptions options) {
  if (!&thrift::make_thrift_backend)
    throw Error(ErrorCode::unsupported, "connect: this program was linked without the cluster's backend that '" +
                                            std::string(uri) + "' needs; link it with chunkwise::thrift");
  return thrift::make_thrift_backend(std::string(uri), rest.value_or(""), options, nullptr);
}

/// Clusters that end with their backend.
BackendPtr connect_started(std::string_view uri, std::optional<std::string_view>, BackendOptions options) {
  if (!&thrift::make_cluster_backend)
    throw Error(ErrorCode::unsupported, "connect: this program was linked without the cluster's backend that '" +
                                            std::string(uri) + "' needs; link it with chunkwise::thrift");
  return thrift::make_cluster_backend(std::string(uri), options);
}

BackendPtr connect_local(std::string_view uri, std::optional<std::string_view> rest, BackendOptions options) {
  if (rest) {
    const char* const last = rest->data() + rest->size();
    const auto [end, error] = std::from_chars(rest->data(), last, options.threads);
    if (error != std::errc{} || end != last || options.threads < 1 || options.threads > 1024)
      throw Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) +
                                                   "' does not name a number of threads; write local or local:N with N "
                                                   "from 1 to 1024");
  }
  return make_local_backend(std::string(uri), options);
}

struct Scheme {
  std::string_view name;
  BackendPtr (*connect)(std::string_view uri, std::optional<std::string_view> rest, BackendOptions options);
};
constexpr Scheme schemes[] = {{"local", &connect_local},           {"thrift", &connect_thrift},
                              {"local-cluster", &connect_started}, {"ssh", &connect_started},
                              {"slurm", &connect_started},         {"sge", &connect_started},
                              {"scheduler", &connect_started},     {"mpi", &connect_mpi}};

/// Returns the backend that the environment names. It goes when the process ends, so that a coordinator is told.
BackendPtr& backend_of_process() {
  return *detail::made_once([] {
    const char* uri = std::getenv("CHUNKWISE_BACKEND");
    auto* const made = new BackendPtr(connect(uri && *uri ? uri : "local"));
    std::atexit([] { backend_of_process() = nullptr; });
    return made;
  });
}

}  // namespace

std::string to_string(const RunReport& report) {
  const auto bytes = [](std::uint64_t n) { return format_bytes(static_cast<double>(n)); };
  std::array<char, 40> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.3g s, ", report.seconds);
  return seconds.data() + bytes(report.bytes_read) + " read, " + std::to_string(report.stages) +
         (report.stages == 1 ? " stage" : " stages") + ", memory up to " + bytes(report.memory_bound);
}

BackendPtr connect(const TextArgument& given, const BackendOptions& options) {
  require_seconds(options.wait_for_workers, "connect: BackendOptions::wait_for_workers");
  require_threads(options.threads, "connect: BackendOptions::threads");
  const std::string_view uri = given;
  const std::size_t colon = uri.find(':');
  const std::string_view name = uri.substr(0, colon);
  const std::optional<std::string_view> rest =
      colon == std::string_view::npos ? std::nullopt : std::optional(uri.substr(colon + 1));
  std::string known;
  for (const Scheme& scheme : schemes) {
    if (scheme.name == name) return scheme.connect(uri, rest, options);
    known += (known.empty() ? "" : ", ") + std::string(scheme.name);
  }
  throw Error(ErrorCode::not_found, "connect: no backend has the scheme '" + printable(name) + "' of '" +
                                        printable(uri) + "'; there are: " + known);
}

const BackendPtr& default_backend() { return backend_of_process(); }

std::uint64_t parse_bytes(const TextArgument& text) {
  const auto fail = [&]() -> Error {
    return {ErrorCode::invalid_argument,
            "'" + printable(text) + "' is not a number of bytes; write for example 2GB, 512MiB or 1e9"};
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0)) throw fail();
  std::string unit;
  for (const char* c = end; c != text.data() + text.size(); ++c)
    if (*c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  if (!unit.empty() && unit.back() == 'b') unit.pop_back();
  const bool binary = unit.size() == 2 && unit[1] == 'i';
  const double base = binary ? 1024.0 : 1000.0;
  constexpr std::string_view prefixes = "kmgtp";
  double factor = 1;
  if (!unit.empty()) {
    const std::size_t power = prefixes.find(unit[0]);
    if (power == std::string_view::npos || (unit.size() > 1 && !binary)) throw fail();
    for (std::size_t i = 0; i <= power; ++i) factor *= base;
  }
  if (number * factor >= 1.8e19) throw fail();
  return static_cast<std::uint64_t>(number * factor);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
