#pragma once
/// A file that netcdf-c has open for reading: NetCDF-4, though it knows the others too.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/netcdf/netcdf4_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class NcFile final : public Netcdf4File {
 public:
  /// `path` must be absolute, so that netcdf-c cannot take it for a URL; `shown` is its name in errors.
  NcFile(const std::string& path, std::string shown);
  ~NcFile() override;
  NcFile(const NcFile&) = delete;
  NcFile& operator=(const NcFile&) = delete;

  [[nodiscard]] std::string format() const override;
  [[nodiscard]] Attributes attributes() const override;
  [[nodiscard]] std::vector<DimensionDescription> dimensions() const override;
  [[nodiscard]] std::vector<VariableEntry> variables() const override;
  [[nodiscard]] Location locate(const std::string& variable) const override;
  [[nodiscard]] Variable describe(const Location& at, const std::string& where) const override;
  [[nodiscard]] std::optional<Location> find_coordinate(const Location& variable, int dimension_id,
                                                        const std::string& name) const override;
  [[nodiscard]] const StoredChunks* stored_chunks(const StoredChunks::Expected& variable) const override;
  void read_box(const Elements& of, const Region& box, void* out, const std::string& doing) const override;
  [[nodiscard]] TextVariable read_text(const Location& at, bool with_elements, const std::string& where) const override;
  void read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const override;

  /// Returns netcdf-c's number of the file, which is that of its root group.
  [[nodiscard]] int root() const { return id_; }

 private:
  std::string path_, shown_;
  int id_ = -1;
  // Guarded by LibraryLock:
  mutable std::vector<std::pair<std::string, Location>> located_;
  mutable std::shared_ptr<const Hdf5File> hdf5_;
  mutable std::vector<std::pair<std::string, std::unique_ptr<const StoredChunks>>> stored_chunks_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
