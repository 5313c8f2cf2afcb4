#pragma once
/// A classic file (CDF-1, CDF-2, CDF-5), known and read without netcdf-c. A name is found by its bytes: one that is
/// written with combining characters is another than its composed form, which netcdf-c writes.
#include <memory>
#include <string>

#include "runtime/dataset/format/open_file.hpp"
#include "runtime/netcdf/classic_reader.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

class ClassicFile final : public OpenFile {
 public:
  /// Reads the header; throws corrupt if it is damaged or the file too short for it. Errors name the file `shown`.
  ClassicFile(std::shared_ptr<const Descriptor> file, std::string shown);

  [[nodiscard]] std::string format() const override;
  [[nodiscard]] Attributes attributes() const override { return header_.attributes; }
  [[nodiscard]] std::vector<DimensionDescription> dimensions() const override;
  [[nodiscard]] std::vector<VariableEntry> variables() const override;
  [[nodiscard]] Location locate(const std::string& variable) const override;
  [[nodiscard]] Variable describe(const Location& at, const std::string& where) const override;
  [[nodiscard]] std::optional<Location> find_coordinate(const Location& variable, int dimension_id,
                                                        const std::string& name) const override;
  void read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const override;
  /// Returns the places of the elements of a variable.
  [[nodiscard]] ClassicLayout layout(const Location& at) const;

 private:
  [[nodiscard]] std::optional<Location> find(const std::string& name) const;
  [[nodiscard]] const ClassicVariable& at(const Location& location) const {
    return header_.variables[static_cast<std::size_t>(location.variable)];
  }

  std::shared_ptr<const Descriptor> file_;
  std::string shown_;
  ClassicHeader header_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
