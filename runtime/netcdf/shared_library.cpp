#include "runtime/netcdf/shared_library.hpp"

#include <dlfcn.h>

#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

std::string reason() {
  const char* text = ::dlerror();
  return text != nullptr ? text : "the system does not say why";
}

}  // namespace

// Global, as a library that a program is linked with: plug-ins of HDF5 look for its functions there.
SharedLibrary::SharedLibrary(const std::string& name, std::string what)
    : what_(std::move(what)), handle_(::dlopen(name.c_str(), RTLD_LAZY | RTLD_GLOBAL)) {
  if (handle_ == nullptr)
    throw Error(ErrorCode::io,
                what_ + " cannot be loaded: " + reason() + "; install it, or name its folder in " + "LD_LIBRARY_PATH");
}

SharedLibrary::Symbol SharedLibrary::operator[](const char* name) const {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) throw Error(ErrorCode::io, what_ + " is not of a version that chunkwise knows: " + reason());
  return Symbol(address);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
