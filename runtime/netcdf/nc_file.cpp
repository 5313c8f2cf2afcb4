#include "runtime/netcdf/nc_file.hpp"

#include <fcntl.h>
#include <netcdf.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <limits>

#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/read_name.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Bytes of decoded chunks that HDF5 keeps for a variable. Reads come in whole chunks, so this only serves neighbours
/// that share a small one; netcdf-c would keep up to 64 MB for each variable of each open file.
constexpr std::size_t chunk_cache_bytes = std::size_t{1} << 20;
constexpr std::size_t chunk_cache_slots = 521;
constexpr float chunk_cache_preemption = 0.75F;

std::string read_dimension(int group, int id, std::size_t& length, const std::string& doing) {
  const LibraryLock nc;
  return read_name([&](char* name) { return nc->inq_dim(group, id, name, &length); }, doing);
}

std::string read_variable_name(int group, int variable, const std::string& doing) {
  const LibraryLock nc;
  return read_name([&](char* name) { return nc->inq_varname(group, variable, name); }, doing);
}

/// Finds a variable of a group; returns netcdf-c's status. A name of NC_MAX_NAME bytes netcdf-c does not find.
int find_variable(int group, const std::string& name, int& variable) {
  const LibraryLock nc;
  const int status = nc->inq_varid(group, name.c_str(), &variable);
  int count = 0;
  if (status == NC_NOERR || name.size() != NC_MAX_NAME || nc->inq_nvars(group, &count) != NC_NOERR) return status;
  for (variable = 0; variable < count; ++variable)
    if (read_variable_name(group, variable, name) == name) return NC_NOERR;
  return status;
}

/// Calls f(group, prefix) for a group and all within it; the prefix is "" or as in "group/".
void for_each_group(int group, const std::string& prefix, const std::string& doing,
                    const std::function<void(int, const std::string&)>& f) {
  const LibraryLock nc;
  f(group, prefix);
  int count = 0;
  if (nc->inq_grps(group, &count, nullptr) != NC_NOERR) return;
  std::vector<int> groups(static_cast<std::size_t>(count));
  check(nc->inq_grps(group, &count, groups.data()), doing);
  for (const int child : groups) {
    char name[NC_MAX_NAME + 1] = {};
    check(nc->inq_grpname(child, name), doing);
    for_each_group(child, prefix + name + "/", doing, f);
  }
}

std::string describe_type(int group, int type) {
  const LibraryLock nc;
  if (type <= NC_MAX_ATOMIC_TYPE) return name_of_external(type);
  char name[NC_MAX_NAME + 1] = {};
  int type_class = 0;
  if (nc->inq_user_type(group, type, name, nullptr, nullptr, nullptr, &type_class) != NC_NOERR)
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

std::vector<int> unlimited_dimensions_of(int group, const std::string& doing) {
  const LibraryLock nc;
  int count = 0;
  check(nc->inq_unlimdims(group, &count, nullptr), doing);
  std::vector<int> ids(static_cast<std::size_t>(count));
  check(nc->inq_unlimdims(group, &count, ids.data()), doing);
  return ids;
}

/// Returns the unlimited dimensions that a group and those around it define.
std::vector<int> unlimited_dimensions_around(int group, const std::string& doing) {
  const LibraryLock nc;
  std::vector<int> all;
  for (int status = NC_NOERR; status == NC_NOERR; status = nc->inq_grp_parent(group, &group)) {
    const std::vector<int> ids = unlimited_dimensions_of(group, doing);
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return all;
}

void describe_dimensions(const Location& at, int rank, Variable& variable, const std::string& where) {
  const LibraryLock nc;
  variable.dimension_ids.resize(static_cast<std::size_t>(rank));
  check(nc->inq_vardimid(at.group, at.variable, variable.dimension_ids.data()), where);
  const std::vector<int> unlimited = unlimited_dimensions_around(at.group, where);
  for (const int id : variable.dimension_ids) {
    std::size_t length = 0;
    std::string name = read_dimension(at.group, id, length, where);
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()))
      throw Error(ErrorCode::corrupt, where + " has a dimension '" + name + "' of impossible length");
    if (variable.record_axis < 0 && std::find(unlimited.begin(), unlimited.end(), id) != unlimited.end())
      variable.record_axis = variable.shape.rank();
    variable.dimensions.push_back(std::move(name));
    variable.shape.push_back(static_cast<std::int64_t>(length));
  }
  refuse_overflow(variable.shape, where);
}

