#pragma once
/// The door to netcdf-c: the lock around every call, and its status codes as Errors. Nothing else in chunkwise keeps
/// netcdf-c's threads apart, and nothing else loads it. Loading it with its own libraries, curl and Kerberos among
/// them, takes longer than a small formula, and classic files are read without it.
#include <array>
#include <concepts>
#include <cstddef>
#include <mutex>
#include <string>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/region.hpp"
#include "runtime/netcdf/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The way to netcdf-c's functions: `const LibraryLock nc; nc->open(...)`. netcdf-c has no lock of its own: two threads
/// inside it crash or read wrong data in silence. A thread may hold this one twice. The first loads netcdf-c; throws io
/// if that fails.
class LibraryLock {
 public:
  LibraryLock();
  /// Returns true if netcdf-c cannot be entered any more, because this process was forked while its parent was inside:
  /// the constructor throws unsupported then, and destructors leave open the files that they would close.
  [[nodiscard]] static bool is_lost();
  const Functions* operator->() const { return &functions_; }

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  const Functions& functions_;
};

/// A region whose steps are 1, in the form in which netcdf-c takes it.
struct StartAndCount {
  explicit StartAndCount(const Region& region);
  std::array<std::size_t, max_rank> start{}, count{};
};

/// Throws the Error of a netcdf-c status that is not success; `doing` names the attempt and its place.
[[noreturn]] void fail(int status, const std::string& doing);

/// Throws if `status` is an error. `doing` is a text, or a function that makes it when it is needed.
template <class Doing>
void check(int status, const Doing& doing) {
  if (status == 0) return;
  if constexpr (std::invocable<const Doing&>)
    fail(status, doing());
  else
    fail(status, doing);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
