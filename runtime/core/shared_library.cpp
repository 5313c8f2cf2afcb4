#include "runtime/core/shared_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the mutex that is held while the system's loader works: a child that is forked meanwhile could load nothing.
std::mutex& loading() {
  return *detail::made_once([] { return new_mutex_over_forks(); });
}

std::string reason() {
  const char* text = ::dlerror();
  return text != nullptr ? text : "the system does not say why";
}

/// Returns advice about a library that was not loaded. One that is there but not let in lacks memory or handles.
std::string advice(std::string_view reason) {
  const auto says = [&](std::string_view words) { return reason.find(words) != std::string_view::npos; };
  constexpr std::array<std::string_view, 4> no_memory{"failed to map segment", "cannot map zero-fill pages",
                                                      "Cannot allocate memory", "cannot create shared object"};
  if (std::ranges::any_of(no_memory, says))
    return "; it is there, but the system refused memory for it: see the limits of `ulimit -v` and of the job";
  if (says("Too many open files")) return "; it is there, but the limit of open files is reached: see `ulimit -n`";
  return "; install it, or name its folder in LD_LIBRARY_PATH";
}

}  // namespace

// Global, as a library that a program is linked with: plug-ins of HDF5 look for its functions there.
SharedLibrary::SharedLibrary(const std::string& name, std::string what) : what_(std::move(what)) {
  const std::scoped_lock lock(loading());
  handle_ = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (handle_ != nullptr) return;
  const std::string why = reason();
  throw Error(ErrorCode::io, what_ + " cannot be loaded: " + why + advice(why));
}

SharedLibrary::Symbol SharedLibrary::operator[](const char* name) const {
  const std::scoped_lock lock(loading());
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) throw Error(ErrorCode::io, what_ + " is not of a version that chunkwise knows: " + reason());
  return Symbol(address);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