void describe_storage(const Location& at, Variable& variable, const std::string& where) {
  const LibraryLock nc;
  int no_fill = 0;
  check(nc->inq_var_fill(at.group, at.variable, &no_fill, nullptr), where);
  variable.prefilled = no_fill == 0;

  int storage = NC_CONTIGUOUS;
  std::vector<std::size_t> chunks(static_cast<std::size_t>(variable.shape.rank()) + 1);
  check(nc->inq_var_chunking(at.group, at.variable, &storage, chunks.data()), where);
  if (storage != NC_CHUNKED || variable.shape.empty()) return;
  for (int axis = 0; axis < variable.shape.rank(); ++axis) {
    const std::size_t chunk = chunks[static_cast<std::size_t>(axis)];
    if (chunk == 0 || chunk > std::numeric_limits<std::uint32_t>::max())
      throw Error(ErrorCode::corrupt, where + " has chunks of extent " + std::to_string(chunk));
    variable.chunks.push_back(static_cast<std::int64_t>(chunk));
  }

  std::size_t count = 0;
  check(nc->inq_var_filter_ids(at.group, at.variable, &count, nullptr), where);
  std::vector<unsigned int> filters(count);
  check(nc->inq_var_filter_ids(at.group, at.variable, &count, filters.data()), where);
  variable.filtered = count > 0;
  for (const unsigned int filter : filters)
    if (nc->inq_filter_avail(at.group, filter) != NC_NOERR)
      throw Error(ErrorCode::unsupported, where + " is compressed by the HDF5 filter " + std::to_string(filter) +
                                              ", which is not installed; install its plug-in and name the folder in "
                                              "HDF5_PLUGIN_PATH");
}

/// Returns true for a variable with the name of a dimension which it does not run along. netcdf-c (4.9.0) opens it anew
/// when it is told how large a cache it may have, and opens the dimension: its elements are zeros from then on.
bool has_name_of_other_dimension(const Location& at, const std::string& name) {
  const LibraryLock nc;
  int dimension = -1;
  if (nc->inq_dimid(at.group, name.c_str(), &dimension) != NC_NOERR) return false;
  int rank = 0;
  if (nc->inq_var(at.group, at.variable, nullptr, nullptr, &rank, nullptr, nullptr) != NC_NOERR || rank == 0)
    return true;
  std::vector<int> dimensions(static_cast<std::size_t>(rank));
  return nc->inq_vardimid(at.group, at.variable, dimensions.data()) != NC_NOERR || dimensions.front() != dimension;
}

/// Throws if another program holds a lock on the file, as HDF5 does while it writes to one.
void refuse_locked(const std::string& path, const std::string& shown) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const bool locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  if (locked)
    throw Error(ErrorCode::io,
                "cannot open " + shown +
                    ": another program has locked it, and is writing to it; wait until it has closed the "
                    "file, or set HDF5_USE_FILE_LOCKING=FALSE to read what is there");
}

}  // namespace

NcFile::NcFile(const std::string& path, std::string shown) : path_(path), shown_(std::move(shown)) {
  const LibraryLock nc;
  errno = 0;
  const int status = nc->open(path.c_str(), NC_NOWRITE, &id_);
  const int cause = errno;
  if (status != NC_NOERR) refuse_locked(path, shown_);
  errno = cause;
  check(status, [&] { return "cannot open " + shown_; });
}

NcFile::~NcFile() {
  if (LibraryLock::is_lost()) return;
  const LibraryLock nc;
  stored_chunks_.clear();
  hdf5_.reset();
  nc->close(id_);
}

const StoredChunks* NcFile::stored_chunks(const StoredChunks::Expected& variable) const {
  const LibraryLock nc;
  for (const auto& [name, chunks] : stored_chunks_)
    if (name == variable.name) return chunks.get();
  if (!hdf5_) hdf5_ = std::make_shared<const Hdf5File>(path_);
  auto chunks = hdf5_->is_open() ? StoredChunks::open(hdf5_, variable) : nullptr;
  return stored_chunks_.emplace_back(variable.name, std::move(chunks)).second.get();
}

void NcFile::read_box(const Elements& of, const Region& box, void* out, const std::string& doing) const {
  const StartAndCount place(box);
  const LibraryLock nc;
  check(nc->get_vara(of.at.group, of.at.variable, place.start.data(), place.count.data(), out), doing);
}

