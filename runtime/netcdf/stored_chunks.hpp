#pragma once
/// Compressed chunks of a NetCDF-4 variable, fetched as they are stored and decoded here. HDF5 has one lock and decodes
/// under it; a stored chunk is fetched in a fraction of that time, and then all threads decode at once, with
/// libdeflate, which takes a third of zlib's time.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// A file that HDF5 has open beside netcdf-c. Handles are HDF5's `hid_t`.
class Hdf5File {
 public:
  /// The file of that absolute name; is_open() is false where HDF5 does not open it.
  explicit Hdf5File(const std::string& path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;
  [[nodiscard]] bool is_open() const { return id_ >= 0; }
  [[nodiscard]] std::int64_t id() const { return id_; }

 private:
  std::int64_t id_ = -1;
};

/// One variable's chunks. Thread-safe.
class StoredChunks {
 public:
  /// What a variable was said to be, against which its data set is held.
  struct Expected {
    std::string name;  ///< with its groups
    Shape shape, chunk;
    std::size_t element_bytes;
  };
  /// Null where the variable is stored in another way than in chunks that were shuffled, deflated or both: netcdf-c
  /// knows what to do with those.
  static std::unique_ptr<const StoredChunks> open(const std::shared_ptr<const Hdf5File>& file,
                                                  const Expected& expected);
  ~StoredChunks();
  StoredChunks(const StoredChunks&) = delete;
  StoredChunks& operator=(const StoredChunks&) = delete;

  /// Reads a box whose steps are 1, in native byte order, row-major without gaps. False where HDF5 has not a chunk of
  /// it, mostly because it was never written: netcdf-c knows what stands there, or what is wrong. Throws corrupt,
  /// beginning with `doing`, for a chunk that cannot be decoded.
  [[nodiscard]] bool read(const Region& box, void* out, const std::string& doing) const;

 private:
  struct Stored {
    Buffer bytes;
    std::size_t size = 0;
    std::uint32_t skipped = 0;  ///< filters that this chunk was not put through, a bit each
  };
  StoredChunks(std::shared_ptr<const Hdf5File> file, Expected expected);
  /// Finds out how the data set is stored; false where that is left to netcdf-c.
  bool understand();
  [[nodiscard]] std::optional<Stored> fetch(const ChunkIndex& chunk) const;
  void decode(const ChunkIndex& chunk, const Stored& stored, const Region& box, std::byte* out,
              const std::string& doing) const;

  std::shared_ptr<const Hdf5File> file_;
  Expected expected_;
  std::int64_t dataset_ = -1;
  int shuffle_ = -1, deflate_ = -1;  ///< places in the order of the filters; -1: it is none of them
  bool big_endian_ = false;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
