#include "runtime/netcdf/library.hpp"

#include <cerrno>
#include <cstring>
#include <new>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// The lock of the process.
struct Lock {
  std::recursive_mutex mutex;
  bool free_at_fork = false;
  bool lost = false;  ///< this process was forked while another thread was inside netcdf-c
};

Lock& library_lock() {
  return *detail::made_once([] {
    // fork() does not wait: a call may take long. A thread that was inside stays inside in the child, for ever.
    call_around_forks([] { library_lock().free_at_fork = library_lock().mutex.try_lock(); },
                      [] {
                        if (library_lock().free_at_fork) library_lock().mutex.unlock();
                      },
                      [] {
                        library_lock().lost = library_lock().lost || !library_lock().free_at_fork;
                        new (&library_lock().mutex) std::recursive_mutex;
                      });
    return new Lock;
  });
}

std::recursive_mutex& library_mutex() {
  Lock& lock = library_lock();
  if (lock.lost)
    throw Error(ErrorCode::unsupported,
                "this process was forked while its parent was inside the NetCDF library, which cannot be used here any "
                "more; fork before files are read, or start a program of its own");
  return lock.mutex;
}

const Functions& functions() {
  return *detail::made_once([] {
    return new const Functions(
        SharedLibrary(CHUNKWISE_NETCDF_LIBRARY, "netcdf-c, which NetCDF-4 files and writing take,"));
  });
}

/// HDF5 prints every error that it meets, also those that netcdf-c provokes in order to look around. The switch belongs
/// to the calling thread, and netcdf-c turns it off only for the first thread that enters.
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

bool LibraryLock::is_lost() { return library_lock().lost; }

LibraryLock::LibraryLock() : lock_(library_mutex()), functions_(functions()) { silence_hdf5(functions_); }

StartAndCount::StartAndCount(const Region& region) {
  for (int axis = 0; axis < region.rank(); ++axis) {
    start[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(region[axis].start);
    count[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(region[axis].count);
  }
}

void fail(int status, const std::string& doing) {
  // HDF5 reports one code for everything; the system's last error is often the cause.
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
