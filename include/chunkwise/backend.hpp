#pragma once
/// Backends run expressions: their interface, their names (`connect("local:8")`) and the options of a run. Next:
/// compute.hpp, which turns typed expressions into runs.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/explain.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/sink.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The progress of a run.
struct Progress {
  std::uint64_t done = 0;        ///< elements streamed so far, over all stages
  std::uint64_t total = 0;       ///< elements in all
  std::uint64_t bytes_read = 0;  ///< from sources, in their stored form
  double seconds = 0;            ///< since the run began
  bool finished = false;         ///< the run has ended; so is the last one that a callback gets
  std::string note = {};         ///< the reason for which the run waits; empty if it does not wait
};

/// A caller's means to end a run early. Copies share one flag; a run that sees it set throws Error(cancelled). A
/// moved-from token ends nothing.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  /// Ends the runs that were given this token, within a slab's time. May be called from any thread or a signal handler.
  void cancel() const noexcept {
    if (flag_) flag_->store(true);
  }
  /// Returns true once cancel() was called.
  [[nodiscard]] bool cancelled() const noexcept { return flag_ && flag_->load(); }
  /// Returns the flag that copies share; it lives as long as the last of them. Null for a moved-from token.
  [[nodiscard]] std::atomic<bool>* flag() const noexcept { return flag_.get(); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

/// The work that a run has done.
struct RunReport {
  double seconds = 0;              ///< from the start of the run to its end
  std::uint64_t bytes_read = 0;    ///< from sources, in their stored form
  std::uint64_t memory_bound = 0;  ///< bytes that the plan had asked for
  std::size_t stages = 0;          ///< streaming passes of the plan (explain.hpp)
};

/// Returns text for people: "0.52 s, 4.5 GB read, 2 stages, memory up to 80 MB"
[[nodiscard]] std::string to_string(const RunReport& report);
inline std::ostream& operator<<(std::ostream& out, const RunReport& report) { return out << to_string(report); }

/// The options of a run. The functions of compute.hpp fill it from options such as progress_bar().
struct RunOptions {
  std::function<void(const Progress&)>
      progress;                              ///< called in the calling thread, about ten times a second and at the end
  CancelToken cancel;                        ///< ends the run early
  std::vector<std::string> disabled_passes;  ///< by name, as without_pass() gives them
  RunReport* report = nullptr;               ///< filled in at the end of the run; null: no report
};

/// The place that an output goes to: memory, or a sink.
struct Target {
  SinkPtr sink;  ///< null: memory
};

/// The place that an output would go to if the plan were run.
struct OutputKind {
  bool in_memory = true;  ///< false: to a sink, so that the result needs no memory
};

/// Runs graphs. Thread-safe; several runs may be under way at a time.
class CHUNKWISE_API Backend {
 public:
  virtual ~Backend() = default;
  /// Returns the URI by which the backend was connected, e.g. "local:8".
  [[nodiscard]] virtual std::string uri() const = 0;
  /// Computes the graph's outputs. Returns one array for each, empty if its target is a sink. Throws Error.
  virtual std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets,
                                          const RunOptions& options) = 0;
  /// Computes the outputs and keeps them where the backend works. Returns a source for each.
  virtual std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& options) = 0;
  /// Returns the plan that run() would follow for outputs of these kinds, one for each.
  [[nodiscard]] virtual Explanation explain(const Graph& graph, std::span<const OutputKind> outputs,
                                            const RunOptions& options) = 0;
};

/// A shared handle of a backend; persisted arrays keep it alive.
using BackendPtr = std::shared_ptr<Backend>;
/// Returns the backend of a handle; throws invalid_argument if the handle is null.
[[nodiscard]] inline Backend& usable(const BackendPtr& backend) {
  if (!backend)
    throw Error(ErrorCode::invalid_argument, "the backend is null: make one with connect(\"local\"), or name none");
  return *backend;
}

/// The secret and the TLS files of a cluster (docs/cluster.md, "What is refused"). A member that is empty is taken from
/// the environment: CHUNKWISE_SECRET_FILE, CHUNKWISE_TLS_CERTIFICATE, CHUNKWISE_TLS_KEY, CHUNKWISE_TLS_AUTHORITY.
struct Security {
  std::string secret_file;  ///< file with the shared secret, readable by its owner alone; empty: this user's secret
  /// PEM files that switch on TLS, all three or none: this side's certificate, its private key, and the certificates of
  /// the authority that has signed every side's certificate.
  std::string certificate, key, authority;
};

/// Settings of a backend; 0 leaves a choice to it.
struct BackendOptions {
  int threads = 0;                 ///< 0: as many as the process may use
  std::uint64_t memory_limit = 0;  ///< bytes for runs; 0: three quarters of the machine's (or container's) memory
  Security security = {};          ///< for backends on other machines
  double wait_for_workers = 300;   ///< seconds that a run waits while a cluster has no worker; 0: for ever
};

/// Returns a backend by its URI: "local" (threads of this process) or "local:N" (N of them). Throws not_found with the
/// known schemes for an unknown one, and invalid_argument for a URI that it cannot read.
[[nodiscard]] BackendPtr connect(const TextArgument& uri, const BackendOptions& options = {});
/// Returns the backend of calls that name none: the environment variable CHUNKWISE_BACKEND, else "local". Made once.
[[nodiscard]] const BackendPtr& default_backend();

/// Returns the number of bytes that a text such as "2GB", "512 MiB", "1e9" means; throws invalid_argument.
[[nodiscard]] std::uint64_t parse_bytes(const TextArgument& text);

}  // namespace chunkwise::inline CHUNKWISE_ABI
