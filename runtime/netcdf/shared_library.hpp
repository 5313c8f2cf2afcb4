#pragma once
/// Libraries that a program loads when it first needs them, and not each time it starts.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// A library of the system, loaded to the end of the process: its handles may outlive any static variable.
class SharedLibrary {
 public:
  /// An address that becomes a pointer to a function of any type.
  class Symbol {
   public:
    explicit Symbol(void* address) : address_(address) {}
    template <class Function>
    operator Function*() const {  // NOLINT(google-explicit-constructor): it is what a table of pointers is filled with
      return reinterpret_cast<Function*>(address_);
    }

   private:
    void* address_;
  };

  /// Loads the library of that file name. Throws io where that fails, with `what` it is and the system's reason.
  SharedLibrary(const std::string& name, std::string what);

  /// What the library, or one that it is made of, calls so; throws io where none does.
  [[nodiscard]] Symbol operator[](const char* name) const;

 private:
  std::string what_;
  void* handle_ = nullptr;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