std::string NcFile::format() const {
  const LibraryLock nc;
  int format = 0;
  if (nc->inq_format(id_, &format) != NC_NOERR) return "NetCDF";
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

Attributes NcFile::attributes() const { return read_attributes(id_, NC_GLOBAL, shown_); }

std::vector<DimensionDescription> NcFile::dimensions() const {
  const LibraryLock nc;
  std::vector<DimensionDescription> dimensions;
  for_each_group(id_, "", shown_, [&](int group, const std::string& prefix) {
    int count = 0;
    check(nc->inq_dimids(group, &count, nullptr, 0), shown_);
    std::vector<int> ids(static_cast<std::size_t>(count));
    check(nc->inq_dimids(group, &count, ids.data(), 0), shown_);
    const std::vector<int> unlimited = unlimited_dimensions_of(group, shown_);
    for (const int id : ids) {
      std::size_t length = 0;
      const std::string name = read_dimension(group, id, length, shown_);
      dimensions.push_back({prefix + name, static_cast<std::int64_t>(length),
                            std::find(unlimited.begin(), unlimited.end(), id) != unlimited.end()});
    }
  });
  return dimensions;
}

std::vector<VariableEntry> NcFile::variables() const {
  const LibraryLock nc;
  std::vector<VariableEntry> entries;
  for_each_group(id_, "", shown_, [&](int group, const std::string& prefix) {
    int count = 0;
    check(nc->inq_nvars(group, &count), shown_);
    for (int variable = 0; variable < count; ++variable) {
      const std::string name = read_variable_name(group, variable, shown_);
      int type = 0;
      check(nc->inq_vartype(group, variable, &type), shown_);
      entries.push_back({prefix + name, describe_type(group, type), {group, variable}});
    }
  });
  return entries;
}

Location NcFile::locate(const std::string& variable) const {
  const LibraryLock nc;
  for (const auto& [name, location] : located_)
    if (name == variable) return location;

  Location location{id_, -1};
  const std::size_t slash = variable.rfind('/');
  const std::string name = slash == std::string::npos ? variable : variable.substr(slash + 1);
  int status = NC_NOERR;
  if (slash != std::string::npos && slash > 0) {
    const std::string group = (variable.front() == '/' ? "" : "/") + variable.substr(0, slash);
    status = nc->inq_grp_full_ncid(id_, group.c_str(), &location.group);
  }
  if (status == NC_NOERR) status = find_variable(location.group, name, location.variable);
  if (status != NC_NOERR) {
    std::vector<std::string> names;
    for (VariableEntry& entry : variables()) names.push_back(std::move(entry.name));
    throw no_variable(shown_, variable, names);
  }

  int storage = NC_CONTIGUOUS;
  if (nc->inq_var_chunking(location.group, location.variable, &storage, nullptr) == NC_NOERR && storage == NC_CHUNKED &&
      !has_name_of_other_dimension(location, name))
    nc->set_var_chunk_cache(location.group, location.variable, chunk_cache_bytes, chunk_cache_slots,
                            chunk_cache_preemption);
  located_.emplace_back(variable, location);
  return location;
}

Variable NcFile::describe(const Location& at, const std::string& where) const {
  const LibraryLock nc;
  Variable variable;
  int type = 0;
  int rank = 0;
  check(nc->inq_var(at.group, at.variable, nullptr, &type, &rank, nullptr, nullptr), where);
  variable.name = read_variable_name(at.group, at.variable, where);
  const auto dtype = dtype_of_external(type);
  if (!dtype) refuse_type(describe_type(at.group, type), where);
  variable.type = *dtype;
  require_rank(static_cast<std::size_t>(rank), where);
  describe_dimensions(at, rank, variable, where);
  describe_storage(at, variable, where);
  variable.attributes = read_attributes(at.group, at.variable, where, &variable.unread_attributes);
  return variable;
}

std::optional<Location> NcFile::find_coordinate(const Location& variable, int dimension_id,
                                                const std::string& name) const {
  const LibraryLock nc;
  Location at{variable.group, -1};
  for (int status = NC_NOERR; status == NC_NOERR; status = nc->inq_grp_parent(at.group, &at.group)) {
    if (find_variable(at.group, name, at.variable) != NC_NOERR) continue;
    int type = 0;
    int rank = 0;
    if (nc->inq_var(at.group, at.variable, nullptr, &type, &rank, nullptr, nullptr) != NC_NOERR) continue;
    int id = -1;
    if (rank != 1 || nc->inq_vardimid(at.group, at.variable, &id) != NC_NOERR) continue;
    if (id == dimension_id) return dtype_of_external(type) ? std::optional(at) : std::nullopt;
  }
  return std::nullopt;
}

void NcFile::read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const {
  const LibraryLock nc;
  const std::size_t start = 0;
  const auto elements = static_cast<std::size_t>(count);
  if (count > 0) check(nc->get_vara(at.group, at.variable, &start, &elements, out), doing);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
