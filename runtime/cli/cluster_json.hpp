#pragma once
/// A cluster's status as JSON, for scripts and for the dashboard.
#include "chunkwise/cluster.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::cli {

/// Returns the number of a run, as logs have it.
[[nodiscard]] std::int64_t number_of(const ClusterStatus::Run& run);

/// The sums over all workers, and over kept arrays.
struct Totals {
  int threads = 0, ranges = 0;
  std::uint64_t limit = 0, used = 0, held = 0, resident = 0, kept = 0;
  double cpu = 0;
};
[[nodiscard]] Totals totals_of(const ClusterStatus& status);

/// Returns the status as one object. Sizes are bytes, times seconds.
[[nodiscard]] Json json_of(const ClusterStatus& status);

}  // namespace chunkwise::cli
