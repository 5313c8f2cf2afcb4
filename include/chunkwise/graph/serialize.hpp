#pragma once
/// A Graph as bytes: what will travel to workers. Sources are written and read by the caller, who knows what a file's
/// path or a persisted array means at the other end. Format: little endian, version first, nodes with inputs before
/// their users.
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Gives the bytes that stand for a source.
using SourceWriter = std::function<std::vector<std::byte>(const Source&)>;
/// Makes a source of the bytes that a SourceWriter gave; may throw Error.
using SourceReader = std::function<SourcePtr(std::span<const std::byte>)>;

/// The graph as bytes. Nodes that are used several times are written once.
[[nodiscard]] std::vector<std::byte> to_bytes(const Graph& graph, const SourceWriter& write_source);

/// The graph of such bytes: equal to the one that was written, with the same grids and definitions. Every number is
/// checked before it is used: hostile bytes get an Error (invalid_argument; unsupported for another version), never
/// more memory than a small multiple of their own size. A function of a user's own that is not known here is not_found,
/// unless the reader only looks at the graph and does not run it.
enum class UnknownFunctions { refused, accepted };
[[nodiscard]] Graph graph_from_bytes(std::span<const std::byte> bytes, const SourceReader& read_source,
                                     UnknownFunctions unknown = UnknownFunctions::refused);

}  // namespace chunkwise::inline CHUNKWISE_ABI
