#include "runtime/netcdf/variable.hpp"

#include <netcdf.h>
#include <netcdf_filter.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// The unlimited dimensions that a group and those around it define.
std::vector<int> unlimited_dimensions(int group) {
  std::vector<int> all;
  for (int status = NC_NOERR; status == NC_NOERR; status = nc_inq_grp_parent(group, &group)) {
    int count = 0;
    if (nc_inq_unlimdims(group, &count, nullptr) != NC_NOERR) continue;
    std::vector<int> ids(static_cast<std::size_t>(count));
    if (nc_inq_unlimdims(group, &count, ids.data()) == NC_NOERR) all.insert(all.end(), ids.begin(), ids.end());
  }
  return all;
}

void refuse_overflow(const Shape& shape, const std::string& where) {
  std::int64_t bytes = sizeof(double);
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(extent, 1), &bytes))
      throw Error(ErrorCode::corrupt, where + " claims the shape " + to_string(shape) + ", which no file can hold");
}

void describe_dimensions(const Location& at, int rank, Variable& variable, const std::string& where) {
  variable.dimension_ids.resize(static_cast<std::size_t>(rank));
  check(nc_inq_vardimid(at.group, at.variable, variable.dimension_ids.data()), where);
  const std::vector<int> unlimited = unlimited_dimensions(at.group);
  for (const int id : variable.dimension_ids) {
    char name[NC_MAX_NAME + 1] = {};
    std::size_t length = 0;
    check(nc_inq_dim(at.group, id, name, &length), where);
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()))
      throw Error(ErrorCode::corrupt, where + " has a dimension '" + name + "' of impossible length");
    if (variable.record_axis < 0 && std::find(unlimited.begin(), unlimited.end(), id) != unlimited.end())
      variable.record_axis = variable.shape.rank();
    variable.dimensions.emplace_back(name);
    variable.shape.push_back(static_cast<std::int64_t>(length));
  }
  refuse_overflow(variable.shape, where);
}

void describe_storage(const Location& at, Variable& variable, const std::string& where) {
  int no_fill = 0;
  check(nc_inq_var_fill(at.group, at.variable, &no_fill, nullptr), where);
  variable.prefilled = no_fill == 0;

  int storage = NC_CONTIGUOUS;
  std::vector<std::size_t> chunks(static_cast<std::size_t>(variable.shape.rank()) + 1);
  check(nc_inq_var_chunking(at.group, at.variable, &storage, chunks.data()), where);
  if (storage != NC_CHUNKED || variable.shape.empty()) return;
  for (int axis = 0; axis < variable.shape.rank(); ++axis) {
    const std::size_t chunk = chunks[static_cast<std::size_t>(axis)];
    if (chunk == 0 || chunk > std::numeric_limits<std::uint32_t>::max())
      throw Error(ErrorCode::corrupt, where + " has chunks of extent " + std::to_string(chunk));
    variable.chunks.push_back(static_cast<std::int64_t>(chunk));
  }

  std::size_t count = 0;
  check(nc_inq_var_filter_ids(at.group, at.variable, &count, nullptr), where);
  std::vector<unsigned int> filters(count);
  check(nc_inq_var_filter_ids(at.group, at.variable, &count, filters.data()), where);
  variable.filtered = count > 0;
  for (const unsigned int filter : filters)
    if (nc_inq_filter_avail(at.group, filter) != NC_NOERR)
      throw Error(ErrorCode::unsupported, where + " is compressed by the HDF5 filter " + std::to_string(filter) +
                                              ", which is not installed; install its plug-in and name the folder in "
                                              "HDF5_PLUGIN_PATH");
}

}  // namespace

std::string describe_type(int group, int type) {
  if (const auto dtype = dtype_of_external(type)) return std::string(name_of(*dtype));
  if (type == NC_CHAR) return "text";
  if (type == NC_STRING) return "strings";
  char name[NC_MAX_NAME + 1] = {};
  int type_class = 0;
  if (nc_inq_user_type(group, type, name, nullptr, nullptr, nullptr, &type_class) != NC_NOERR)
    return "a type that netcdf-c does not know";
  const std::string quoted = " '" + std::string(name) + "'";
  switch (type_class) {
    case NC_COMPOUND:
      return "the compound type" + quoted;
    case NC_VLEN:
      return "the variable-length type" + quoted;
    case NC_ENUM:
      return "the enumeration" + quoted;
    case NC_OPAQUE:
      return "the opaque type" + quoted;
    default:
      return "the type" + quoted;
  }
}

Variable describe_variable(const Location& location, const std::string& where) {
  const LibraryLock lock;
  Variable variable;
  char name[NC_MAX_NAME + 1] = {};
  int type = 0;
  int rank = 0;
  check(nc_inq_var(location.group, location.variable, name, &type, &rank, nullptr, nullptr), where);
  variable.name = name;
  const auto dtype = dtype_of_external(type);
  if (!dtype)
    throw Error(ErrorCode::unsupported,
                where + " holds " + describe_type(location.group, type) + "; arrays are made of numbers");
  variable.type = *dtype;
  if (rank > max_rank)
    throw Error(ErrorCode::unsupported, where + " has " + std::to_string(rank) + " axes; an array can have at most " +
                                            std::to_string(max_rank));
  describe_dimensions(location, rank, variable, where);
  describe_storage(location, variable, where);
  variable.attributes = read_attributes(location.group, location.variable, where);
  return variable;
}

bool find_coordinate(const Location& variable, int dimension_id, const std::string& name, Location& coordinate) {
  const LibraryLock lock;
  coordinate.group = variable.group;
  for (int status = NC_NOERR; status == NC_NOERR; status = nc_inq_grp_parent(coordinate.group, &coordinate.group)) {
    if (nc_inq_varid(coordinate.group, name.c_str(), &coordinate.variable) != NC_NOERR) continue;
    int type = 0;
    int rank = 0;
    if (nc_inq_var(coordinate.group, coordinate.variable, nullptr, &type, &rank, nullptr, nullptr) != NC_NOERR)
      continue;
    int id = -1;
    if (rank != 1 || nc_inq_vardimid(coordinate.group, coordinate.variable, &id) != NC_NOERR) continue;
    if (id == dimension_id) return dtype_of_external(type).has_value();
  }
  return false;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
