#pragma once
/// A NetCDF-4 file that netcdf-c has open in a helper process. Its content is read as by NcFile, to the last bit. If
/// the file makes netcdf-c or HDF5 crash, or run without end, that is an Error which names the file.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/netcdf/helper_process.hpp"
#include "runtime/netcdf/netcdf4_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Opens the file again if the helper was started anew.
class IsolatedFile final : public Netcdf4File {
 public:
  /// `path` must be absolute; `shown` is its name in errors. Throws as NcFile does; corrupt if the helper dies of the
  /// file or computes without end, io if it waits for the disk without end or cannot be started.
  IsolatedFile(std::string path, std::string shown);
  ~IsolatedFile() override;
  IsolatedFile(const IsolatedFile&) = delete;
  IsolatedFile& operator=(const IsolatedFile&) = delete;

  [[nodiscard]] std::string format() const override;
  [[nodiscard]] Attributes attributes() const override;
  [[nodiscard]] std::vector<DimensionDescription> dimensions() const override;
  [[nodiscard]] std::vector<VariableEntry> variables() const override;
  [[nodiscard]] Location locate(const std::string& variable) const override;
  [[nodiscard]] Variable describe(const Location& at, const std::string& where) const override;
  [[nodiscard]] std::optional<Location> find_coordinate(const Location& variable, int dimension_id,
                                                        const std::string& name) const override;
  void read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const override;
  [[nodiscard]] const StoredChunks* stored_chunks(const StoredChunks::Expected& variable) const override;
  void read_box(const Elements& of, const Region& box, void* out, const std::string& doing) const override;
  [[nodiscard]] TextVariable read_text(const Location& at, bool with_elements, const std::string& where) const override;

  /// Returns a stored chunk of this variable, which the question names; none if the helper does not have the chunk.
  [[nodiscard]] std::optional<StoredChunk> fetch(const StoredChunks::Expected& variable, const ChunkIndex& chunk) const;

 private:
  /// Asks about this file: `write` adds the part of the question that follows the file's number.
  void ask_into(Question kind, const std::function<void(ByteWriter&)>& write, const HelperProcess::Place& place) const;
  [[nodiscard]] std::vector<std::byte> ask_bytes(Question kind, const std::function<void(ByteWriter&)>& write) const;
  /// Asks, and reads the answer; an answer that makes no sense is the file's damage.
  template <class Take>
  [[nodiscard]] auto ask(Question kind, const std::function<void(ByteWriter&)>& write, Take&& take) const;
  /// Opens the file in the helper, under its lock.
  void open(Helper& helper) const;
  [[noreturn]] void fail(const HelperDeath& death) const;
  [[noreturn]] void fail_nonsense(const Error& error) const;

  std::uint64_t id_;  ///< among all that this process has had
  std::string path_, shown_;
  FileStamp stamp_;
  // Guarded by the helper's lock:
  mutable std::uint64_t generation_ = 0;  ///< of the helper that has it open; 0: none has
  mutable std::uint32_t number_ = 0;      ///< that this helper gave it
  // Guarded by mutex_:
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::string, Location>> located_;
  mutable std::vector<std::pair<std::string, std::unique_ptr<const StoredChunks>>> stored_chunks_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
