#pragma once
/// Libraries that a program loads when it first needs them, and not each time it starts.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A library of the system, loaded to the end of the process: its handles may outlive any static variable.
class SharedLibrary {
 public:
  /// An address that becomes a pointer to a function of any type.
  class Symbol {
   public:
    explicit Symbol(void* address) : address_(address) {}
    template <class Function>
    operator Function*() const {  // NOLINT(google-explicit-constructor): a table of pointers is filled with it
      return reinterpret_cast<Function*>(address_);
    }

   private:
    void* address_;
  };

  /// Loads the library of that file name. Throws io if that fails, with its description `what` and the system's reason.
  SharedLibrary(const std::string& name, std::string what);

  /// Returns the function of that name in the library, or in one that it is made of; throws io if there is none.
  [[nodiscard]] Symbol operator[](const char* name) const;

 private:
  std::string what_;
  void* handle_ = nullptr;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
