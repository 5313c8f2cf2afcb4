#pragma once
/// A Graph as bytes, to be sent to workers. Sources are written and read by the caller, who knows the meaning of a
/// file's path or a persisted array at the other end. Format: little endian, version first, nodes with inputs before
/// their users.
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "chunkwise/graph/node.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the bytes that stand for a source.
using SourceWriter = std::function<std::vector<std::byte>(const Source&)>;
/// Returns the source that a SourceWriter's bytes stand for; may throw Error.
using SourceReader = std::function<SourcePtr(std::span<const std::byte>)>;

/// Returns the graph as bytes. Nodes that are used several times are written once.
[[nodiscard]] std::vector<std::byte> to_bytes(const Graph& graph, const SourceWriter& write_source);

/// The treatment of users' functions that this process does not know: an error (not_found), or accepted, for a reader
/// that only looks at the graph and does not run it.
enum class UnknownFunctions { refused, accepted };
/// Returns the graph of such bytes: equal to the one that was written, with the same grids and definitions. Every
/// number is checked before it is used: hostile bytes cause an Error (invalid_argument; unsupported for another
/// version), and never take more memory than a small multiple of their own size.
[[nodiscard]] Graph graph_from_bytes(std::span<const std::byte> bytes, const SourceReader& read_source,
                                     UnknownFunctions unknown = UnknownFunctions::refused);

}  // namespace chunkwise::inline CHUNKWISE_ABI
