#pragma once
/// The questions to the operating system about files that are written.
#include <cstdint>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Returns the bytes by which a file can still grow, by the free space of the file system of its folder, which exists,
/// and the process's limit of a file's size; the largest number if the system does not tell.
[[nodiscard]] std::uint64_t free_bytes(const std::string& path) noexcept;
/// Throws io if a file cannot grow by so many bytes.
void require_space(const std::string& path, std::uint64_t bytes, const std::string& doing);
/// Room for the content of a NetCDF-4 file beside its data: HDF5 crashes if it cannot be flushed.
inline constexpr std::uint64_t metadata_bytes = std::uint64_t{1} << 20;

/// From now on, data that this process writes to the file through descriptors it has open goes to memory that is soon
/// forgotten. For files that are to be discarded: HDF5 crashes if a file cannot be flushed, and a full disk is one of
/// the reasons to discard a file.
void divert_writes(const std::string& path) noexcept;

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
