#pragma once
/// The lazy array whose element type and rank are run-time values: a node of a graph, its shape, its labels. Array<T,
/// N> is this with types around it; lower.hpp makes it, the runtime prints and runs it.
#include <memory>
#include <ostream>
#include <string>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct Node;

/// A lazy array of any element type and rank: Array<T, N> without types. It has a graph and no elements; a computation
/// returns them as an UntypedNdArray. Copies share the node. untyped.hpp has the functions that take it.
struct UntypedArray {
  std::shared_ptr<const Node> node;  ///< null: no array
  Shape shape;                       ///< that of the node
  Labels labels;                     ///< names of axes, coordinates, attributes
};

/// Returns "Array float64 (time 544, latitude 721, longitude 1440), 136 chunks of (4, 721, 1440), 4.5 GB"
[[nodiscard]] std::string to_string(const UntypedArray& array);
inline std::ostream& operator<<(std::ostream& out, const UntypedArray& array) { return out << to_string(array); }

/// Returns bytes as text for people, in powers of 1000: "4.5 GB", "830 kB", "12 bytes".
[[nodiscard]] std::string format_bytes(double bytes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
