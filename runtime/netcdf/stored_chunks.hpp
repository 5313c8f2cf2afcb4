#pragma once
/// Compressed chunks of a NetCDF-4 variable, fetched as they are stored and decoded here. HDF5 has one lock and decodes
/// under it; a stored chunk is fetched in a fraction of that time, and then all threads decode at once, with
/// libdeflate, which takes a third of zlib's time.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// A file that HDF5 has open beside netcdf-c. Handles are HDF5's `hid_t`.
class Hdf5File {
 public:
  /// Opens the file of that absolute name; is_open() is false if HDF5 does not open it.
  explicit Hdf5File(const std::string& path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;
  [[nodiscard]] bool is_open() const { return id_ >= 0; }
  [[nodiscard]] std::int64_t id() const { return id_; }

 private:
  std::int64_t id_ = -1;
};

/// The way in which the chunks of a data set are stored.
struct ChunkLayout {
  int shuffle = -1, deflate = -1;  ///< places in the order of the filters; -1: the filter is not used
  bool big_endian = false;
};

/// A chunk as it lies in the file.
struct StoredChunk {
  Buffer bytes;
  std::size_t size = 0;
  std::uint32_t skipped = 0;  ///< filters that this chunk was not put through, a bit each
};

/// Fetches stored chunks of one variable: through HDF5 in this process, or in a helper process. Thread-safe.
class ChunkFetcher {
 public:
  virtual ~ChunkFetcher() = default;
  [[nodiscard]] virtual const ChunkLayout& layout() const = 0;
  /// Returns a chunk as it is stored; none if HDF5 does not have the chunk, or has a larger one than any filter makes.
  [[nodiscard]] virtual std::optional<StoredChunk> fetch(const ChunkIndex& chunk) const = 0;
};

/// One variable's chunks. Thread-safe.
class StoredChunks {
 public:
  /// The description of a variable, with which its data set is compared.
  struct Expected {
    std::string name;  ///< with its groups
    Shape shape, chunk;
    std::size_t element_bytes;
  };
  /// Returns null if the variable is stored in another way than in chunks that were shuffled, deflated or both:
  /// netcdf-c knows what to do with those.
  static std::unique_ptr<const StoredChunks> open(const std::shared_ptr<const Hdf5File>& file,
                                                  const Expected& expected);
  StoredChunks(Expected expected, std::unique_ptr<const ChunkFetcher> fetcher)
      : expected_(std::move(expected)), fetcher_(std::move(fetcher)) {}

  /// Reads a box whose steps are 1, in native byte order, row-major without gaps. Returns false if HDF5 lacks a chunk
  /// of it, mostly because it was never written: netcdf-c knows its elements, or what is wrong. Throws corrupt,
  /// beginning with `doing`, for a chunk that cannot be decoded.
  [[nodiscard]] bool read(const Region& box, void* out, const std::string& doing) const;

  [[nodiscard]] const ChunkFetcher& fetcher() const { return *fetcher_; }

 private:
  void decode(const ChunkIndex& chunk, const StoredChunk& stored, const Region& box, std::byte* out,
              const std::string& doing) const;

  Expected expected_;
  std::unique_ptr<const ChunkFetcher> fetcher_;
};

/// Returns the most bytes that a chunk of this variable may have as it is stored. Data that cannot be compressed become
/// a little larger; a file that claims more is damaged.
[[nodiscard]] std::size_t most_stored_bytes(const StoredChunks::Expected& variable);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
