#pragma once
/// Sources that travel: a worker makes the source that a client's graph names. A source describes itself as a kind and
/// parameters (Source::description); the process at the other end knows an opener for each kind. A library with a
/// source of its own registers its kind in the workers it is linked into (docs/adding_a_source.md).
#include <functional>
#include <span>
#include <string>

#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The means of a process that an opener may use.
struct SourceAccess {
  /// Returns this process's name of a file that the client calls `path` (absolute). Throws not_found or denied if this
  /// process has no such file, or may not open it.
  std::function<std::string(const std::string& path)> resolve;
  /// Files whose libraries may crash on them are to be opened in a process apart (NetcdfOptions::isolated).
  bool isolated = false;
};

/// Returns a source made from the parameters of its description, which may be anything: throws Error if they make no
/// sense.
using SourceOpener = std::function<SourcePtr(std::span<const std::byte> parameters, const SourceAccess& access)>;

/// Registers a kind, or replaces its opener. Thread-safe. Registered from the start: "full", "arange", "random" and
/// "memory"; "netcdf" after register_netcdf_kind() (io/netcdf.hpp).
void register_source_kind(const TextArgument& kind, SourceOpener opener);

/// Returns the source of a description; throws not_found for a kind that is not registered here, naming those that are.
[[nodiscard]] SourcePtr open_source(const SourceDescription& description, const SourceAccess& access);

}  // namespace chunkwise::inline CHUNKWISE_ABI
