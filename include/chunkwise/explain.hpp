#pragma once
/// A plan as data and as text: its stages, what they read, how much memory they need at most, which parts were
/// fused, and which were not and why. Nothing is computed to find out.
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// One streaming pass over a domain.
struct StageExplanation {
  std::vector<std::string> tasks;  ///< its results, e.g. "mean, stddev over axes 0 of source t2m of ... (native)"
  std::string domain;              ///< "(544, 721, 1440)"
  std::string chunks;              ///< "136 chunks of (4, 721, 1440)"
  std::int64_t task_count = 0;     ///< chunks times tasks
  std::uint64_t bytes_read = 0;    ///< from sources, while this stage runs
  bool native = true;              ///< every fused program has a native kernel
};

/// Bytes read from one source.
struct SourceExplanation {
  std::string source;       ///< its description (Source::describe)
  std::uint64_t bytes = 0;  ///< in their stored form
};

/// A rewrite of the graph or of the plan, and how long it took; 0 if it was switched off.
struct PassExplanation {
  std::string name;    ///< as for without_pass()
  double seconds = 0;  ///< that it took
};

/// The plan of a backend for a graph. `std::cout << explain(backend, mean(x, 0))` prints it.
struct Explanation {
  std::string backend;                        ///< its URI
  std::vector<std::string> before, after;     ///< the graph's nodes, before and after the passes, inputs first
  std::vector<StageExplanation> stages;       ///< in the order in which they run
  std::vector<SourceExplanation> sources;     ///< each once
  std::uint64_t bytes_read = 0;               ///< from all sources, in their stored form
  std::uint64_t memory_bound = 0;             ///< most bytes the run can hold at a time
  std::vector<PassExplanation> passes;        ///< in the order in which they ran
  std::vector<std::string> fused, not_fused;  ///< the parts that passes fused; the parts that they left, and why
  std::string dot;                            ///< the graph after the passes in the DOT language
};

/// Prints the explanation for people.
std::ostream& operator<<(std::ostream& out, const Explanation& explanation);

}  // namespace chunkwise::inline CHUNKWISE_ABI
