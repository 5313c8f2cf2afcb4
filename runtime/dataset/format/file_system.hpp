#pragma once
/// Tells in which file system a file lies, so that programs of one machine or of several agree on it.
#include <cstdint>
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns a name of the file system with this number of a device (FileStamp::device). Two programs that get the same
/// name see the same files, with the same inodes and times of change: they run on one running system, in whatever
/// container, or have mounted the same source of a network file system that numbers files at its server. Empty if
/// nothing can be said.
[[nodiscard]] std::string file_system_of(std::uint64_t device);

/// Returns the name of a network file system, "nfs server:/data", by the text of /proc/self/mountinfo; empty for any
/// other device.
[[nodiscard]] std::string network_file_system(std::string_view mounts, std::uint64_t device);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
