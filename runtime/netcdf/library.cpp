#include "runtime/netcdf/library.hpp"

#include <cerrno>
#include <cstring>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

const Functions& functions() {
  // Never destroyed: files in static variables are closed later than anything that is.
  static const auto* loaded =
      new const Functions(SharedLibrary(CHUNKWISE_NETCDF_LIBRARY, "netcdf-c, which NetCDF-4 files and writing take,"));
  return *loaded;
}

/// HDF5 prints every error it meets, also those that netcdf-c provokes in order to look around. The switch belongs to
/// the calling thread, and netcdf-c turns it off only for the first that enters.
void silence_hdf5(const Functions& functions) {
  thread_local const bool silenced = functions.set_hdf5_reports(H5E_DEFAULT, nullptr, nullptr) >= 0;
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

}  // namespace

LibraryLock::LibraryLock() : lock_(library_mutex()), functions_(functions()) { silence_hdf5(functions_); }

void fail(int status, const std::string& doing) {
  // What HDF5 reports is one code for everything; the system's last error is often the cause.
  const int cause = status == NC_EHDFERR ? errno : 0;
  const LibraryLock nc;
  std::string text = doing + ": " + nc->strerror(status);
  ErrorCode code = code_of(status);
  if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG || cause == EIO || cause == ESTALE) {
    text += " (" + std::string(std::strerror(cause)) + ")";
    code = ErrorCode::io;
  }
  throw Error(code, text);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
