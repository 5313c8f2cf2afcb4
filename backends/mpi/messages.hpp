#pragma once
/// The messages between rank 0, which decides, and the ranks that work, as bytes (runtime/core/bytes.hpp). All ranks
/// run one program, so there is no version to ask for.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/cluster/machine/events.hpp"
#include "backends/cluster/planning.hpp"
#include "chunkwise/core/region.hpp"
#include "chunkwise/op/function.hpp"
#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

using namespace cluster;  // NOLINT: this backend carries the types of a cluster

/// The first byte of each message.
enum class Subject : std::uint8_t {
  // To a rank that works.
  begin,          ///< call: a session begins; Settings; the answer is a WorkerFacts
  end,            ///< call: it is over, and all that was kept with it
  quit,           ///< MPI ends
  describe,       ///< a run, before anything else that names it
  assign,         ///< Assign
  copy,           ///< Copy
  drop,           ///< Drop
  forget,         ///< ForgetRun
  read_chunks,    ///< call: key and region; the answer's payload is the elements
  read_states,    ///< call: key and tile
  read_finished,  ///< call: key and tile
  upload,         ///< call: key and work item; the payload is the chunk
  // To rank 0.
  report,  ///< Report
};

/// The settings of a session, which rank 0 chooses for all.
struct Settings {
  int threads = 0;                 ///< of each rank; 0: its share of its host's
  std::uint64_t memory_limit = 0;  ///< of each rank; 0: three quarters of its share of its host's
};

struct WorkerFacts {
  std::string host;
  int threads = 1;
  std::uint64_t memory_limit = 0;
  std::vector<Function> functions;
};

/// A run as ranks are told of it: its Submission, with a graph of its own.
struct Description {
  Submission submission;
  std::vector<std::byte> graph;
};

/// The end of a range, or of a copy.
struct Report {
  std::int64_t ticket = 0;
  StepKey key;
  Items items;
  bool copied = false;
  std::optional<Problem> problem;
  WorkerId unreachable = 0;  ///< RangeFailed::unreachable
  std::int64_t bytes_read = 0, memory_used = 0;
  struct Made {
    Product product;
    std::vector<std::byte> values;  ///< of one small streamed chunk, to go on to the client
  };
  std::vector<Made> also;
};

/// Returns the number of the worker that a rank is; 0 is none.
[[nodiscard]] inline WorkerId worker_of(int rank) { return rank + 1; }
[[nodiscard]] inline int rank_of(WorkerId worker) { return static_cast<int>(worker - 1); }

/// Returns a message of no more than its subject.
[[nodiscard]] std::vector<std::byte> message(Subject subject);
[[nodiscard]] Subject subject_of(const std::vector<std::byte>& message);

// Each pair writes a message, and reads it after its subject. Reading throws invalid_argument for bytes that make no
// sense.
[[nodiscard]] std::vector<std::byte> to_message(const Settings& settings);
[[nodiscard]] Settings settings_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const WorkerFacts& facts);
[[nodiscard]] WorkerFacts facts_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const Description& run);
[[nodiscard]] Description description_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const Assign& assign);
[[nodiscard]] Assign assign_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const Copy& copy);
[[nodiscard]] Copy copy_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const Drop& drop);
[[nodiscard]] Drop drop_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const ForgetRun& forget);
[[nodiscard]] ForgetRun forget_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> to_message(const Report& report);
[[nodiscard]] Report report_of(const std::vector<std::byte>& message);

/// Products that are asked for, or given: work items or a tile of a step.
[[nodiscard]] std::vector<std::byte> product_message(Subject subject, const StepKey& key, std::int64_t item);
[[nodiscard]] std::pair<StepKey, std::int64_t> product_of(const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> chunks_message(const StepKey& key, const Region& region);
[[nodiscard]] std::pair<StepKey, Region> chunks_of(const std::vector<std::byte>& message);

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
