#include "chunkwise/io/inspect.hpp"

#include <netcdf.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/cf.hpp"
#include "runtime/netcdf/classic_header.hpp"
#include "runtime/netcdf/file.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/types.hpp"
#include "runtime/netcdf/variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

std::string format_name(int file) {
  int format = 0;
  if (nc_inq_format(file, &format) != NC_NOERR) return "NetCDF";
  switch (format) {
    case NC_FORMAT_CLASSIC:
      return "NetCDF classic";
    case NC_FORMAT_64BIT_OFFSET:
      return "NetCDF 64-bit offset";
    case NC_FORMAT_CDF5:
      return "NetCDF CDF-5";
    default:
      return "NetCDF-4";
  }
}

/// What numbers of a variable become, and what that takes.
void describe_encoding(const Variable& variable, const std::string& where, VariableDescription& result) {
  const CfVariable cf{variable.type, variable.attributes, variable.prefilled};
  const Encoding encoding = cf_encoding(cf, DType::float64, where);
  result.packed = encoding.scaled;
  result.scale = encoding.scale;
  result.offset = encoding.offset;
  const CfVariable declared{variable.type, variable.attributes, false};
  result.has_missing = cf_encoding(declared, DType::float64, where).has_missing();
  if (is_floating(variable.type))
    result.dtype = encoding.scaled ? DType::float64 : variable.type;
  else if (result.packed || result.has_missing)
    result.dtype = DType::float64;
  else if (variable.type == DType::int8 && text_attribute(variable.attributes, "dtype") == "bool")
    result.dtype = DType::boolean;
  else
    result.dtype = encoding.stored;
}

class Describer {
 public:
  Describer(const File& file, FileDescription& result) : file_(file), result_(result) {
    // Our own reading of the header comes first: netcdf-c believes a damaged one.
    if (file.format() == Format::classic) header_ = read_classic_header(*file.descriptor(), file.shown());
  }

  void run() {
    const std::shared_ptr<const NcFile> handle = file_.netcdf();
    const LibraryLock lock;
    result_.format = format_name(handle->id());
    result_.attributes = read_attributes(handle->id(), NC_GLOBAL, file_.shown());
    describe_group(handle->id(), "");
  }

 private:
  void describe_group(int group, const std::string& prefix) {
    describe_dimensions(group, prefix);
    int count = 0;
    check(nc_inq_nvars(group, &count), file_.shown());
    for (int i = 0; i < count; ++i) describe({group, i}, prefix);
    if (nc_inq_grps(group, &count, nullptr) != NC_NOERR) return;
    std::vector<int> groups(static_cast<std::size_t>(count));
    check(nc_inq_grps(group, &count, groups.data()), file_.shown());
    for (const int child : groups) {
      char name[NC_MAX_NAME + 1] = {};
      check(nc_inq_grpname(child, name), file_.shown());
      describe_group(child, prefix + name + "/");
    }
  }

  void describe_dimensions(int group, const std::string& prefix) {
    int count = 0;
    check(nc_inq_dimids(group, &count, nullptr, 0), file_.shown());
    std::vector<int> ids(static_cast<std::size_t>(count));
    check(nc_inq_dimids(group, &count, ids.data(), 0), file_.shown());
    int unlimited_count = 0;
    check(nc_inq_unlimdims(group, &unlimited_count, nullptr), file_.shown());
    std::vector<int> unlimited(static_cast<std::size_t>(unlimited_count));
    check(nc_inq_unlimdims(group, &unlimited_count, unlimited.data()), file_.shown());
    for (const int id : ids) {
      char name[NC_MAX_NAME + 1] = {};
      std::size_t length = 0;
      check(nc_inq_dim(group, id, name, &length), file_.shown());
      const bool is_unlimited = std::find(unlimited.begin(), unlimited.end(), id) != unlimited.end();
      if (is_unlimited && header_) length = static_cast<std::size_t>(header_->records);
      result_.dimensions.push_back({prefix + name, static_cast<std::int64_t>(length), is_unlimited});
    }
  }

  void describe(const Location& at, const std::string& prefix) {
    char name[NC_MAX_NAME + 1] = {};
    check(nc_inq_varname(at.group, at.variable, name), file_.shown());
    VariableDescription result;
    result.name = prefix + name;
    const std::string where = result.name + " of " + file_.shown();
    int type = 0;
    check(nc_inq_vartype(at.group, at.variable, &type), where);
    result.type = describe_type(at.group, type);
    try {
      Variable variable = describe_variable(at, where);
      if (header_ && variable.record_axis >= 0)
        variable.shape[variable.record_axis] = static_cast<std::int64_t>(header_->records);
      result.stored = variable.type;
      result.dimensions = variable.dimensions;
      result.shape.assign(variable.shape.begin(), variable.shape.end());
      result.chunks.assign(variable.chunks.begin(), variable.chunks.end());
      result.compressed = variable.filtered;
      result.coordinate = variable.dimensions == std::vector<std::string>{name};
      result.bytes = static_cast<std::uint64_t>(variable.shape.elements()) * size_of(variable.type);
      result.attributes = variable.attributes;
      describe_encoding(variable, where, result);
    } catch (const Error& error) {
      result.problem = error.what();
    }
    result_.variables.push_back(std::move(result));
  }

  const File& file_;
  FileDescription& result_;
  std::optional<ClassicHeader> header_;
};

}  // namespace

}  // namespace netcdf

const VariableDescription* FileDescription::find(std::string_view name) const {
  for (const VariableDescription& variable : variables)
    if (variable.name == name) return &variable;
  return nullptr;
}

FileDescription inspect_netcdf(const std::string& path) {
  const netcdf::File file(path);
  FileDescription result;
  result.path = path;
  result.bytes = file.stamp().size;
  netcdf::Describer(file, result).run();
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
