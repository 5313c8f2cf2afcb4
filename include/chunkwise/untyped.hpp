#pragma once
/// compute, write and explain for arrays whose rank and element type are known at run time alone: the results of
/// notation.hpp, the variables of dataset.hpp. Arrays given together are computed together and share their reads.
/// compute.hpp has the same for typed expressions.
#include <span>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/progress.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {
[[nodiscard]] inline Graph graph_of(std::span<const UntypedArray> arrays) {
  Graph graph;
  for (const UntypedArray& array : arrays) {
    if (!array.node)
      throw Error(ErrorCode::invalid_argument, "an array to compute stands for nothing: its node is null");
    graph.outputs.push_back(array.node);
  }
  return graph;
}
template <class... Options>
[[nodiscard]] RunOptions run_options(const Options&... options) {
  RunOptions result;
  (options.apply(result), ...);
  return result;
}
}  // namespace detail

/// Returns the elements of each array, in memory. Throws Error.
template <class... Options>
[[nodiscard]] std::vector<UntypedNdArray> compute(const BackendPtr& backend, std::span<const UntypedArray> arrays,
                                                  const Options&... options) {
  return usable(backend).run(detail::graph_of(arrays), std::vector<Target>(arrays.size()),
                             detail::run_options(options...));
}

/// Streams each array, of any size, to the sink of the same position. Throws invalid_argument if the counts differ.
template <class... Options>
void write(const BackendPtr& backend, std::span<const UntypedArray> arrays, std::span<const SinkPtr> sinks,
           const Options&... options) {
  if (arrays.size() != sinks.size())
    throw Error(ErrorCode::invalid_argument, std::to_string(arrays.size()) + " arrays for " +
                                                 std::to_string(sinks.size()) + " sinks; give each array its own");
  Backend& runner = usable(backend);
  const Graph graph = detail::graph_of(arrays);
  std::vector<Target> targets;
  for (const SinkPtr& sink : sinks) {
    if (!sink) throw Error(ErrorCode::invalid_argument, "write: a sink is null");
    targets.push_back({sink});
  }
  try {
    for (std::size_t i = 0; i < arrays.size(); ++i)
      sinks[i]->begin(arrays[i].node->dtype, arrays[i].shape, arrays[i].node->grid, arrays[i].labels);
  } catch (...) {
    for (const SinkPtr& sink : sinks) sink->abort();
    throw;
  }
  runner.run(graph, targets, detail::run_options(options...));
}

/// Returns the plan for computing the arrays together, into memory or, `to_sinks`, to sinks.
template <class... Options>
[[nodiscard]] Explanation explain(const BackendPtr& backend, std::span<const UntypedArray> arrays, bool to_sinks,
                                  const Options&... options) {
  return usable(backend).explain(detail::graph_of(arrays),
                                 std::vector<OutputKind>(arrays.size(), OutputKind{!to_sinks}),
                                 detail::run_options(options...));
}

/// Returns the array of those elements that to_string shows of `array`.
[[nodiscard]] UntypedArray edges_of(const UntypedArray& array);

/// Returns the texts of arrays, as to_string writes the results of compute; of a large array only the elements that are
/// shown are computed.
template <class... Options>
[[nodiscard]] std::vector<std::string> preview(const BackendPtr& backend, std::span<const UntypedArray> arrays,
                                               const Options&... options) {
  std::vector<UntypedArray> edges;
  for (const UntypedArray& array : arrays) edges.push_back(edges_of(array));
  const std::vector<UntypedNdArray> results = compute(backend, edges, options...);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < arrays.size(); ++i) texts.push_back(to_string(results[i], arrays[i].shape));
  return texts;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
