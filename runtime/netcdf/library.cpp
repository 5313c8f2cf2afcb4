#include "runtime/netcdf/library.hpp"

#include <H5Epublic.h>
#include <netcdf.h>

#include <cerrno>
#include <cstring>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// HDF5 prints every error it meets, also those that netcdf-c provokes in order to look around. The switch belongs to
/// the calling thread, and netcdf-c turns it off only for the first that enters.
void silence_hdf5() {
  thread_local const bool silenced = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)silenced;
}

ErrorCode code_of(int status) {
  switch (status) {
    case ENOENT:
      return ErrorCode::not_found;
    case ENOMEM:
    case NC_ENOMEM:
      return ErrorCode::memory_limit;
    case NC_EHDFERR:
    case NC_ENOTNC:
    case NC_ETRUNC:
    case NC_EUNLIMPOS:
    case NC_EUNLIMIT:
      return ErrorCode::corrupt;
    case NC_EFILTER:
    case NC_ENOFILTER:
    case NC_EVARSIZE:
    case NC_EDIMSIZE:
    case NC_EBADTYPE:
    case NC_ESTRICTNC3:
      return ErrorCode::unsupported;
    case NC_EBADNAME:
    case NC_EMAXNAME:
      return ErrorCode::invalid_argument;
    default:
      return ErrorCode::io;
  }
}

/// Bytes of decoded chunks that HDF5 keeps for a variable. Reads come in whole chunks, so this only serves neighbours
/// that share a small one; netcdf-c would keep up to 64 MB for each variable of each open file.
constexpr std::size_t chunk_cache_bytes = std::size_t{1} << 20;
constexpr std::size_t chunk_cache_slots = 521;
constexpr float chunk_cache_preemption = 0.75F;

void list_variables(int group, const std::string& prefix, std::vector<std::string>& names) {
  int count = 0;
  if (nc_inq_nvars(group, &count) != NC_NOERR) return;
  for (int i = 0; i < count; ++i) {
    char name[NC_MAX_NAME + 1] = {};
    if (nc_inq_varname(group, i, name) == NC_NOERR) names.push_back(prefix + name);
  }
  if (nc_inq_grps(group, &count, nullptr) != NC_NOERR) return;
  std::vector<int> groups(static_cast<std::size_t>(count));
  if (nc_inq_grps(group, &count, groups.data()) != NC_NOERR) return;
  for (int child : groups) {
    char name[NC_MAX_NAME + 1] = {};
    if (nc_inq_grpname(child, name) == NC_NOERR) list_variables(child, prefix + name + "/", names);
  }
}

/// "the file has: a, b, c"; a long list is cut.
std::string existing_variables(int file) {
  constexpr std::size_t shown = 40;
  std::vector<std::string> names;
  list_variables(file, "", names);
  if (names.empty()) return "the file has no variables";
  std::string text = "the file has: ";
  for (std::size_t i = 0; i < names.size() && i < shown; ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace

LibraryLock::LibraryLock() : lock_(library_mutex()) { silence_hdf5(); }

void fail(int status, const std::string& doing) {
  // What HDF5 reports is one code for everything; the system's last error is often the cause.
  const int cause = status == NC_EHDFERR ? errno : 0;
  std::string text = doing + ": " + nc_strerror(status);
  ErrorCode code = code_of(status);
  if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG || cause == EIO || cause == ESTALE) {
    text += " (" + std::string(std::strerror(cause)) + ")";
    code = ErrorCode::io;
  }
  throw Error(code, text);
}

NcFile::NcFile(const std::string& path, std::string shown) : shown_(std::move(shown)) {
  const LibraryLock lock;
  errno = 0;
  check(nc_open(path.c_str(), NC_NOWRITE, &id_), [&] { return "cannot open " + shown_; });
}

NcFile::~NcFile() {
  const LibraryLock lock;
  nc_close(id_);
}

Location NcFile::locate(const std::string& variable) const {
  const LibraryLock lock;
  for (const auto& [name, location] : located_)
    if (name == variable) return location;

  Location location{id_, -1};
  const std::size_t slash = variable.rfind('/');
  const std::string name = slash == std::string::npos ? variable : variable.substr(slash + 1);
  int status = NC_NOERR;
  if (slash != std::string::npos && slash > 0) {
    const std::string group = (variable.front() == '/' ? "" : "/") + variable.substr(0, slash);
    status = nc_inq_grp_full_ncid(id_, group.c_str(), &location.group);
  }
  if (status == NC_NOERR) status = nc_inq_varid(location.group, name.c_str(), &location.variable);
  if (status != NC_NOERR)
    throw Error(ErrorCode::not_found, shown_ + ": no variable '" + variable + "'; " + existing_variables(id_));

  int storage = NC_CONTIGUOUS;
  if (nc_inq_var_chunking(location.group, location.variable, &storage, nullptr) == NC_NOERR && storage == NC_CHUNKED)
    nc_set_var_chunk_cache(location.group, location.variable, chunk_cache_bytes, chunk_cache_slots,
                           chunk_cache_preemption);
  located_.emplace_back(variable, location);
  return location;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
