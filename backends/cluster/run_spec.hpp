#pragma once
/// The vocabulary of a cluster: the ids of workers, clients, runs and steps, and the facts of a run that decisions
/// about it need.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/cluster/item_set.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

using WorkerId = std::int64_t;
using ClientId = std::int64_t;
using RunId = std::int64_t;
/// Returns a number for people: without its upper half, which tells coordinators apart.
[[nodiscard]] inline std::string shown(std::int64_t number) { return std::to_string(number & 0xffffffff); }
/// Seconds of the driver's clock.
using Time = double;

struct StepKey {
  RunId run = 0;
  std::int32_t step = 0;
  auto operator<=>(const StepKey&) const = default;
};

/// The kind of product that a step makes.
enum class StepKind : std::uint8_t {
  reduce,   ///< partial states; freed when the step's combine is done
  combine,  ///< finished values; every worker that works on a later step of the run comes to hold them too
  write,    ///< chunks of an output
  upload,   ///< chunks that the client gave: cannot be made again
};

/// The facts of a step that decisions need.
struct StepSpec {
  StepKind kind = StepKind::write;
  std::int64_t items = 0;
  std::int64_t elements = 0;        ///< streamed by the whole step, for progress
  std::int64_t bytes_per_item = 0;  ///< at most, of the product that stays
  std::int64_t grain = 1;           ///< fewest work items worth a range of their own
  std::int64_t align = 1;           ///< shares of workers begin at multiples of this, if there are enough work items
  bool persisted = false;           ///< a write whose chunks stay until released; else they are streamed to the client
  bool by_position = false;         ///< a reduce whose work items are counted position by position, not tile by tile
  /// Earlier steps of this run whose every work item must be done: for combine its reduce step, for others combine
  /// steps.
  std::vector<std::int32_t> needs;
  /// Persisted arrays of other runs that it reads: all of their work items must be there.
  std::vector<StepKey> reads;
  /// The one of `reads` whose chunks decide where this step's work items run; nothing: any worker will do. `follow`
  /// has, for ranges of work items of this step, the work item of the followed step that is read first.
  std::optional<StepKey> follows;
  struct Follow {
    Items items;              ///< of this step
    std::int64_t item = 0;    ///< of the followed step, for the first of `items`
    std::int64_t stride = 0;  ///< how much further for each next work item; negative: backwards
  };
  std::vector<Follow> follow;
};

struct RunSpec {
  RunId id = 0;
  ClientId client = 0;
  std::vector<StepSpec> steps;
  std::int64_t worker_memory = 0;  ///< bound of the memory that work on a range takes on a worker, products apart
  std::string describe;            ///< of its output, for errors and logs: "array of persist ..."
};

/// An error on its way to a client.
struct Problem {
  ErrorCode code = ErrorCode::io;
  std::string message;
  std::string worker;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
